//! Keys and tokens. In the cloud they come from one SSM SecureString, locally from environment variables.

use std::collections::HashMap;
use std::fmt;

use hmac::{Hmac, KeyInit};
use serde::{Serialize, Serializer};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{ConfigError, Env};
use crate::aws::{self, AwsConfig};
use crate::wire::Wire;

const PARAMETER: &str = "SECRETS_PARAMETER";
const NAMES: [&str; 6] = [
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET",
    "KIE_API_KEY",
    "KIE_WEBHOOK_HMAC_KEY",
    "LLM_API_KEY",
    "CALLBACK_SIGNING_KEY",
];

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret with this value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret's value. Put it into requests, never into a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `given` is the secret's value. The comparison takes constant time.
    #[must_use]
    pub fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }

    /// An HMAC-SHA256 with this secret as its key.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104, section 2)")]
    pub(crate) fn hmac_sha256(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.0.as_bytes()).expect("a key of any length")
    }

    /// Serializes the secret's value, for a field of a request that has to carry it.
    pub(crate) fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The secrets that are set. Each function reads the secrets that it uses, and stops at start if one of them is missing.
#[derive(Clone, Debug, Default)]
pub struct Secrets(HashMap<String, Secret>);

impl Secrets {
    /// Loads the secrets from the SSM SecureString that `SECRETS_PARAMETER` names (one JSON object, whose keys are the names of
    /// the variables below), else from the variables `TELEGRAM_BOT_TOKEN`, `TELEGRAM_WEBHOOK_SECRET`, `KIE_API_KEY`,
    /// `KIE_WEBHOOK_HMAC_KEY`, `LLM_API_KEY` and `CALLBACK_SIGNING_KEY`.
    ///
    /// # Errors
    /// [`ConfigError`]: the parameter cannot be read or is not such an object. The message never quotes the parameter's value.
    pub async fn load(env: &Env, aws: &AwsConfig, wire: &Wire) -> Result<Self, ConfigError> {
        let Some(parameter) = env.optional(PARAMETER) else { return Ok(Self::from_env(env)) };
        let unreadable = |problem| ConfigError {
            name: PARAMETER.to_owned(),
            problem,
            expected: "the name of an SSM SecureString holding one JSON object of texts",
        };
        let reply = aws.ssm_client(wire).get_parameter().name(&parameter).with_decryption(true).send().await;
        let reply = reply.map_err(|error| unreadable(format!("{parameter:?} cannot be read: {}", aws::describe(&error))))?;
        let text = reply.parameter().and_then(|parameter| parameter.value()).unwrap_or_default();
        Self::from_json(text).map_err(|wrong| unreadable(format!("{parameter:?} holds {wrong}")))
    }

    /// Reads the secrets from environment variables alone.
    #[must_use]
    pub fn from_env(env: &Env) -> Self {
        let found = |name: &str| env.optional(name).map(|value| (name.to_owned(), Secret(value)));
        Self(NAMES.into_iter().filter_map(found).collect())
    }

