//! `GET /api/v1/models/{model}/schema`, `/price` and `/success-rate`: what KIE says about a model today. The operator's command
//! line reads them; no function does, so a failed read is no metric.
//!
//! Source: KIE's agent skill "kie-models" of September 2026. Nothing here was tried with a key.

use std::time::Duration;

use serde_json::Value;

use super::{
    CALL_TIMEOUT, Failure, Kie,
    record::{PollError, refusal},
};

/// The least time between two of these calls. KIE allows an account one call a second for all of them together; the rest keeps two
/// calls apart that the network shifts.
pub const DISCOVERY_PACE: Duration = Duration::from_millis(1100);
/// Most characters kept of a price's text.
const PRICE_TEXT_MAX_CHARS: usize = 4000;
/// Most points of a success rate that are read. KIE gives 144: one for each ten minutes of a day.
const POINTS_MAX: usize = 1000;

/// What KIE says about a model was not read. Nothing changed at KIE, and reading again is safe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// KIE has no model of this name.
    #[error("KIE has no model of this name")]
    UnknownModel,
    /// The read failed.
    #[error(transparent)]
    Unread(#[from] PollError),
}

impl Kie {
    /// The OpenAPI document of a model's createTask call; `None` if KIE's catalog has none. Wait [`DISCOVERY_PACE`] after the call.
    ///
    /// # Errors
    /// [`DiscoveryError`]: KIE does not have the model, or the document was not read.
    pub async fn model_schema(&self, model: &str) -> Result<Option<Value>, DiscoveryError> {
        let mut data = self.discover(model, "schema").await?;
        let is_document = |value: &Value| value.get("paths").is_some_and(Value::is_object);
        let document = if is_document(&data) { data } else { data.get_mut("openapi").map(Value::take).unwrap_or_default() };
        Ok(Some(document).filter(is_document))
    }

    /// The text with a model's prices, as KIE wrote it: prose. `None` if KIE gives no text. Wait [`DISCOVERY_PACE`] after the call.
    ///
    /// # Errors
    /// [`DiscoveryError`]: KIE does not have the model, or the price was not read.
    pub async fn model_price(&self, model: &str) -> Result<Option<String>, DiscoveryError> {
        let data = self.discover(model, "price").await?;
        let text = data.get("pricingDesc").unwrap_or(&data).as_str().map(str::trim).filter(|text| !text.is_empty());
        Ok(text.map(|text| text.chars().take(PRICE_TEXT_MAX_CHARS).collect()))
    }

    /// The share of a model's tasks that succeeded in the last 24 hours, in percent: the mean over the ten-minute points that had
    /// tasks. `None` if none had. Wait [`DISCOVERY_PACE`] after the call.
    ///
    /// # Errors
    /// [`DiscoveryError`]: KIE does not have the model, or the rate was not read.
    pub async fn model_success_percent(&self, model: &str) -> Result<Option<f64>, DiscoveryError> {
        let data = self.discover(model, "success-rate").await?;
        let points = data.get("points").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let rates = points.iter().take(POINTS_MAX).filter_map(|point| point.get("successRate")?.as_f64());
        let (count, sum) = rates.fold((0_u32, 0.0), |(count, sum), rate| (count + 1, sum + rate));
        Ok((count > 0).then(|| sum / f64::from(count)))
    }

    /// Reads one part of what KIE says about a model. KIE wants the slash of a model's name as it is.
    async fn discover(&self, model: &str, part: &str) -> Result<Value, DiscoveryError> {
        match self.query(&format!("/api/v1/models/{model}/{part}"), CALL_TIMEOUT).await? {
            Ok(data) => Ok(data),
            Err(failure) if is_unknown_model(&failure) => Err(DiscoveryError::UnknownModel),
            Err(failure) => Err(refusal(failure).into()),
        }
    }
}

