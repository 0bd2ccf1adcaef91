//! `GET /api/v1/chat/credit`: the credits left on the account.

use std::time::Duration;

use super::{
    Kie, counted,
    record::{PollError, refusal},
};

/// Longest wait for the balance. Only a metric needs the balance.
const CREDIT_TIMEOUT: Duration = Duration::from_secs(2);

impl Kie {
    /// Reads the credits that our account has at KIE.
    ///
    /// # Errors
    /// [`PollError`]: the balance is unknown.
    pub async fn credits(&self) -> Result<f64, PollError> {
        counted(self.query("/api/v1/chat/credit", CREDIT_TIMEOUT).await.and_then(|seen| match seen {
            Ok(data) => data.as_f64().ok_or_else(|| PollError::Transient("the balance is no number".to_owned())),
            Err(failure) => Err(refusal(failure)),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::testing::{Answer, Script};

    async fn credits(answer: Answer) -> (Result<f64, PollError>, Script) {
        let script = Script::new([answer]);
        (Kie::new(script.wire(), "https://api.kie.ai", Secret::new("KEY")).credits().await, script)
    }

    #[tokio::test]
    async fn the_balance_is_read_with_the_key() {
        let (result, script) = credits(Answer::json(200, r#"{"code":200,"msg":"success","data":1234.5}"#)).await;
        assert_eq!(result, Ok(1234.5));
        let seen = &script.seen()[0];
        assert_eq!((seen.method.as_str(), seen.uri.as_str()), ("GET", "https://api.kie.ai/api/v1/chat/credit"));
        assert_eq!(seen.header("authorization"), "Bearer KEY");
        let (result, _) = credits(Answer::json(200, r#"{"code":200,"msg":"success","data":0}"#)).await;
        assert_eq!(result, Ok(0.0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_missing_balance_is_an_error_within_the_time_limit() {
        let refused = r#"{"code":401,"msg":"You do not have access permissions"}"#;
        assert!(matches!(credits(Answer::json(200, refused)).await.0, Err(PollError::Account(_))));
        let started = tokio::time::Instant::now();
        let odd = Answer::json(200, r#"{"code":200,"msg":"success","data":null}"#);
        for answer in [odd, Answer::with(502, [], "<html>"), Answer::Silence, Answer::Lost] {
            assert!(matches!(credits(answer).await.0, Err(PollError::Transient(_))));
        }
        assert!(started.elapsed() <= CREDIT_TIMEOUT, "{:?}", started.elapsed());
    }
}