    /// Reads the secrets in a JSON object. An unknown name is an error, because a misspelt secret would silently not be used. The
    /// error never quotes the object.
    fn from_json(text: &str) -> Result<Self, String> {
        let values: HashMap<String, String> =
            serde_json::from_str(text).map_err(|_| "a value that is no such object".to_owned())?;
        if values.keys().any(|name| !NAMES.contains(&name.as_str())) {
            return Err(format!("a name that is none of {}", NAMES.join(", ")));
        }
        let trimmed = values.into_iter().map(|(name, value)| (name, value.trim().to_owned()));
        Ok(Self(trimmed.filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, Secret(value))).collect()))
    }

    fn require(&self, name: &str) -> Result<Secret, ConfigError> {
        let missing = || ConfigError::missing(name, "a secret, in SECRETS_PARAMETER or in this variable");
        self.0.get(name).cloned().ok_or_else(missing)
    }

    /// The bot's token, from @BotFather.
    ///
    /// # Errors
    /// [`ConfigError`]: the secret is missing.
    pub fn telegram_bot_token(&self) -> Result<Secret, ConfigError> {
        self.require("TELEGRAM_BOT_TOKEN")
    }

    /// The secret that Telegram sends in the header `X-Telegram-Bot-Api-Secret-Token`.
    ///
    /// # Errors
    /// [`ConfigError`]: the secret is missing.
    pub fn telegram_webhook_secret(&self) -> Result<Secret, ConfigError> {
        self.require("TELEGRAM_WEBHOOK_SECRET")
    }

    /// KIE's API key.
    ///
    /// # Errors
    /// [`ConfigError`]: the secret is missing.
    pub fn kie_api_key(&self) -> Result<Secret, ConfigError> {
        self.require("KIE_API_KEY")
    }

    /// KIE's `webhookHmacKey`; `None` if it is not set. KIE signs its callbacks only if this key was created in KIE's settings.
    #[must_use]
    pub fn kie_webhook_hmac_key(&self) -> Option<Secret> {
        self.0.get("KIE_WEBHOOK_HMAC_KEY").cloned()
    }

    /// The key of the prompt writer's endpoint; `None` if it is not set.
    #[must_use]
    pub fn llm_api_key(&self) -> Option<Secret> {
        self.0.get("LLM_API_KEY").cloned()
    }

    /// The secret that seals the callback addresses. Its name is from release 0.1.0, which signed them.
    ///
    /// # Errors
    /// [`ConfigError`]: the secret is missing.
    pub fn callback_signing_key(&self) -> Result<Secret, ConfigError> {
        self.require("CALLBACK_SIGNING_KEY")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Answer, Script};

    fn cloud() -> (Env, AwsConfig) {
        let env = Env::from_map([
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AK"),
            ("AWS_SECRET_ACCESS_KEY", "SK"),
            ("SECRETS_PARAMETER", "/neurocards/secrets"),
        ]);
        let aws = AwsConfig::from_env(&env).unwrap();
        (env, aws)
    }

    fn parameter(value: &str) -> Answer {
        Answer::json(200, serde_json::json!({"Parameter": {"Name": "n", "Value": value}}).to_string())
    }

    #[tokio::test]
    async fn one_secure_string_holds_all_secrets() {
        let (env, aws) = cloud();
        let script = Script::new([parameter(r#"{"TELEGRAM_BOT_TOKEN":"1:T","KIE_API_KEY":""}"#)]);
        let secrets = Secrets::load(&env, &aws, &script.wire()).await.unwrap();
        assert_eq!(secrets.telegram_bot_token().unwrap().expose(), "1:T");
        assert!(secrets.kie_api_key().unwrap_err().to_string().starts_with("KIE_API_KEY is not set"));
        let asked = script.seen()[0].json();
        assert_eq!(asked, serde_json::json!({"Name": "/neurocards/secrets", "WithDecryption": true}));
    }

    #[tokio::test]
    async fn a_parameter_that_is_no_object_is_named_but_never_shown() {
        let (env, aws) = cloud();
        let script = Script::new([parameter("1:TOKEN")]);
        let error = Secrets::load(&env, &aws, &script.wire()).await.unwrap_err().to_string();
        assert!(error.contains("SECRETS_PARAMETER") && !error.contains("TOKEN "), "{error}");
        assert!(!error.contains("1:TOKEN"), "{error}");
    }

    #[tokio::test]
    async fn a_misspelt_name_is_an_error_that_lists_the_right_names() {
        let (env, aws) = cloud();
        let script = Script::new([parameter(r#"{"KIE_WEBHOOK_KEY":"hush"}"#)]);
        let error = Secrets::load(&env, &aws, &script.wire()).await.unwrap_err().to_string();
        assert!(error.contains("KIE_WEBHOOK_HMAC_KEY") && !error.contains("hush"), "{error}");
    }

    #[tokio::test]
    async fn a_parameter_that_cannot_be_read_says_why() {
        let (env, aws) = cloud();
        let script = Script::new([Answer::json(400, r#"{"__type":"ParameterNotFound","message":"no"}"#)]);
        let error = Secrets::load(&env, &aws, &script.wire()).await.unwrap_err().to_string();
        assert!(error.contains("ParameterNotFound"), "{error}");
    }

    #[test]
    fn locally_they_are_variables_and_never_printed() {
        let secrets = Secrets::from_env(&Env::from_map([("LLM_API_KEY", "hush")]));
        assert_eq!(secrets.llm_api_key().unwrap().expose(), "hush");
        assert!(!format!("{secrets:?} {}", secrets.llm_api_key().unwrap()).contains("hush"));
        assert!(secrets.kie_webhook_hmac_key().is_none());
    }
}