fn is_unknown_model(failure: &Failure) -> bool {
    let message = failure.message.to_lowercase();
    let texts = ["model name you specified is not supported", "page does not exist or is not published"];
    failure.code == "404" || (failure.code == "422" && texts.iter().any(|text| message.contains(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::testing::{Answer, Script};
    use serde_json::json;

    const MODEL: &str = "kling-3.0/video";

    fn kie(answer: Answer) -> (Kie, Script) {
        let script = Script::new([answer]);
        (Kie::new(script.wire(), "https://api.kie.ai", Secret::new("KEY")), script)
    }

    fn ok(data: &Value) -> Answer {
        Answer::json(200, json!({"code": 200, "msg": "success", "data": data}).to_string())
    }

    #[tokio::test]
    async fn a_schema_is_read_with_the_key_and_the_slash_stays() {
        let document = json!({"openapi": "3.1.0", "paths": {}});
        let (kie, script) = kie(ok(&json!({"model": MODEL, "openapi": document})));
        assert_eq!(kie.model_schema(MODEL).await, Ok(Some(document)));
        let seen = &script.seen()[0];
        assert_eq!((seen.method.as_str(), seen.uri.as_str()), ("GET", "https://api.kie.ai/api/v1/models/kling-3.0/video/schema"));
        assert_eq!(seen.header("authorization"), "Bearer KEY");
    }

    #[tokio::test]
    async fn a_schema_may_be_missing_or_be_the_data_itself() {
        for missing in
            [json!({"model": MODEL, "openapi": null}), json!({"model": MODEL}), json!(null), json!({"openapi": "3.1.0"})]
        {
            assert_eq!(kie(ok(&missing)).0.model_schema(MODEL).await, Ok(None), "{missing}");
        }
        let bare = json!({"openapi": "3.1.0", "paths": {}});
        assert_eq!(kie(ok(&bare)).0.model_schema(MODEL).await, Ok(Some(bare)));
    }

    #[tokio::test]
    async fn a_price_is_kie_s_own_text() {
        let text = "std costs 14 credits (0.07 USD) per second.";
        assert_eq!(kie(ok(&json!({"pricingDesc": text}))).0.model_price(MODEL).await, Ok(Some(text.to_owned())));
        assert_eq!(kie(ok(&json!(text))).0.model_price(MODEL).await, Ok(Some(text.to_owned())));
        for none in [json!({"pricingDesc": " "}), json!({"pricingDesc": null}), json!(null), json!({"price": 7})] {
            assert_eq!(kie(ok(&none)).0.model_price(MODEL).await, Ok(None), "{none}");
        }
    }

    #[tokio::test]
    async fn a_success_rate_is_the_mean_of_the_points_with_tasks() {
        let point = |rate: Value| json!({"start": "2026-11-30T10:00:00Z", "successRate": rate, "isNormal": true});
        let data = json!({"points": [point(json!(100.0)), point(json!(50)), point(json!(null))]});
        assert_eq!(kie(ok(&data)).0.model_success_percent(MODEL).await, Ok(Some(75.0)));
        for quiet in [json!({"points": [point(json!(null))]}), json!({"points": []}), json!({}), json!(null)] {
            assert_eq!(kie(ok(&quiet)).0.model_success_percent(MODEL).await, Ok(None), "{quiet}");
        }
    }

    #[tokio::test]
    async fn a_model_that_is_gone_is_not_a_failed_read() {
        let text = "The model name you specified is not supported. Please verify your input and use one of the supported models";
        for (code, message) in
            [(404, text), (404, "Not Found"), (422, text), (422, "The page does not exist or is not published")]
        {
            let answer = Answer::json(200, json!({"code": code, "msg": message, "data": null}).to_string());
            assert_eq!(kie(answer).0.model_price(MODEL).await, Err(DiscoveryError::UnknownModel), "{code} {message}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_read_says_whether_to_read_again() {
        let unread = async |answer| match kie(answer).0.model_schema(MODEL).await {
            Err(DiscoveryError::Unread(error)) => error,
            other => panic!("{other:?}"),
        };
        let limited = r#"{"code":429,"msg":"Your call frequency is too high. Please try again later.","data":null}"#;
        assert_eq!(unread(Answer::json(200, limited)).await, PollError::RateLimited);
        let refused = r#"{"code":401,"msg":"You do not have access permissions"}"#;
        for answer in [Answer::json(200, refused), Answer::with(403, [], "error code: 1010")] {
            assert!(matches!(unread(answer).await, PollError::Account(_)));
        }
        for answer in [Answer::with(404, [], "<html>"), Answer::Lost, Answer::NeverArrived, Answer::Silence] {
            assert!(matches!(unread(answer).await, PollError::Transient(_)));
        }
    }
}
