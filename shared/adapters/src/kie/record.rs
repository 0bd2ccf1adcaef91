//! `GET /api/v1/jobs/recordInfo`: the state of a task. KIE allows 10 calls a second for a task.

use std::time::Duration;

use serde_json::Value;

use super::{
    Envelope, Kie, POLL_TIMEOUT, REPLY_MAX_BYTES, TaskId,
    classify::{Complaint, Failure},
    counted, foreign, quoted, text,
};

/// The state of a task at KIE.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// KIE does not know the task. A new task is unknown to KIE for a moment.
    Missing,
    /// The task was created with a callback address that is not this attempt's, so it is not the task of this attempt.
    Foreign,
    /// The task has not ended. An unknown state counts as running.
    Running,
    /// The task succeeded.
    Succeeded {
        /// The addresses of the results, valid for a day at least. The list may be empty although the task succeeded.
        urls: Vec<String>,
        /// What KIE took for the task, in KIE's credits; 0 if KIE does not say.
        kie_credits: f64,
    },
    /// The task failed.
    Failed {
        /// KIE's code and message.
        failure: Failure,
        /// What KIE took for the task all the same, in KIE's credits; mostly 0.
        kie_credits: f64,
    },
}

/// A read at KIE failed: a poll of a task, or a read of the account's credits. Nothing changed at KIE, and reading again is safe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// KIE refused the read because of too many calls: read again later.
    #[error("KIE refused the read because of too many calls; read again later")]
    RateLimited,
    /// KIE refused our account because of its key, balance or limits: an operator must act.
    #[error("KIE refused our account: {} {}; an operator must act", .0.code, .0.message)]
    Account(Failure),
    /// KIE was not reached, was busy, or gave an unreadable reply: read again.
    #[error("KIE gave no usable reply: {0}; read again")]
    Transient(String),
}

impl Kie {
    /// Polls a task. If KIE states the callback address that the task was created with, `is_ours` says whether the address is
    /// that of this attempt.
    ///
    /// # Errors
    /// [`PollError`]: the state of the task is unknown.
    pub async fn record_info(&self, task: &TaskId, is_ours: impl Fn(&str) -> bool) -> Result<Record, PollError> {
        let query: String = url::form_urlencoded::byte_serialize(task.0.as_bytes()).collect();
        counted(self.query(&format!("/api/v1/jobs/recordInfo?taskId={query}"), POLL_TIMEOUT).await.and_then(|seen| match seen {
            Ok(data) if callback_url(&data).is_some_and(|url| !is_ours(&url)) => Ok(Record::Foreign),
            Ok(data) => Ok(record(&data)),
            Err(failure) if is_unknown_task(&failure) => Ok(Record::Missing),
            Err(failure) => Err(refusal(failure)),
        }))
    }

    /// Sends a GET request and returns the `data` of KIE's reply, or the failure that the reply reports.
    ///
    /// # Errors
    /// [`PollError`]: KIE gave no reply of its own.
    pub(super) async fn query(&self, path: &str, limit: Duration) -> Result<Result<Value, Failure>, PollError> {
        let request = self.get(path).map_err(|_| PollError::Transient("malformed address".to_owned()))?;
        let reply = self.wire.ask(request, limit, REPLY_MAX_BYTES).await;
        let (head, body) = reply.map_err(|error| PollError::Transient(error.to_string()))?;
        let status = head.status.as_u16();
        match Envelope::parse(&body) {
            Some(envelope) if envelope.is_ok() => Ok(Ok(envelope.data)),
            Some(envelope) => Ok(Err(envelope.failure())),
            None => match status {
                429 => Err(PollError::RateLimited),
                401..=403 => Err(PollError::Account(foreign(status, &body))),
                _ => Err(PollError::Transient(format!("HTTP {status}, and the reply is not KIE's own"))),
            },
        }
    }
}

fn is_unknown_task(failure: &Failure) -> bool {
    let is_null = failure.message.to_lowercase().contains("recordinfo is null");
    failure.code == "404" || (failure.code == "422" && is_null)
}

/// The error of a failure that KIE reported for a read or an upload. The text decides before the code, as for a task: KIE sends 429 and
/// 500 for an empty account too.
pub(super) fn refusal(failure: Failure) -> PollError {
    match (failure.complaint(), failure.code.as_str()) {
        (Complaint::Money | Complaint::Access, _) => PollError::Account(failure),
        (Complaint::Rate, _) | (_, "429") => PollError::RateLimited,
        (_, "401" | "402" | "403" | "433") => PollError::Account(failure),
        (_, code) => PollError::Transient(format!("{code} {}", failure.message)),
    }
}

