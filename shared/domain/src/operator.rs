//! What an operator can ask of the bot in its own chat.
//!
//! Nobody else's `/admin` means anything: to the bot it is a command that it does not know.

use jiff::Timestamp;

use crate::{
    credits::{self, Credits, Entry},
    ids::UserId,
    utf16::shortened,
};

/// Most credits in one grant: a slip of the finger must not give the shop away.
pub const GRANT_MAX: u32 = 10_000;
/// Longest reason of a grant, in UTF-16 units; more is cut off.
const REASON_MAX_UNITS: usize = 200;

/// What an operator asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorCommand {
    /// `/admin`: how things are.
    Overview,
    /// `/grant`: credits for somebody, or why nothing is given.
    Grant(Result<Grant, GrantRefusal>),
}

/// Credits for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// For whom.
    pub person: UserId,
    /// How many.
    pub credits: Credits,
    /// Why.
    pub reason: String,
}

/// Why a `/grant` gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantRefusal {
    /// The command is not written as it has to be.
    Malformed,
    /// The amount is not between 1 and [`GRANT_MAX`].
    Amount,
    /// There is no reason, which the ledger would keep.
    NoReason,
}

impl OperatorCommand {
    /// The command in a message; `None` if it is none of an operator's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        // In a chat a command may carry the bot's name.
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

    /// Its ledger entry, which says who gave it and why. The update is its key: one that comes again gives nothing more.
    #[must_use]
    pub fn entry(&self, operator: UserId, update: i64, now: Timestamp) -> Entry {
        let why = format!("operator {operator}: {}", self.reason);
        credits::grant(self.person, &format!("operator-{update}"), self.credits, &why, now)
    }
}

/// What a day saw so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Videos ordered.
    pub ordered: u64,
    /// Delivered.
    pub delivered: u64,
    /// Refunded.
    pub refunded: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_commands_are_an_operator_s() {
        assert_eq!(OperatorCommand::parse("/admin@neuro_bot now"), Some(OperatorCommand::Overview));
        for text in ["", "admin", "/administer", "/grants 7 5 x", "/start", "a mug /admin"] {
            assert_eq!(OperatorCommand::parse(text), None, "{text}");
        }
    }
}
