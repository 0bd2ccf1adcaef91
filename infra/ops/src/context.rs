//! The context of every command: the stores, the time and the operator; and the form of its answers and errors.

use std::{fmt, sync::Arc};

use adapters::{
    config::Env,
    media::{Media, MediaError},
    queues::{Queue, QueueError, Queues},
    table::{Table, TableError},
};
use app::{Services, Setup, SetupError};
use domain::rules::Rules;
use jiff::Timestamp;
use serde::Serialize;

/// Most characters kept of an operator's name or reason. The ledger stores both and a terminal shows them.
const TEXT_MAX_CHARS: usize = 200;

/// The answer of a command: a text for people, JSON for scripts.
pub trait Answer: Serialize + fmt::Display {
    /// Whether the command found a problem that an operator has to handle.
    fn found_problems(&self) -> bool {
        false
    }
}

/// Why a command failed, with advice. Writes before the failure are kept; repeating the command does not repeat them.
#[derive(Debug, thiserror::Error)]
#[error("{what}\n{advice}")]
pub struct OpsError {
    what: String,
    advice: String,
}

const ADVICE_AGAIN: &str =
    "Check the network and the credentials, and run this again: a step that is done already is not repeated.";
const ADVICE_SETTING: &str = "Run it as scripts/ops <stage>, which takes all settings from the deployed stack.";
const ADVICE_UNREADABLE: &str = "Another release or an edit in the console wrote this item: read it in the console.";

impl OpsError {
    /// An error that says what failed, with the value, and what to do.
    pub fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), advice: advice.into() }
    }
}

impl From<TableError> for OpsError {
    fn from(error: TableError) -> Self {
        let advice = if matches!(error, TableError::Unreadable { .. }) { ADVICE_UNREADABLE } else { ADVICE_AGAIN };
        Self::new(format!("the table: {error}"), advice)
    }
}

impl From<QueueError> for OpsError {
    fn from(error: QueueError) -> Self {
        Self::new(error.to_string(), ADVICE_AGAIN)
    }
}

impl From<MediaError> for OpsError {
    fn from(error: MediaError) -> Self {
        Self::new(format!("the media store: {error}"), ADVICE_AGAIN)
    }
}

impl From<SetupError> for OpsError {
    fn from(error: SetupError) -> Self {
        Self::new(error.to_string(), ADVICE_SETTING)
    }
}

/// The stores and the operator of a command.
#[derive(Clone, Debug)]
pub struct OpsContext {
    services: Arc<Services>,
    who: String,
}

impl OpsContext {
    /// A context of these settings for the operator named by [`caller`].
    #[must_use]
    pub fn new(setup: &Setup, who: impl Into<String>) -> Self {
        Self { services: Arc::new(setup.services()), who: who.into() }
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.services.setup().clock.now()
    }

    /// The operator's name and access key id.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    /// A reason followed by the operator's name, for the ledger or a note.
    #[must_use]
    pub fn signed(&self, why: &str) -> String {
        format!("{} [{}]", one_line(why), self.who)
    }

    pub(crate) fn table(&self) -> Result<Table, SetupError> {
        self.services.table()
    }

    pub(crate) fn queues(&self) -> Result<Queues, SetupError> {
        self.services.queues(&[Queue::Generate, Queue::Send, Queue::Parked])
    }

    pub(crate) fn media(&self) -> Result<Media, SetupError> {
        self.services.media()
    }

    pub(crate) fn rules(&self) -> Result<Arc<Rules>, SetupError> {
        self.services.rules()
    }
}

/// The operator: the given name, else `OPS_AS`, else the user of this machine; and the access key id. The id is no secret, and
/// CloudTrail records it as well.
#[must_use]
pub fn caller(given: Option<&str>, env: &Env) -> String {
    let first = |names: &[&str]| names.iter().find_map(|name| env.optional(name));
    let local = || {
        let user = first(&["USER", "LOGNAME"]).unwrap_or_else(|| "unknown".to_owned());
        first(&["HOSTNAME", "HOST"]).map_or(user.clone(), |host| format!("{user}@{host}"))
    };
    let name = given.map(str::to_owned).or_else(|| env.optional("OPS_AS")).unwrap_or_else(local);
    let key = env.optional("AWS_ACCESS_KEY_ID").unwrap_or_else(|| "none".to_owned());
    format!("{}, key {key}", one_line(&name))
}

/// The text on one line, without control characters, cut to [`TEXT_MAX_CHARS`].
pub(crate) fn one_line(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(TEXT_MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_is_the_given_name_or_else_the_user_of_the_machine() {
        let env = |more: &[(&str, &str)]| Env::from_map([("AWS_ACCESS_KEY_ID", "AKIA1")].into_iter().chain(more.iter().copied()));
        assert_eq!(caller(Some("olga\n\u{1b}[2J"), &env(&[("USER", "root")])), "olga [2J, key AKIA1");
        assert_eq!(caller(None, &env(&[("OPS_AS", "user/olga"), ("USER", "root")])), "user/olga, key AKIA1");
        assert_eq!(caller(None, &env(&[("USER", "olga"), ("HOSTNAME", "laptop")])), "olga@laptop, key AKIA1");
        assert_eq!(caller(None, &Env::from_map::<&str, &str>([])), "unknown, key none");
    }
}
