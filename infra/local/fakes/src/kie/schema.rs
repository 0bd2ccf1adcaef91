//! A model's schema: an OpenAPI 3.1 document of createTask. As in KIE's own, the input is behind a `$ref` whose name has encoded
//! spaces, and an input with two forms is a `oneOf` of whole objects.

use serde_json::{Map, Value, json};

use super::models::{Field, FilmRule, Kind, Model};

pub fn openapi(model: &Model) -> Value {
    let name = format!("{} input", model.title);
    let reference = format!("#/components/schemas/{}", name.replace(' ', "%20"));
    let call = json!({
        "type": "object",
        "required": ["model", "input"],
        "properties": {
            "model": { "type": "string", "enum": [model.id], "default": model.id },
            "callBackUrl": { "type": "string", "format": "uri" },
            "input": { "$ref": reference },
        },
    });
    let operation = json!({
        "operationId": "create-task",
        "requestBody": { "required": true, "content": { "application/json": { "schema": call } } },
        "responses": { "200": { "description": "The envelope: code, msg, data.taskId and data.recordId" } },
    });
    json!({
        "openapi": "3.1.0",
        "info": { "title": model.title, "version": "1.0.0" },
        "servers": [{ "url": "https://api.kie.ai", "description": "API Server" }],
        "security": [{ "BearerAuth": [] }],
        "paths": { "/api/v1/jobs/createTask": { "post": operation } },
        "components": {
            "schemas": { name: input(model) },
            "securitySchemes": { "BearerAuth": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn input(model: &Model) -> Value {
    match model.film {
        // Grok animates either uploaded pictures or a picture of an earlier task.
        FilmRule::Grok => {
            let by_task = ["task_id", "index"];
            let uploaded = object(model, |field| !by_task.contains(&field.name.as_str()), &["image_urls"]);
            let earlier = object(model, |field| field.name != "image_urls", &["task_id"]);
            json!({ "oneOf": [uploaded, earlier] })
        }
        FilmRule::Kling | FilmRule::Seedance => object(model, |_| true, &[]),
    }
}

/// The object of the fields that are wanted. `needed` are required in addition to those that always are.
fn object(model: &Model, wanted: impl Fn(&Field) -> bool, needed: &[&str]) -> Value {
    let fields: Vec<&Field> = model.fields.iter().filter(|field| wanted(field)).collect();
    let properties: Map<String, Value> = fields.iter().map(|field| (field.name.clone(), property(&field.kind))).collect();
    let is_required = |field: &&&Field| field.required || needed.contains(&field.name.as_str());
    let required: Vec<&String> = fields.iter().filter(is_required).map(|field| &field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn property(kind: &Kind) -> Value {
    match kind {
        Kind::Text(most) => json!({ "type": "string", "maxLength": most }),
        Kind::Image => json!({ "type": "string", "format": "uri" }),
        Kind::Images(most) => json!({ "type": "array", "items": { "type": "string", "format": "uri" }, "maxItems": most }),
        Kind::OneOf(options) => json!({ "type": "string", "enum": options }),
        // Grok's page documents the number; its recordings have the text.
        Kind::Seconds(_, least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
        Kind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::List => json!({ "type": "array" }),
    }
}
