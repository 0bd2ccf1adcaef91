//! Reads a function's settings from environment variables. A missing or malformed variable stops the function at start, and the
//! message names the variable.

mod secrets;

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

pub use secrets::{Secret, Secrets};

/// Longest duration that may be configured, seconds: a day. A longer duration is a mistake, usually milliseconds.
const SECONDS_MAX: u64 = 86_400;

/// An environment variable is missing or malformed, and the program does not start. Set the variable as `expected` says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}; expected {expected}")]
pub struct ConfigError {
    /// The variable's name.
    pub name: String,
    /// What is wrong with the value.
    pub problem: String,
    /// What the value has to be.
    pub expected: &'static str,
}

impl ConfigError {
    pub(crate) fn missing(name: &str, expected: &'static str) -> Self {
        Self { name: name.to_owned(), problem: "is not set".to_owned(), expected }
    }
}

/// Environment variables: those of the process, or those of a map. An empty variable counts as unset.
#[derive(Clone)]
pub struct Env(Arc<Lookup>);

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Env")
    }
}

impl Env {
    /// The process's environment.
    #[must_use]
    pub fn process() -> Self {
        Self(Arc::new(|name| std::env::var(name).ok()))
    }

    /// An environment with these variables and no others.
    pub fn from_map<K: Into<String>, V: Into<String>>(vars: impl IntoIterator<Item = (K, V)>) -> Self {
        let vars: HashMap<String, String> = vars.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        Self(Arc::new(move |name| vars.get(name).cloned()))
    }

    /// The trimmed value of a variable; `None` if the variable is unset or empty.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The trimmed value of a variable that must be set.
    ///
    /// # Errors
    /// [`ConfigError`]: the variable is unset or empty.
    pub fn required(&self, name: &str) -> Result<String, ConfigError> {
        self.optional(name).ok_or_else(|| ConfigError::missing(name, "a value"))
    }

    /// An http or https address, without a slash at its end.
    ///
    /// # Errors
    /// [`ConfigError`]: the variable is unset, or is no such address.
    pub fn url(&self, name: &str) -> Result<String, ConfigError> {
        self.optional_url(name)?.ok_or_else(|| ConfigError::missing(name, URL))
    }

    /// An http or https address, without a slash at its end; `default` if the variable is unset.
    ///
    /// # Errors
    /// [`ConfigError`]: the value has another form.
    pub fn url_or(&self, name: &str, default: &str) -> Result<String, ConfigError> {
        Ok(self.optional_url(name)?.unwrap_or_else(|| default.to_owned()))
    }

    /// An http or https address, without a slash at its end; `None` if the variable is unset.
    ///
    /// # Errors
    /// [`ConfigError`]: the value has another form.
    pub fn optional_url(&self, name: &str) -> Result<Option<String>, ConfigError> {
        self.read(name, URL, |value| {
            let url = url::Url::parse(value).ok()?;
            let usable = matches!(url.scheme(), "http" | "https") && url.has_host();
            usable.then(|| value.trim_end_matches('/').to_owned())
        })
    }

    /// A duration in whole seconds, 1 to 86400; `default` if the variable is unset.
    ///
    /// # Errors
    /// [`ConfigError`]: the value has another form.
    pub fn seconds(&self, name: &str, default: Duration) -> Result<Duration, ConfigError> {
        Ok(self.read(name, "whole seconds, 1 to 86400", seconds)?.unwrap_or(default))
    }

    /// Durations in whole seconds, 1 to 86400 each, separated by commas; `default` if the variable is unset.
    ///
    /// # Errors
    /// [`ConfigError`]: the value has another form.
    pub fn seconds_list(&self, name: &str, default: &[Duration]) -> Result<Vec<Duration>, ConfigError> {
        let expected = "whole seconds, 1 to 86400 each, separated by commas";
        let list = self.read(name, expected, |value| value.split(',').map(seconds).collect())?;
        Ok(list.unwrap_or_else(|| default.to_vec()))
    }

