//! Whether a field's schema allows a value: the parts of JSON Schema that KIE's documents use.

use serde_json::Value;

use super::schema::resolved;

/// Deepest nesting of choices and lists that is read.
const NESTING_MAX: usize = 8;
/// Longest text that is quoted, in characters.
const QUOTED_MAX_CHARS: usize = 40;
/// Most options of a field that are listed.
const OPTIONS_MAX: usize = 20;

/// Whether a field takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The field takes the value.
    Allowed,
    /// The field takes the number, but the value is the number as a text. Recorded calls of KIE have this too.
    NumberAsText,
    /// The field does not take the value.
    Refused,
}

/// Whether the field with this schema takes the value.
#[must_use]
pub fn fit(document: &Value, schema: &Value, value: &Value) -> Fit {
    fit_within(document, schema, value, NESTING_MAX)
}

fn fit_within(document: &Value, schema: &Value, value: &Value, nesting: usize) -> Fit {
    let schema = resolved(document, schema);
    let Some(nesting) = nesting.checked_sub(1) else { return Fit::Allowed };
    for choices in ["oneOf", "anyOf"].iter().filter_map(|name| schema.get(*name)?.as_array()) {
        let fits: Vec<_> = choices.iter().map(|choice| fit_within(document, choice, value, nesting)).collect();
        if !fits.contains(&Fit::Allowed) {
            return if fits.contains(&Fit::NumberAsText) { Fit::NumberAsText } else { Fit::Refused };
        }
    }
    if is_taken(document, schema, value, nesting) {
        return Fit::Allowed;
    }
    let number = value.as_str().and_then(|text| text.parse::<f64>().ok()).map(whole_or_not);
    match number {
        Some(number) if is_taken(document, schema, &number, nesting) => Fit::NumberAsText,
        _ => Fit::Refused,
    }
}

/// The number as JSON: 10 rather than 10.0, as schemas list it.
fn whole_or_not(number: f64) -> Value {
    let text = number.to_string();
    text.parse::<i64>().map_or_else(|_| Value::from(number), Value::from)
}

fn is_taken(document: &Value, schema: &Value, value: &Value, nesting: usize) -> bool {
    let has_type = types(schema).is_none_or(|types| types.iter().any(|name| is_of(name, value)));
    let has_option = options(schema).is_none_or(|options| options.contains(&value));
    has_type && has_option && is_within(document, schema, value, nesting)
}

