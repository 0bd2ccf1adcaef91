//! KIE's discovery endpoints, and models that drift.

use std::time::Duration;

use fakes::kie::{Drift, Kie};
use http::Request;
use serde_json::{Value, json};

use crate::bot::send;
use crate::kie::{create, kie, kie_with, reels, request};

const KLING: &str = "kling-3.0/video";
const GROK: &str = "grok-imagine/image-to-video";
const SEEDANCE: &str = "bytedance/seedance-2-mini";

async fn get(kie: &Kie, path: &str) -> Value {
    send(kie.router(), request(Request::get(format!("/api/v1/models{path}")), &json!(null))).await.1
}

/// The schema of a model's input, behind its reference.
fn input(answer: &Value) -> Value {
    let openapi = &answer["data"]["openapi"];
    let call = &openapi["paths"]["/api/v1/jobs/createTask"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    let reference = call["properties"]["input"]["$ref"].as_str().unwrap().replace("%20", " ");
    openapi.pointer(reference.strip_prefix('#').unwrap()).unwrap().clone()
}

async fn price(kie: &Kie, model: &str) -> String {
    get(kie, &format!("/{model}/price")).await["data"]["pricingDesc"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_catalog_lists_the_models_with_their_prices() {
    let (kie, _) = kie();
    let data = get(&kie, "").await["data"].clone();
    let ids: Value = data["models"].as_array().unwrap().iter().map(|model| model["model"].clone()).collect();
    assert_eq!((&data["total"], ids), (&json!(4), json!([GROK, KLING, "kling-2.6/image-to-video", SEEDANCE])));
    assert_eq!(data["models"][3]["pricingDesc"], json!(price(&kie, SEEDANCE).await));
    let seedance = "480p costs 3.8 credits (0.019 USD) per second. 720p costs 8.2 credits (0.041 USD) per second.";
    assert_eq!(price(&kie, SEEDANCE).await, seedance);
    assert!(price(&kie, KLING).await.starts_with("std without audio costs 14 credits (0.07 USD) per second."));
    assert!(price(&kie, KLING).await.ends_with("4K costs 67 credits (0.335 USD) per second."));
}

#[tokio::test(start_paused = true)]
async fn a_schema_has_the_fields_that_the_checks_have() {
    let (kie, _) = kie();
    let kling = input(&get(&kie, &format!("/{KLING}/schema")).await);
    assert_eq!(kling["required"], json!(["prompt", "sound", "duration", "mode", "multi_shots"]));
    assert_eq!(kling["properties"]["prompt"], json!({"type": "string", "maxLength": 2500}));
    assert_eq!(kling["properties"]["aspect_ratio"]["enum"], json!(["16:9", "9:16", "1:1"]));
    let seedance = input(&get(&kie, &format!("/{SEEDANCE}/schema")).await);
    assert_eq!(seedance["properties"]["duration"], json!({"type": "integer", "minimum": 4, "maximum": 15}));
    assert_eq!(seedance["properties"]["first_frame_url"]["type"], "string");
    let grok = input(&get(&kie, &format!("/{GROK}/schema")).await);
    let required: Vec<&Value> = grok["oneOf"].as_array().unwrap().iter().map(|form| &form["required"]).collect();
    assert_eq!(required, [&json!(["image_urls"]), &json!(["task_id"])]);
}

#[tokio::test(start_paused = true)]
async fn a_success_rate_has_a_day_of_points() {
    let (kie, _) = kie();
    let points = get(&kie, &format!("/{KLING}/success-rate")).await["data"]["points"].clone();
    let points = points.as_array().unwrap();
    let first = json!({
        "start": "2026-09-20T14:10:00Z", "end": "2026-09-20T14:20:00Z", "successRate": 100.0, "errorRate": 0.0, "isNormal": true,
    });
    assert_eq!((points.len(), &points[0], &points[143]["successRate"]), (144, &first, &json!(null)));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_model_and_an_encoded_slash_are_not_found() {
    let (kie, _) = kie();
    for path in ["/sora-2-image-to-video/price", "/kling-3.0%2Fvideo/price", "/kling-3.0/video/prices"] {
        assert_eq!(get(&kie, path).await["code"], 404, "{path}");
    }
    let keyless = Request::get("/api/v1/models").header("user-agent", "x").body(bytes::Bytes::new()).unwrap();
    assert_eq!(send(kie.router(), keyless).await.1["code"], 401);
    assert_eq!(kie.count("models"), 4);
}

#[tokio::test(start_paused = true)]
async fn the_endpoints_share_a_pace() {
    let (kie, _) = kie_with(|settings| settings.discovery_pace = Some(Duration::from_secs(1)));
    assert_eq!(get(&kie, "").await["code"], 200);
    assert_eq!(get(&kie, &format!("/{KLING}/price")).await["code"], 429);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(get(&kie, &format!("/{KLING}/price")).await["code"], 200);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_drifts_differs_in_its_catalog_its_checks_and_its_charge() {
    let (kie, _) = kie();
    kie.drift(KLING, &Drift::Price(1.5));
    assert!(price(&kie, KLING).await.starts_with("std without audio costs 21 credits (0.105 USD) per second."));
    create(&kie, reels()).await;
    assert_eq!(kie.credits(), 100_000.0 - 105.0);
    kie.drift(KLING, &Drift::Renamed { field: "sound".into(), to: "audio".into() });
    assert_eq!(input(&get(&kie, &format!("/{KLING}/schema")).await)["properties"].get("sound"), None);
    assert_eq!(create(&kie, reels()).await["code"], 422);
    kie.drift(SEEDANCE, &Drift::Without { field: "resolution".into(), value: "720p".into() });
    assert_eq!(price(&kie, SEEDANCE).await, "480p costs 3.8 credits (0.019 USD) per second.");
    kie.drift(GROK, &Drift::WithoutSchema);
    assert_eq!(get(&kie, &format!("/{GROK}/schema")).await["data"], json!({"model": GROK, "openapi": null}));
    kie.drift(KLING, &Drift::Gone);
    assert_eq!(
        (get(&kie, &format!("/{KLING}/price")).await["code"].clone(), get(&kie, "").await["data"]["total"].clone()),
        (json!(404), json!(3))
    );
    assert!(create(&kie, reels()).await["msg"].as_str().unwrap().starts_with("The model name you specified"));
}