/// Reads the `data` of recordInfo. KIE's states are waiting, queuing, generating, success and fail.
fn record(data: &Value) -> Record {
    if data.is_null() {
        return Record::Missing;
    }
    let field = |name| data.get(name).and_then(text).unwrap_or_default();
    // While a task runs the number is its price, whether KIE takes it in the end or not.
    let kie_credits = data.get("creditsConsumed").and_then(Value::as_f64).unwrap_or_default();
    match field("state").as_str() {
        "success" => Record::Succeeded { urls: result_urls(data), kie_credits },
        "fail" => {
            let failure = Failure { code: quoted(&field("failCode")), message: quoted(&field("failMsg")) };
            Record::Failed { failure, kie_credits }
        }
        _ => Record::Running,
    }
}

/// The callback address in `param`, which is the createTask request as JSON in a string; `None` if the address is missing.
fn callback_url(data: &Value) -> Option<String> {
    let param: Value = serde_json::from_str(data.get("param")?.as_str()?).ok()?;
    param.get("callBackUrl")?.as_str().map(str::to_owned)
}

/// The addresses in `resultJson`, which is JSON in a string, or in `response`, which may hold the same as an object.
fn result_urls(data: &Value) -> Vec<String> {
    let packed = data.get("resultJson").and_then(Value::as_str).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let places = [packed.as_ref(), data.get("resultJson"), data.get("response")];
    let lists = places.into_iter().flatten().filter_map(|result| result.get("resultUrls")?.as_array());
    let urls = lists.map(|list| list.iter().filter_map(Value::as_str).filter(|url| url.starts_with("http")).map(str::to_owned));
    urls.map(Iterator::collect).find(|urls: &Vec<String>| !urls.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::testing::{Answer, Script};
    use serde_json::json;

    async fn query(answer: Answer) -> Result<Record, PollError> {
        let script = Script::new([answer]);
        let kie = Kie::new(script.wire(), "https://api.kie.ai", Secret::new("KEY"));
        let record = kie.record_info(&TaskId("ee9c&x".into()), |url| url == "https://us/kie/v2/one").await;
        assert_eq!(script.seen()[0].uri, "https://api.kie.ai/api/v1/jobs/recordInfo?taskId=ee9c%26x");
        record
    }

    async fn poll_of(data: Value) -> Record {
        query(Answer::json(200, json!({"code": 200, "msg": "success", "data": data}).to_string())).await.unwrap()
    }

    #[tokio::test]
    async fn a_waiting_task_is_running_and_so_is_one_in_a_new_state() {
        for state in ["waiting", "queuing", "generating", "daydreaming"] {
            let data = json!({"taskId": "t", "model": "m", "state": state, "resultJson": "", "failCode": null,
                "failMsg": null, "costTime": null, "completeTime": null, "createTime": 1, "creditsConsumed": 70.0});
            assert_eq!(poll_of(data).await, Record::Running, "{state}");
        }
    }

    #[tokio::test]
    async fn a_success_has_its_addresses() {
        let data = json!({"taskId": "t", "model": "kling-3.0/video", "state": "success", "failCode": null, "failMsg": null,
            "resultJson": r#"{"resultUrls":["https://tempfile.aiquickdraw.com/x.mp4"],"firstFrameUrl":[]}"#,
            "param": "{}", "creditsConsumed": 112.5, "costTime": 154, "completeTime": 1_795_000_155_073_i64, "createTime": 1_795_000_000_000_i64});
        let expected = Record::Succeeded { urls: vec!["https://tempfile.aiquickdraw.com/x.mp4".into()], kie_credits: 112.5 };
        assert_eq!(poll_of(data).await, expected);
    }

    #[tokio::test]
    async fn a_task_created_for_another_address_is_foreign_in_any_state() {
        for state in ["generating", "success", "fail"] {
            let seen = async |param: Value| poll_of(json!({"model": "m", "state": state, "param": param})).await;
            let of = |url: &str| json!(json!({"model": "m", "callBackUrl": url, "input": "{}"}).to_string());
            assert_eq!(seen(of("https://us/kie/v2/two")).await, Record::Foreign, "{state}");
            for param in [of("https://us/kie/v2/one"), json!("{}"), json!("{not json"), json!(null), json!({"callBackUrl": "x"})]
            {
                assert_ne!(seen(param.clone()).await, Record::Foreign, "{state} {param}");
            }
        }
    }

    #[tokio::test]
    async fn a_success_without_addresses_is_still_a_success() {
        for result in [json!(""), json!(null), json!("{not json"), json!("{}"), json!(r#"{"resultUrls":null}"#), json!(7)] {
            let record = poll_of(json!({"model": "m", "state": "success", "resultJson": result})).await;
            assert!(matches!(&record, Record::Succeeded { urls, .. } if urls.is_empty()), "{result}: {record:?}");
        }
        let parsed = json!({"state": "success", "resultJson": null, "response": {"resultUrls": ["http://x/y"]}});
        assert!(matches!(poll_of(parsed).await, Record::Succeeded { urls, .. } if urls == ["http://x/y"]));
    }

    #[tokio::test]
    async fn a_failure_keeps_its_code_whatever_its_type() {
        for (code, expected) in
            [(json!("422"), "422"), (json!(500), "500"), (json!(null), ""), (json!("GENERATION_FAILED"), "GENERATION_FAILED")]
        {
            let record = poll_of(json!({"state": "fail", "failCode": code, "failMsg": "nsfw", "resultJson": null})).await;
            assert_eq!(
                record,
                Record::Failed { failure: Failure { code: expected.into(), message: "nsfw".into() }, kie_credits: 0.0 }
            );
        }
        let record = poll_of(json!({"state": "fail", "failCode": "500", "failMsg": null})).await;
        assert_eq!(record, Record::Failed { failure: Failure { code: "500".into(), message: String::new() }, kie_credits: 0.0 });
        let signed = "could not fetch https://media.example/1.jpg?X-Amz-Signature=1 now";
        let record = poll_of(json!({"state": "fail", "failCode": "400", "failMsg": signed})).await;
        let failure = Failure { code: "400".into(), message: "could not fetch <url> now".into() };
        assert_eq!(record, Record::Failed { failure, kie_credits: 0.0 });
    }

    #[tokio::test]
    async fn a_task_kie_does_not_know_is_missing_not_failed() {
        let unknown = r#"{"code":422,"msg":"recordInfo is null","data":null}"#;
        assert_eq!(query(Answer::json(200, unknown)).await, Ok(Record::Missing));
        assert_eq!(poll_of(Value::Null).await, Record::Missing);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_poll_is_a_rate_limit_an_account_error_or_transient() {
        let limited = r#"{"code":429,"msg":"Your call frequency is too high. Please try again later.","data":null}"#;
        assert_eq!(query(Answer::json(200, limited)).await, Err(PollError::RateLimited));
        assert_eq!(query(Answer::with(429, [], "slow")).await, Err(PollError::RateLimited));
        for answer in [Answer::json(200, r#"{"code":401,"msg":"Unauthorized"}"#), Answer::with(403, [], "error code: 1010")] {
            assert!(matches!(query(answer).await, Err(PollError::Account(_))));
        }
        for answer in [
            Answer::json(200, r#"{"code":455,"msg":"maintenance"}"#),
            Answer::json(200, r#"{"code":422,"msg":"taskId is required"}"#),
            Answer::with(502, [], "<html>"),
            Answer::NeverArrived,
            Answer::Silence,
        ] {
            assert!(matches!(query(answer).await, Err(PollError::Transient(_))));
        }
    }

    #[test]
    fn the_text_of_a_refusal_decides_before_its_code() {
        let refused = |code: &str, message: &str| refusal(Failure { code: code.into(), message: message.into() });
        for code in ["429", "500"] {
            for message in ["The current credits are insufficient. Please top up.", "Invalid API key"] {
                assert!(matches!(refused(code, message), PollError::Account(_)), "{code} {message}");
            }
        }
        assert_eq!(refused("500", "Rate limit exceeded"), PollError::RateLimited);
        // Without a text about the account or the rate, the code decides.
        for (code, message) in [("429", ""), ("429", "Something new happened")] {
            assert_eq!(refused(code, message), PollError::RateLimited, "{message}");
        }
        for code in ["401", "402", "403", "433"] {
            assert!(matches!(refused(code, "Something new happened"), PollError::Account(_)), "{code}");
        }
        for (code, message) in [("500", ""), ("500", "Internal Error, Please try again later."), ("422", "taskId is required")] {
            assert!(matches!(refused(code, message), PollError::Transient(_)), "{code} {message}");
        }
    }
}
