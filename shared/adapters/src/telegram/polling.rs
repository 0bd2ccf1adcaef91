//! Updates without a webhook: a bot on a machine without a public address asks for them. Source: core.telegram.org/bots/api#getupdates.

use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use serde_json::{Map, Value, json};

use super::{CALL_TIMEOUT, Repeating, SEND_BY_URL_TIMEOUT, Telegram, TelegramError};

/// Most updates of one answer. Telegram allows 100; twenty of the largest updates fit into the largest reply that is read.
const UPDATES_MAX: u32 = 20;

impl Telegram {
    /// The updates from `offset` on, oldest first. Telegram waits up to `wait` (50 s at most) for the first one, and forgets the updates
    /// before `offset`. The answer has 20 updates at most.
    ///
    /// # Errors
    /// [`TelegramError::Refused`] with code 409 if a webhook is set, or if another program asks at the same time.
    pub async fn get_updates(&self, offset: i64, wait: Duration, kinds: &[&str]) -> Result<Vec<Value>, TelegramError> {
        let call = json!({ "offset": offset, "limit": UPDATES_MAX, "timeout": wait.as_secs(), "allowed_updates": kinds });
        match self.raw("getUpdates", &call, wait + CALL_TIMEOUT, Repeating::IsHarmless).await? {
            Value::Array(updates) => Ok(updates),
            _ => Err(TelegramError::Transient("getUpdates gave no list".to_owned())),
        }
    }

    /// Removes the webhook. The updates that wait stay with Telegram.
    ///
    /// # Errors
    /// [`TelegramError`] says whether to repeat the call.
    pub async fn delete_webhook(&self) -> Result<(), TelegramError> {
        self.raw("deleteWebhook", &json!({}), CALL_TIMEOUT, Repeating::IsHarmless).await.map(drop)
    }

    /// The bot's name without the at sign. It is the first call of a program that does not know whether its token is right.
    ///
    /// # Errors
    /// [`TelegramError::is_bad_token`] if Telegram does not know the token.
    pub async fn username(&self) -> Result<String, TelegramError> {
        let me = self.raw("getMe", &json!({}), CALL_TIMEOUT, Repeating::IsHarmless).await?;
        Ok(me.get("username").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// Makes the call that a webhook's answer to an update contains, as Telegram makes it. An answer without a method makes none.
    ///
    /// # Errors
    /// [`TelegramError`] says whether the call was done. Telegram does not repeat such a call.
    pub async fn carry_out(&self, answer: &[u8]) -> Result<(), TelegramError> {
        let Ok(mut call) = serde_json::from_slice::<Map<String, Value>>(answer) else { return Ok(()) };
        let Some(Value::String(method)) = call.remove("method") else { return Ok(()) };
        self.raw(&method, &Value::Object(call), SEND_BY_URL_TIMEOUT, Repeating::SendsAgain).await.map(drop)
    }

    async fn raw(&self, method: &str, call: &Value, limit: Duration, repeating: Repeating) -> Result<Value, TelegramError> {
        let request = self.request(method, "application/json").body(SdkBody::from(call.to_string()));
        self.exchange(request, limit, repeating).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::testing::{Answer, Script};

    fn telegram(script: &Script) -> Telegram {
        Telegram::new(script.wire(), "https://api.telegram.org/", Secret::new("1:TOKEN"))
    }

    #[tokio::test]
    async fn updates_are_asked_for_with_an_offset() {
        let script = Script::new([Answer::json(200, r#"{"ok":true,"result":[{"update_id":7}]}"#)]);
        let updates = telegram(&script).get_updates(7, Duration::from_secs(50), &["message"]).await.unwrap();
        assert_eq!(updates, [json!({"update_id": 7})]);
        let seen = &script.seen()[0];
        assert_eq!(seen.uri, "https://api.telegram.org/bot1:TOKEN/getUpdates");
        let body: Value = serde_json::from_slice(&seen.body).unwrap();
        assert_eq!(body, json!({"offset": 7, "limit": 20, "timeout": 50, "allowed_updates": ["message"]}));
    }

    #[tokio::test]
    async fn a_webhook_in_the_way_is_a_refusal() {
        let conflict =
            r#"{"ok":false,"error_code":409,"description":"Conflict: can't use getUpdates method while webhook is active"}"#;
        let script = Script::new([Answer::json(409, conflict)]);
        let refused = telegram(&script).get_updates(0, Duration::ZERO, &[]).await.unwrap_err();
        assert!(matches!(refused, TelegramError::Refused { code: 409, .. }), "{refused}");
    }

    #[tokio::test]
    async fn the_call_in_an_answer_is_made_without_its_method_and_no_answer_makes_none() {
        let script = Script::new([Answer::json(200, r#"{"ok":true,"result":{"message_id":1}}"#)]);
        let telegram = telegram(&script);
        telegram.carry_out(br#"{"method":"sendMessage","chat_id":5,"text":"Hi"}"#).await.unwrap();
        telegram.carry_out(b"").await.unwrap();
        telegram.carry_out(b"{}").await.unwrap();
        let [seen] = &script.seen()[..] else { panic!("one call was expected") };
        assert_eq!(seen.uri, "https://api.telegram.org/bot1:TOKEN/sendMessage");
        assert_eq!(serde_json::from_slice::<Value>(&seen.body).unwrap(), json!({"chat_id": 5, "text": "Hi"}));
    }
}
