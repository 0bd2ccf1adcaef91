//! The discovery endpoints (KIE's agent skill "kie-models" of September 2026): the catalog, and each model's schema, price and success
//! rate. All of them come from the table of the models.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Kie;
use super::checks::UNKNOWN_MODEL;
use super::entry::{envelope, let_in};
use super::models::{Kind, Model, Rate};
use super::schema;
use crate::clock::iso;
use crate::lock;

/// US dollars for one of KIE's credits.
const CREDIT_USD: f64 = 0.005;

/// The number of points of a success rate, and their distance: 24 hours.
const POINTS: i64 = 144;
const POINT_MS: i64 = 600_000;

/// How a model differs from the table from now on: in the discovery endpoints, in the checks of createTask and in the charge.
#[derive(Clone, Debug, PartialEq)]
pub enum Drift {
    /// KIE no longer has the model.
    Gone,
    /// KIE's catalog has the model, but not its schema.
    WithoutSchema,
    /// Every price is multiplied by this factor.
    Price(f64),
    /// An input field has another name.
    Renamed {
        /// The field's name so far.
        field: String,
        /// The field's new name.
        to: String,
    },
    /// An input field no longer takes one of its values; an option that has a price of its own loses it.
    Without {
        /// The field's name.
        field: String,
        /// The value.
        value: String,
    },
    /// An input field is required.
    Required(String),
}

impl Kie {
    /// Changes one model. Another model's id changes nothing.
    pub fn drift(&self, model: &str, drift: &Drift) {
        let mut books = lock(&self.inner.books);
        if *drift == Drift::Gone {
            books.models.retain(|known| known.id != model);
        } else if let Some(known) = books.models.iter_mut().find(|known| known.id == model) {
            change(known, drift);
        }
    }
}

fn change(model: &mut Model, drift: &Drift) {
    let mut fields = model.fields.iter_mut();
    match drift {
        Drift::Gone => {}
        Drift::WithoutSchema => model.has_schema = false,
        Drift::Price(factor) => model.rates.iter_mut().for_each(|rate| rate.credits *= factor),
        Drift::Renamed { field, to } => fields.filter(|known| known.name == *field).for_each(|known| known.name.clone_from(to)),
        Drift::Required(field) => fields.filter(|known| known.name == *field).for_each(|known| known.required = true),
        Drift::Without { field, value } => {
            if let Some(Kind::OneOf(options) | Kind::Seconds(options, ..)) =
                fields.find(|known| known.name == *field).map(|known| &mut known.kind)
            {
                options.retain(|option| option != value);
            }
            model.rates.retain(|rate| rate.option != Some(value.as_str()));
        }
    }
}

/// GET /api/v1/models. KIE's filters are not served.
pub async fn list(State(kie): State<Kie>, headers: HeaderMap) -> Response {
    if let Err(refused) = admitted(&kie, &headers) {
        return *refused;
    }
    let books = lock(&kie.inner.books);
    let models: Vec<Value> = books.models.iter().map(listed).collect();
    envelope(200, "success", &json!({ "total": models.len(), "models": models }))
}

/// GET /api/v1/models/{model}/schema, /price and /success-rate. The slash in a model's id is not encoded.
pub async fn about(State(kie): State<Kie>, headers: HeaderMap, uri: Uri) -> Response {
    if let Err(refused) = admitted(&kie, &headers) {
        return *refused;
    }
    // The path is not decoded: an id with an encoded slash is unknown.
    let rest = uri.path().strip_prefix("/api/v1/models/").unwrap_or_default();
    let (id, what) = rest.rsplit_once('/').unwrap_or((rest, ""));
    let books = lock(&kie.inner.books);
    let Some(model) = books.models.iter().find(|model| model.id == id) else {
        return envelope(404, UNKNOWN_MODEL, &Value::Null);
    };
    let data = match what {
        "schema" if model.has_schema => json!({ "model": id, "openapi": schema::openapi(model) }),
        "schema" => json!({ "model": id, "openapi": null }),
        "price" => json!({ "model": id, "pricingDesc": pricing(model) }),
        "success-rate" => json!({ "model": id, "points": points(kie.inner.clock.now_ms()) }),
        _ => return envelope(404, "Not Found", &Value::Null),
    };
    envelope(200, "success", &data)
}

/// Checks the caller and the pace. The four endpoints share one allowance.
fn admitted(kie: &Kie, headers: &HeaderMap) -> Result<(), Box<Response>> {
    kie.counted("models");
    let_in(kie, headers).map_err(|barred| barred.response())?;
    let pace = kie.inner.settings.discovery_pace.unwrap_or(Duration::ZERO);
    let mut books = lock(&kie.inner.books);
    let now = Instant::now();
    if books.last_discovery.is_some_and(|last| now.duration_since(last) < pace) {
        return Err(Box::new(envelope(429, "Your call frequency is too high. Please try again later.", &Value::Null)));
    }
    books.last_discovery = Some(now);
    Ok(())
}

fn listed(model: &Model) -> Value {
    json!({
        "model": model.id,
        "slug": model.id,
        "title": model.title,
        "provider": model.provider,
        "taskType": ["Image to Video"],
        "description": null,
        "pricingDesc": pricing(model),
    })
}

/// The prices as KIE writes them: prose, a sentence for each price.
fn pricing(model: &Model) -> String {
    let sentence = |rate: &Rate| {
        let option = rate.option.unwrap_or("a video");
        let sound = match rate.sound {
            Some(true) => " with audio",
            Some(false) => " without audio",
            None => "",
        };
        let (credits, dollars) = (rounded(rate.credits), rounded(rate.credits * CREDIT_USD));
        format!("{option}{sound} costs {credits} credits ({dollars} USD) per second.")
    };
    model.rates.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

/// A price without the digits that come from binary fractions.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// A day without failures. The newest point has no traffic yet.
fn points(now_ms: i64) -> Vec<Value> {
    let end_ms = now_ms - now_ms.rem_euclid(POINT_MS);
    let point = |index: i64| {
        let start_ms = end_ms - (POINTS - index) * POINT_MS;
        let quiet = index == POINTS - 1;
        let rate = |rate: f64| if quiet { Value::Null } else { json!(rate) };
        json!({
            "start": without_millis(start_ms),
            "end": without_millis(start_ms + POINT_MS),
            "successRate": rate(100.0),
            "errorRate": rate(0.0),
            "isNormal": true,
        })
    };
    (0..POINTS).map(point).collect()
}

fn without_millis(epoch_ms: i64) -> String {
    iso(epoch_ms).replace(".000Z", "Z")
}