    /// A whole number, 0 or more; `default` if the variable is unset.
    ///
    /// # Errors
    /// [`ConfigError`]: the value has another form.
    pub fn count(&self, name: &str, default: u32) -> Result<u32, ConfigError> {
        Ok(self.read(name, "a whole number, 0 to 4294967295", number)?.unwrap_or(default))
    }

    /// Telegram ids separated by commas; empty if the variable is unset.
    ///
    /// # Errors
    /// [`ConfigError`]: the value has another form.
    pub fn ids(&self, name: &str) -> Result<Vec<i64>, ConfigError> {
        let ids = self.read(name, "numeric ids separated by commas", |value| value.split(',').map(number).collect())?;
        Ok(ids.unwrap_or_default())
    }

    /// A value of any type; `None` if the variable is unset. `read` returns `None` for a text that is not as `expected`.
    ///
    /// # Errors
    /// [`ConfigError`]: the variable is set, and `read` returned `None`.
    pub fn read<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.optional(name) else { return Ok(None) };
        read(&value).map(Some).ok_or_else(|| ConfigError { name: name.to_owned(), problem: format!("is {value:?}"), expected })
    }
}

const URL: &str = "an http or https address";

fn number<T: FromStr>(value: &str) -> Option<T> {
    value.trim().parse().ok()
}

fn seconds(value: &str) -> Option<Duration> {
    number(value).filter(|seconds| (1..=SECONDS_MAX).contains(seconds)).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str, value: &str) -> Env {
        Env::from_map([(name, value)])
    }

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        assert_eq!(env("LLM_MODEL", "  ").optional("LLM_MODEL"), None);
        let error = env("TABLE_NAME", "").required("TABLE_NAME").unwrap_err();
        assert_eq!(error.to_string(), "TABLE_NAME is not set; expected a value");
    }

    #[test]
    fn a_malformed_variable_is_named_with_the_expected_form() {
        let text = |result: Result<Duration, ConfigError>| result.unwrap_err().to_string();
        assert_eq!(
            text(env("LEASE_SECS", "90s").seconds("LEASE_SECS", Duration::ZERO)),
            r#"LEASE_SECS is "90s"; expected whole seconds, 1 to 86400"#
        );
        for bad in ["0", "-1", "1.5", "900000"] {
            assert!(env("LEASE_SECS", bad).seconds("LEASE_SECS", Duration::ZERO).is_err(), "{bad}");
        }
        assert!(env("KIE_API_URL", "api.kie.ai").url("KIE_API_URL").is_err());
        assert!(env("KIE_API_URL", "ftp://api.kie.ai").url("KIE_API_URL").is_err());
        assert!(env("ADMIN_IDS", "1,two").ids("ADMIN_IDS").is_err());
        assert!(env("SEND_ATTEMPTS", "-3").count("SEND_ATTEMPTS", 3).is_err());
        assert!(env("LOOK_DELAYS_SECS", "30,,60").seconds_list("LOOK_DELAYS_SECS", &[]).is_err());
    }

    #[test]
    fn values_are_read_and_unset_ones_have_defaults() {
        let none = Env::from_map::<&str, &str>([]);
        assert_eq!(none.url_or("KIE_API_URL", "https://api.kie.ai").unwrap(), "https://api.kie.ai");
        assert_eq!(none.count("SEND_ATTEMPTS", 3).unwrap(), 3);
        assert!(none.ids("ADMIN_IDS").unwrap().is_empty());
        assert_eq!(env("X", "http://127.0.0.1:4566/").url("X").unwrap(), "http://127.0.0.1:4566");
        assert_eq!(env("X", "30, 60").seconds_list("X", &[]).unwrap(), [30, 60].map(Duration::from_secs));
        assert_eq!(env("X", "7, -8").ids("X").unwrap(), [7, -8]);
        assert_eq!(env("X", "1800").seconds("X", Duration::ZERO).unwrap(), Duration::from_secs(1800));
    }
}
