//! A row's input against the schema of its model.

use std::collections::BTreeMap;

use domain::catalog::Product;
use serde_json::Value;

use super::{
    finding::{Finding, Weight},
    schema::{Form, call_forms, input_forms},
    value::{Fit, described, fit, quoted},
};

/// An address as the bot sends it: https, with the extension of a photo.
const PHOTO_URL: &str = "https://photos.example/photo.jpg";

/// Compares every field that the row sends, for each of its lengths, and every field that KIE requires.
#[must_use]
pub fn compare_fields(row: &Product, document: &Value) -> Vec<Finding> {
    let forms = input_forms(document);
    let inputs = inputs(row);
    let compared = forms.iter().map(|form| of_form(document, form, &inputs));
    // An input with several forms has to fit into one of them: the findings are those of the closest form.
    let closest = compared.min_by_key(|findings| findings.iter().filter(|it| it.weight == Weight::Difference).count());
    let Some(mut findings) = closest else {
        return vec![Finding::new(Weight::Unread, "schema: KIE's document has no input that can be read")];
    };
    let model = call_forms(document).into_iter().find_map(|call| call.fields.get("model").copied());
    if let Some(schema) = model.filter(|schema| fit(document, schema, &row.model.clone().into()) == Fit::Refused) {
        let what = format!("model: the row has {:?}, KIE takes {}", row.model, described(document, schema));
        findings.insert(0, Finding::new(Weight::Difference, what));
    }
    findings
}

/// The values that the row sends, by field: one for each length and frame, and the longest prompt.
fn inputs(row: &Product) -> BTreeMap<String, Vec<Value>> {
    let prompt = "x".repeat(row.prompt.max_chars);
    let mut inputs: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (length, frame) in row.lengths.iter().flat_map(|length| row.frames.iter().map(move |frame| (length, *frame))) {
        if let Value::Object(input) = row.model_input(PHOTO_URL, &prompt, length.secs, frame) {
            for (field, value) in input {
                let values = inputs.entry(field).or_default();
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
    }
    inputs
}

fn of_form(document: &Value, form: &Form<'_>, inputs: &BTreeMap<String, Vec<Value>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (field, values) in inputs {
        match form.fields.get(field.as_str()) {
            None => {
                let known = form.fields.keys().copied().collect::<Vec<_>>().join(", ");
                let what = format!("{field}: KIE has no such field; its fields are {known}");
                findings.push(Finding::new(Weight::Difference, what));
            }
            Some(schema) => findings.extend(values.iter().filter_map(|value| of_value(document, field, schema, value))),
        }
    }
    let missing = form.required.iter().filter(|field| !inputs.contains_key(**field));
    findings.extend(missing.map(|field| {
        Finding::new(Weight::Difference, format!("{field}: KIE requires this field, and the row does not send it"))
    }));
    findings
}

fn of_value(document: &Value, field: &str, schema: &Value, value: &Value) -> Option<Finding> {
    let (sent, takes) = (quoted(value), described(document, schema));
    match fit(document, schema, value) {
        Fit::Allowed => None,
        Fit::NumberAsText => {
            let what =
                format!("{field}: the row sends {sent} as a text, KIE's document has {takes}; recorded calls have the text too");
            Some(Finding::new(Weight::Note, what))
        }
        Fit::Refused => Some(Finding::new(Weight::Difference, format!("{field}: the row sends {sent}, KIE takes {takes}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::catalog::Catalog;
    use serde_json::json;

    fn document(input: &Value) -> Value {
        let model = json!({"type": "string", "enum": ["kling-3.0/video"]});
        let call = json!({"properties": {"model": model, "input": input}});
        let post = json!({"requestBody": {"content": {"application/json": {"schema": call}}}});
        json!({"paths": {"/api/v1/jobs/createTask": {"post": post}}})
    }

    fn kling() -> Value {
        json!({"required": ["prompt"], "properties": {
            "prompt": {"type": "string", "maxLength": 2500},
            "image_urls": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
            "duration": {"type": "string", "enum": ["8", "10"]},
            "mode": {"type": "string", "enum": ["std", "pro"]},
            "aspect_ratio": {"enum": ["9:16"]},
            "sound": {"type": "boolean"},
            "multi_shots": {"type": "boolean"},
        }})
    }

    /// The findings of the row `id` against this input of a document.
    fn found(id: &str, input: &Value) -> Vec<String> {
        let catalog = Catalog::built_in().unwrap();
        compare_fields(catalog.product(id).unwrap(), &document(input)).iter().map(ToString::to_string).collect()
    }

    fn changed(pointer: &str, value: Value) -> Vec<String> {
        let mut input = kling();
        *input.pointer_mut(pointer).unwrap() = value;
        found("reels-broll", &input)
    }

    #[test]
    fn a_row_that_its_model_takes_has_no_finding() {
        assert_eq!(found("reels-broll", &kling()), Vec::<String>::new());
    }

    #[test]
    fn every_length_and_the_longest_prompt_are_compared() {
        assert_eq!(
            changed("/properties/duration/enum", json!(["5", "10"])),
            ["difference   duration: the row sends \"8\", KIE takes one of \"5\", \"10\""]
        );
        assert_eq!(
            changed("/properties/prompt/maxLength", json!(1000)),
            ["difference   prompt: the row sends a text of 2500 characters, KIE takes string of at most 1000 characters"]
        );
        assert_eq!(
            changed("/properties/image_urls", json!({"type": "string"})),
            ["difference   image_urls: the row sends [\"https://photos.example/photo.jpg\"], KIE takes string"]
        );
    }

    #[test]
    fn a_field_that_is_gone_or_newly_required_is_named() {
        assert_eq!(
            changed("/required", json!(["prompt", "negative_prompt"])),
            ["difference   negative_prompt: KIE requires this field, and the row does not send it"]
        );
        let mut input = kling();
        input["properties"].as_object_mut().unwrap().remove("sound");
        let expected = "difference   sound: KIE has no such field; its fields are aspect_ratio, duration, image_urls, mode, multi_shots, prompt";
        assert_eq!(found("reels-broll", &input), [expected]);
    }

    #[test]
    fn a_row_has_to_fit_one_form_of_the_input() {
        let both = json!({"oneOf": [{"required": ["task_id"], "properties": {"task_id": {}}}, kling()]});
        assert_eq!(found("reels-broll", &both), Vec::<String>::new());
    }

    #[test]
    fn another_model_s_document_and_an_unreadable_one_are_named() {
        let findings = found("neurocard", &kling());
        assert!(findings[0].starts_with("difference   model: the row has \"grok-imagine/image-to-video\""), "{findings:?}");
        assert_eq!(found("reels-broll", &json!({})), ["not compared schema: KIE's document has no input that can be read"]);
    }

    #[test]
    fn a_number_sent_as_a_text_is_a_note() {
        let findings = changed("/properties/duration", json!({"type": "number", "minimum": 6, "maximum": 30}));
        assert!(findings.len() == 2 && findings.iter().all(|it| it.starts_with("note ")), "{findings:?}");
    }
}
