//! What every command works with: the stores, the time, who asks; and how it answers.

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

/// Characters kept of who asks and why: both end up in a ledger that is read in a terminal.
const WORDS_MAX_CHARS: usize = 200;

/// What a command answers: shown to a person as a text, to a script as JSON.
pub trait Answer: Serialize + fmt::Display {
    /// Whether something is wrong that somebody has to look after.
    fn found_problems(&self) -> bool {
        false
    }
}

/// Why a command was not done: what happened, to what, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{what}\n{advice}")]
pub struct Trouble {
    what: String,
    advice: String,
}

const ADVICE_AGAIN: &str =
    "Check the network and the credentials, and run this again: what was done already is not done a second time.";
const ADVICE_SETTING: &str = "scripts/ops <stage> sets all of them from the deployed stack.";
const ADVICE_UNREADABLE: &str = "Another release wrote it, or a hand in the console: read it there.";

impl Trouble {
    /// What happened, and what to do.
    pub fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), advice: advice.into() }
    }
}

impl From<TableError> for Trouble {
    fn from(error: TableError) -> Self {
        let advice = if matches!(error, TableError::Unreadable { .. }) { ADVICE_UNREADABLE } else { ADVICE_AGAIN };
        Self::new(format!("the table: {error}"), advice)
    }
}

impl From<QueueError> for Trouble {
    fn from(error: QueueError) -> Self {
        Self::new(error.to_string(), ADVICE_AGAIN)
    }
}

impl From<MediaError> for Trouble {
    fn from(error: MediaError) -> Self {
        Self::new(format!("the media store: {error}"), ADVICE_AGAIN)
    }
}

impl From<SetupError> for Trouble {
    fn from(error: SetupError) -> Self {
        Self::new(error.to_string(), ADVICE_SETTING)
    }
}

/// An operator at work.
#[derive(Clone, Debug)]
pub struct Desk {
    services: Arc<Services>,
    who: String,
}

impl Desk {
    /// With these settings, for whoever [`caller`] names.
    #[must_use]
    pub fn new(setup: &Setup, who: impl Into<String>) -> Self {
        Self { services: Arc::new(setup.services()), who: who.into() }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.services.setup().clock.now()
    }

    /// Who asks.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    /// A reason with who gave it, as it is written beside what was done.
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

/// Who asks: as they say, or the user of this machine, and the access key by which AWS knows them (CloudTrail has it as well; it is
/// no secret).
#[must_use]
pub fn caller(said: Option<&str>, env: &Env) -> String {
    let first = |names: &[&str]| names.iter().find_map(|name| env.optional(name));
    let local = || {
        let user = first(&["USER", "LOGNAME"]).unwrap_or_else(|| "somebody".to_owned());
        first(&["HOSTNAME", "HOST"]).map_or(user.clone(), |host| format!("{user}@{host}"))
    };
    let name = said.map(str::to_owned).or_else(|| env.optional("OPS_AS")).unwrap_or_else(local);
    let key = env.optional("AWS_ACCESS_KEY_ID").unwrap_or_else(|| "none".to_owned());
    format!("{}, key {key}", one_line(&name))
}

/// Words on one line, and not too many of them.
fn one_line(words: &str) -> String {
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).take(WORDS_MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_what_they_say_or_what_the_machine_and_aws_know_of_them() {
        let env = |more: &[(&str, &str)]| Env::from_map([("AWS_ACCESS_KEY_ID", "AKIA1")].into_iter().chain(more.iter().copied()));
        assert_eq!(caller(Some("olga\n\u{1b}[2J"), &env(&[("USER", "root")])), "olga [2J, key AKIA1");
        assert_eq!(caller(None, &env(&[("OPS_AS", "user/olga"), ("USER", "root")])), "user/olga, key AKIA1");
        assert_eq!(caller(None, &env(&[("USER", "olga"), ("HOSTNAME", "desk")])), "olga@desk, key AKIA1");
        assert_eq!(caller(None, &Env::from_map::<&str, &str>([])), "somebody, key none");
    }
}
