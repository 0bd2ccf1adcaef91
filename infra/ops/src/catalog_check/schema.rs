//! Finds the input of createTask in a model's OpenAPI 3.1 document.
//!
//! KIE's documents put the input behind a `$ref` whose name has encoded spaces. An input with two forms is a `oneOf` of whole objects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Most references that are followed from one schema to the next. A document may refer to itself.
const REFERENCES_MAX: usize = 16;
/// Deepest nesting of `allOf`, `oneOf` and `anyOf` that is read.
const NESTING_MAX: usize = 8;
/// Most forms of one object that are read.
const FORMS_MAX: usize = 32;

/// One form that an object may have.
#[derive(Clone, Debug, Default)]
pub struct Form<'a> {
    /// The schema of each field.
    pub fields: BTreeMap<&'a str, &'a Value>,
    /// The fields that must be sent.
    pub required: BTreeSet<&'a str>,
}

/// The forms of the whole createTask call; empty if the document has no such call.
#[must_use]
pub fn call_forms(document: &Value) -> Vec<Form<'_>> {
    let Some(paths) = document.get("paths").and_then(Value::as_object) else { return Vec::new() };
    let create = paths.iter().find(|(path, _)| path.ends_with("/createTask")).or_else(|| paths.iter().next());
    let body = create.and_then(|(_, path)| path.get("post")?.get("requestBody")).map(|body| resolved(document, body));
    let media = body.and_then(|body| body.get("content")?.as_object()?.values().next());
    let schema = media.and_then(|media| media.get("schema"));
    schema.map(|schema| forms(document, schema, 0)).unwrap_or_default()
}

/// The forms of the call's `input`; empty if the document has no input with fields.
#[must_use]
pub fn input_forms(document: &Value) -> Vec<Form<'_>> {
    let calls = call_forms(document);
    let input = calls.iter().find_map(|call| call.fields.get("input").copied());
    let found = input.map(|input| forms(document, input, 0)).unwrap_or_default();
    found.into_iter().filter(|form| !form.fields.is_empty()).collect()
}

/// The schema behind a chain of references; an unresolvable reference stays as it is.
#[must_use]
pub fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut found = schema;
    for _ in 0..REFERENCES_MAX {
        let target = found.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
        let Some(next) = target.and_then(|pointer| document.pointer(&decoded(pointer))) else { break };
        found = next;
    }
    found
}

fn forms<'a>(document: &'a Value, schema: &'a Value, nesting: usize) -> Vec<Form<'a>> {
    let schema = resolved(document, schema);
    let list = |name: &str| schema.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let fields = schema.get("properties").and_then(Value::as_object);
    let own = Form {
        fields: fields.into_iter().flatten().map(|(name, field)| (name.as_str(), field)).collect(),
        required: list("required").iter().filter_map(Value::as_str).collect(),
    };
    let mut found = vec![own];
    if nesting >= NESTING_MAX {
        return found;
    }
    for part in list("allOf") {
        found = joined(&found, &forms(document, part, nesting + 1));
    }
    for name in ["oneOf", "anyOf"] {
        let choices: Vec<_> = list(name).iter().flat_map(|choice| forms(document, choice, nesting + 1)).collect();
        if !choices.is_empty() {
            found = joined(&found, &choices);
        }
    }
    found
}

/// Each form of the one with each form of the other.
fn joined<'a>(ones: &[Form<'a>], others: &[Form<'a>]) -> Vec<Form<'a>> {
    let pairs = ones.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
    let join = |(one, other): (&Form<'a>, &Form<'a>)| {
        let mut both = one.clone();
        both.fields.extend(other.fields.iter());
        both.required.extend(other.required.iter());
        both
    };
    pairs.take(FORMS_MAX).map(join).collect()
}

/// The pointer without percent encoding, which a `$ref` has because it is part of an address.
fn decoded(pointer: &str) -> String {
    let mut bytes = Vec::with_capacity(pointer.len());
    let mut rest = pointer.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(encoded) => {
                bytes.push(encoded);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(input: &Value, schemas: &Value) -> Value {
        let call = json!({"type": "object", "properties": {"model": {"type": "string"}, "input": input}});
        let post = json!({"requestBody": {"content": {"application/json": {"schema": call}}}});
        json!({"paths": {"/api/v1/jobs/createTask": {"post": post}}, "components": {"schemas": schemas}})
    }

    fn names(document: &Value) -> Vec<String> {
        let text = |form: &Form<'_>| form.fields.keys().copied().collect::<Vec<_>>().join(" ");
        input_forms(document).iter().map(text).collect()
    }

    #[test]
    fn an_input_is_found_behind_a_reference_with_encoded_spaces() {
        let input = json!({"properties": {"prompt": {}, "mode": {}}, "required": ["prompt"]});
        let document = document(&json!({"$ref": "#/components/schemas/Kling%203.0%20input"}), &json!({"Kling 3.0 input": input}));
        assert_eq!(names(&document), ["mode prompt"]);
        assert_eq!(input_forms(&document)[0].required, BTreeSet::from(["prompt"]));
    }

    #[test]
    fn an_input_may_have_several_forms_and_shared_fields() {
        let input = json!({"properties": {"prompt": {}}, "oneOf": [{"properties": {"image_urls": {}}}, {"$ref": "#/components/schemas/task"}],
            "allOf": [{"properties": {"mode": {}}}]});
        assert_eq!(
            names(&document(&input, &json!({"task": {"properties": {"task_id": {}}}}))),
            ["image_urls mode prompt", "mode prompt task_id"]
        );
    }

    #[test]
    fn a_document_without_an_input_or_with_circles_is_no_input() {
        assert!(input_forms(&json!({})).is_empty() && input_forms(&json!({"paths": {}})).is_empty());
        assert!(names(&document(&json!({"type": "string"}), &json!({}))).is_empty());
        let circle = json!({"a": {"$ref": "#/components/schemas/a"}, "b": {"oneOf": [{"$ref": "#/components/schemas/b"}]}});
        for name in ["a", "b", "c"] {
            assert!(names(&document(&json!({"$ref": format!("#/components/schemas/{name}")}), &circle)).is_empty());
        }
    }
}