/// The names of the types; `None` if the schema names none.
fn types(schema: &Value) -> Option<Vec<&str>> {
    match schema.get("type")? {
        Value::String(name) => Some(vec![name]),
        Value::Array(names) => Some(names.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

fn options(schema: &Value) -> Option<Vec<&Value>> {
    let constant = schema.get("const").map(|value| vec![value]);
    constant.or_else(|| Some(schema.get("enum")?.as_array()?.iter().collect()))
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn is_within(document: &Value, schema: &Value, value: &Value, nesting: usize) -> bool {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let between = |size: f64, least: &str, most: &str| {
        bound(least).is_none_or(|least| size >= least) && bound(most).is_none_or(|most| size <= most)
    };
    match value {
        Value::Number(number) => number.as_f64().is_none_or(|number| {
            between(number, "minimum", "maximum")
                && bound("exclusiveMinimum").is_none_or(|least| number > least)
                && bound("exclusiveMaximum").is_none_or(|most| number < most)
        }),
        // KIE counts a text as JavaScript does: in UTF-16 units.
        Value::String(text) => between(count(text.encode_utf16().count()), "minLength", "maxLength"),
        Value::Array(items) => {
            let has_good_items = schema
                .get("items")
                .is_none_or(|schema| items.iter().all(|item| fit_within(document, schema, item, nesting) != Fit::Refused));
            has_good_items && between(count(items.len()), "minItems", "maxItems")
        }
        _ => true,
    }
}

fn count(size: usize) -> f64 {
    f64::from(u32::try_from(size).unwrap_or(u32::MAX))
}

/// What a field takes, for a person.
#[must_use]
pub fn described(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    if let Some(choices) = ["oneOf", "anyOf"].iter().find_map(|name| schema.get(*name)?.as_array()) {
        let choices = choices.iter().map(|choice| resolved(document, choice)).map(described_alone);
        return choices.collect::<Vec<_>>().join(" or ");
    }
    described_alone(schema)
}

fn described_alone(schema: &Value) -> String {
    if let Some(options) = options(schema) {
        let listed: Vec<_> = options.iter().take(OPTIONS_MAX).map(|option| quoted(option)).collect();
        return if listed.len() == 1 { listed.concat() } else { format!("one of {}", listed.join(", ")) };
    }
    let mut text = types(schema).map_or_else(|| "any value".to_owned(), |types| types.join(" or "));
    let bounds = [
        ("minimum", "from", ""),
        ("exclusiveMinimum", "over", ""),
        ("maximum", "to", ""),
        ("exclusiveMaximum", "under", ""),
        ("minLength", "of at least", " characters"),
        ("maxLength", "of at most", " characters"),
        ("minItems", "of at least", " items"),
        ("maxItems", "of at most", " items"),
    ];
    for (name, word, unit) in bounds {
        if let Some(bound) = schema.get(name).filter(|bound| bound.is_number()) {
            text = format!("{text} {word} {bound}{unit}");
        }
    }
    text
}

/// A value for a person. A long text is counted rather than shown.
#[must_use]
pub fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() > QUOTED_MAX_CHARS => {
            format!("a text of {} characters", text.encode_utf16().count())
        }
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn allows(schema: &Value, value: &Value) -> Fit {
        fit(&json!({"components": {"sides": {"enum": ["9:16"]}}}), schema, value)
    }

    #[test]
    fn a_value_must_have_the_type_the_option_and_the_size() {
        let taken = [
            (json!({"type": "string", "enum": ["480p", "720p"]}), json!("720p")),
            (json!({"type": ["string", "null"], "maxLength": 4}), json!("ёлка")),
            (json!({"type": "integer", "minimum": 4, "maximum": 15}), json!(15)),
            (json!({"type": "array", "items": {"type": "string"}, "maxItems": 1}), json!(["u"])),
            (json!({"$ref": "#/components/sides"}), json!("9:16")),
            (json!({"anyOf": [{"type": "null"}, {"type": "boolean"}]}), json!(true)),
            (json!({"const": 8}), json!(8)),
            (json!({}), json!({"any": 1})),
        ];
        for (schema, value) in taken {
            assert_eq!(allows(&schema, &value), Fit::Allowed, "{schema} {value}");
        }
        let refused = [
            (json!({"type": "string", "enum": ["480p", "1080p"]}), json!("720p")),
            (json!({"type": "string", "maxLength": 3}), json!("ёлка")),
            (json!({"type": "integer", "minimum": 4, "maximum": 15}), json!(16)),
            (json!({"type": "integer"}), json!(8.5)),
            (json!({"exclusiveMaximum": 10}), json!(10)),
            (json!({"type": "array", "items": {"type": "integer"}}), json!(["u"])),
            (json!({"type": "array", "minItems": 2}), json!(["u"])),
            (json!({"type": "string"}), json!(["u"])),
            (json!({"type": "string"}), json!(8)),
            (json!({"$ref": "#/components/sides"}), json!("3:4")),
            (json!({"oneOf": [{"type": "null"}, {"type": "boolean"}]}), json!("yes")),
        ];
        for (schema, value) in refused {
            assert_eq!(allows(&schema, &value), Fit::Refused, "{schema} {value}");
        }
    }

    #[test]
    fn a_number_as_a_text_is_neither_allowed_nor_refused() {
        for schema in
            [json!({"type": "number", "minimum": 6, "maximum": 30}), json!({"enum": [6, 10]}), json!({"type": "integer"})]
        {
            assert_eq!(allows(&schema, &json!("10")), Fit::NumberAsText, "{schema}");
            assert_eq!(allows(&schema, &json!("ten")), Fit::Refused, "{schema}");
        }
        assert_eq!(allows(&json!({"type": "number", "maximum": 8}), &json!("10")), Fit::Refused);
        assert_eq!(allows(&json!({"anyOf": [{"type": "number"}, {"type": "null"}]}), &json!("10")), Fit::NumberAsText);
    }

    #[test]
    fn a_field_is_described_by_its_options_or_its_bounds() {
        let text = |schema: Value| described(&json!({}), &schema);
        assert_eq!(text(json!({"type": "string", "enum": ["480p", "720p"]})), "one of \"480p\", \"720p\"");
        assert_eq!(text(json!({"type": "number", "minimum": 6, "maximum": 30})), "number from 6 to 30");
        assert_eq!(text(json!({"type": "string", "maxLength": 2500})), "string of at most 2500 characters");
        assert_eq!(text(json!({"anyOf": [{"type": "string"}, {"type": "null"}]})), "string or null");
        assert_eq!((text(json!({})), quoted(&json!("x".repeat(50)))), ("any value".into(), "a text of 50 characters".into()));
    }
}
