//! The commands that an operator sends to the bot.
//!
//! From any other person these commands are ordinary text.

use jiff::Timestamp;

use crate::{
    credits::{self, Credits, Entry},
    ids::UserId,
    utf16::shortened,
};

/// Most credits in one grant, so that a typing error cannot grant a fortune.
pub const GRANT_MAX: u32 = 10_000;
/// Longest reason of a grant, in UTF-16 units; a longer reason is cut.
const REASON_MAX_UNITS: usize = 200;

/// A command of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorCommand {
    /// `/admin`: the figures of today, the queue and KIE.
    Overview,
    /// `/grant`: a grant of credits, or the reason why the grant is refused.
    Grant(Result<Grant, GrantRefusal>),
}

/// A grant of credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The person who receives the credits.
    pub person: UserId,
    /// The amount of the grant.
    pub credits: Credits,
    /// The operator's reason, for the ledger.
    pub reason: String,
}

/// Why a `/grant` is refused. No credits were granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantRefusal {
    /// The command is not of the form `/grant <person> <credits> <reason>`.
    Malformed,
    /// The amount is not between 1 and [`GRANT_MAX`].
    Amount,
    /// The reason is missing; the ledger needs one.
    NoReason,
}

impl OperatorCommand {
    /// The operator command in a message; `None` if the message is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        // Telegram may append the bot's name to a command: `/admin@bot`.
        match words.next()?.split('@').next()? {
            "/admin" => Some(Self::Overview),
            "/grant" => Some(Self::Grant(Grant::parse(&words.collect::<Vec<_>>()))),
            _ => None,
        }
    }
}

impl Grant {
    fn parse(words: &[&str]) -> Result<Self, GrantRefusal> {
        let [person, credits, reason @ ..] = words else { return Err(GrantRefusal::Malformed) };
        let person = person.parse().ok().filter(|id| *id > 0).map(UserId).ok_or(GrantRefusal::Malformed)?;
        let credits: u32 = credits.parse().map_err(|_| GrantRefusal::Malformed)?;
        if !(1..=GRANT_MAX).contains(&credits) {
            return Err(GrantRefusal::Amount);
        }
        let reason: String = reason.join(" ").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if reason.is_empty() {
            return Err(GrantRefusal::NoReason);
        }
        Ok(Self { person, credits: Credits(credits), reason: shortened(&reason, REASON_MAX_UNITS) })
    }

    /// The ledger entry of the grant, with the operator and the reason in its note. The update's id is the idempotency key: an
    /// update that Telegram delivers again grants nothing more.
    #[must_use]
    pub fn entry(&self, operator: UserId, update: i64, now: Timestamp) -> Entry {
        let why = format!("operator {operator}: {}", self.reason);
        credits::grant(self.person, &format!("operator-{update}"), self.credits, &why, now)
    }
}

/// The counts of one day so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Videos ordered on the day.
    pub ordered: u64,
    /// Videos delivered on the day.
    pub delivered: u64,
    /// Videos refunded on the day.
    pub refunded: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_text_is_an_operator_command() {
        assert_eq!(OperatorCommand::parse("/admin@neuro_bot now"), Some(OperatorCommand::Overview));
        for text in ["", "admin", "/administer", "/grants 7 5 x", "/start", "a mug /admin"] {
            assert_eq!(OperatorCommand::parse(text), None, "{text}");
        }
    }
}
