//! `POST /api/v1/jobs/createTask`. KIE has no idempotency key and no list of tasks. After a lost reply a task may exist and may
//! be billed, and only its callback has its id.

use serde_json::{Value, json};

use super::{CALL_TIMEOUT, Envelope, Kie, REPLY_MAX_BYTES, TaskId, classify::Failure, counted, foreign};
use crate::wire::WireError;

/// `createTask` did not return a task id. The variant says whether a task may exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// KIE refused: no task exists. The code and message say why.
    #[error("KIE refused to create a task: {} {}", .0.code, .0.message)]
    Refused(Failure),
    /// The request did not arrive: no task exists. Sending it again is safe.
    #[error("no task exists, createTask was not sent: {0}")]
    NotSent(String),
    /// A task may exist: the call timed out, the connection was lost, or the reply is not KIE's own. Wait for the callback.
    #[error("a task may exist, createTask got no clear reply: {0}; wait for the callback")]
    Unknown(String),
}

impl Kie {
    /// Creates a task. KIE posts to `callback_url` when the task ends. KIE allows an account 20 calls in 10 seconds.
    ///
    /// # Errors
    /// [`CreateError`] says whether a task may exist.
    pub async fn create_task(&self, model: &str, input: &Value, callback_url: &str) -> Result<TaskId, CreateError> {
        self.ask_to_create(&json!({"model": model, "callBackUrl": callback_url, "input": input})).await
    }

    /// Creates a task without a callback address: the caller has to poll. For the operator's probe, and for a bot without a public
    /// address. After a lost reply nothing leads to the task.
    ///
    /// # Errors
    /// [`CreateError`] says whether a task may exist.
    pub async fn create_task_to_poll(&self, model: &str, input: &Value) -> Result<TaskId, CreateError> {
        self.ask_to_create(&json!({"model": model, "input": input})).await
    }

    async fn ask_to_create(&self, body: &Value) -> Result<TaskId, CreateError> {
        counted(self.send_create(body).await)
    }

    async fn send_create(&self, body: &Value) -> Result<TaskId, CreateError> {
        let request = self.post("/api/v1/jobs/createTask", body);
        let request = request.map_err(|_| CreateError::NotSent("malformed address".to_owned()))?;
        let (head, body) = self.wire.ask(request, CALL_TIMEOUT, REPLY_MAX_BYTES).await.map_err(|error| match error {
            WireError::NotSent(why) => CreateError::NotSent(why),
            WireError::Unknown(why) => CreateError::Unknown(why),
        })?;
        let status = head.status.as_u16();
        match Envelope::parse(&body) {
            Some(envelope) if !envelope.is_ok() => Err(CreateError::Refused(envelope.failure())),
            Some(envelope) if status == 200 => task_id(&envelope.data),
            _ if (300..500).contains(&status) => Err(CreateError::Refused(foreign(status, &body))),
            _ => Err(CreateError::Unknown(format!("HTTP {status}, and the reply is not KIE's own"))),
        }
    }
}

fn task_id(data: &Value) -> Result<TaskId, CreateError> {
    let id = data.get("taskId").and_then(Value::as_str).filter(|id| !id.is_empty());
    id.map(|id| TaskId(id.to_owned())).ok_or_else(|| CreateError::Unknown("the reply has no task id".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::testing::{Answer, Script};

    async fn create(answer: Answer) -> (Result<TaskId, CreateError>, Script) {
        let script = Script::new([answer]);
        let kie = Kie::new(script.wire(), "https://api.kie.ai", Secret::new("KEY"));
        (kie.create_task("kling-3.0/video", &json!({"prompt": "spin"}), "https://us/kie/v2/one").await, script)
    }

    async fn refused(status: u16, body: &str) -> Failure {
        match create(Answer::json(status, body)).await.0 {
            Err(CreateError::Refused(failure)) => failure,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_task_is_created_with_its_own_callback_address() {
        let reply = r#"{"code":200,"msg":"success","data":{"taskId":"ee9c2715375b7837f8bb51d641ff5863","recordId":"ee9c2715375b7837f8bb51d641ff5863"}}"#;
        let (result, script) = create(Answer::json(200, reply)).await;
        assert_eq!(result.unwrap().0, "ee9c2715375b7837f8bb51d641ff5863");
        let seen = &script.seen()[0];
        assert_eq!(seen.uri, "https://api.kie.ai/api/v1/jobs/createTask");
        assert_eq!(seen.header("authorization"), "Bearer KEY");
        assert!(seen.header("user-agent").starts_with("Mozilla/5.0"));
        let expected = json!({"model": "kling-3.0/video", "callBackUrl": "https://us/kie/v2/one", "input": {"prompt": "spin"}});
        assert_eq!(seen.json(), expected);
    }

    #[tokio::test]
    async fn a_task_to_poll_has_no_callback_address() {
        let script = Script::new([Answer::json(200, r#"{"code":200,"msg":"success","data":{"taskId":"t"}}"#)]);
        let kie = Kie::new(script.wire(), "https://api.kie.ai", Secret::new("KEY"));
        assert_eq!(kie.create_task_to_poll("m", &json!({"prompt": "spin"})).await, Ok(TaskId("t".into())));
        assert_eq!(script.seen()[0].json(), json!({"model": "m", "input": {"prompt": "spin"}}));
    }

    #[tokio::test]
    async fn a_refusal_in_a_200_is_a_refusal() {
        let failure = refused(200, r#"{"code":422,"msg":"aspect_ratio is required","data":null}"#).await;
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("422", "aspect_ratio is required"));
        let unauthorized = r#"{"code":401,"msg":"You do not have access permissions"}"#;
        assert_eq!(refused(200, unauthorized).await.code, "401");
        let blank = r#"{"code":500,"msg":"generate playground failed, task id is blank","data":null}"#;
        assert_eq!(refused(500, blank).await.message, "generate playground failed, task id is blank");
        assert_eq!(refused(200, r#"{"code":"429","message":"busy"}"#).await.message, "busy");
    }

    #[tokio::test]
    async fn a_page_of_the_filter_is_a_refusal() {
        let failure = refused(403, "error code: 1010").await;
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("403", "error code: 1010"));
    }

    #[tokio::test(start_paused = true)]
    async fn without_kie_s_own_reply_a_task_may_exist() {
        let unclear = [
            Answer::Lost,
            Answer::Silence,
            Answer::with(502, [], "<html>"),
            Answer::json(500, r#"{"timestamp":1,"status":500,"error":"Internal Server Error"}"#),
            Answer::with(200, [], "<html>"),
            Answer::json(200, r#"{"code":200,"msg":"success","data":null}"#),
        ];
        for answer in unclear {
            let error = create(answer.clone()).await.0.unwrap_err();
            assert!(matches!(error, CreateError::Unknown(_)), "{answer:?}: {error}");
        }
    }

    #[tokio::test]
    async fn a_request_that_never_arrived_made_no_task() {
        let error = create(Answer::NeverArrived).await.0.unwrap_err();
        assert!(matches!(error, CreateError::NotSent(_)), "{error}");
    }
}
