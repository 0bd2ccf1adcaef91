//! What an operator can ask of the bot in its own chat, and what it answers. In English, as the operator's command line and the
//! alarms are.
//!
//! Nobody else's `/admin` means anything: whoever is no operator has sent a command the bot does not know.

use jiff::Timestamp;

use crate::{
    credits::{self, Credits, Entry},
    ids::UserId,
    screen::{escape_html, shortened},
};

/// Most credits in one grant: a slip of the finger must not give the shop away.
pub const GRANT_MAX: u32 = 10_000;
/// Longest reason of a grant, in UTF-16 units; more is cut off.
const REASON_MAX_UNITS: usize = 200;
/// How a grant is to be written.
const GRANT_USAGE: &str = "Nothing was given. Write it so: /grant &lt;person&gt; &lt;credits&gt; &lt;reason&gt;";

/// What an operator asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `/admin`: how things are.
    Overview,
    /// `/grant`: credits for somebody; or why not, in words.
    Grant(Result<Grant, String>),
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

impl Command {
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
    fn parse(words: &[&str]) -> Result<Self, String> {
        let [person, credits, reason @ ..] = words else { return Err(GRANT_USAGE.to_owned()) };
        let person = person.parse().ok().filter(|id| *id > 0).map(UserId).ok_or(GRANT_USAGE)?;
        let credits: u32 = credits.parse().map_err(|_| GRANT_USAGE)?;
        if !(1..=GRANT_MAX).contains(&credits) {
            return Err(format!("Nothing was given: a grant is of 1 to {GRANT_MAX} credits."));
        }
        let reason: String = reason.join(" ").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if reason.is_empty() {
            return Err("Nothing was given: say why, the ledger keeps it.".to_owned());
        }
        Ok(Self { person, credits: Credits(credits), reason: shortened(&reason, REASON_MAX_UNITS) })
    }

    /// Its ledger entry, which says who gave it and why. The update is its key: one that comes again gives nothing more.
    #[must_use]
    pub fn entry(&self, operator: UserId, update: i64, now: Timestamp) -> Entry {
        let why = format!("operator {operator}: {}", self.reason);
        credits::grant(self.person, &format!("operator-{update}"), self.credits, &why, now)
    }

    /// That it is given.
    #[must_use]
    pub fn given(&self, balance: Credits) -> String {
        let Self { person, credits: Credits(credits), reason } = self;
        let reason = escape_html(reason);
        format!("Given: {credits} to {person}, because: <i>{reason}</i>\nTheir balance: <b>{}</b>.", balance.0)
    }

    /// That nobody is there to get it.
    #[must_use]
    pub fn nobody(&self) -> String {
        format!("Nothing was given: {} has no account here.", self.person)
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

/// How things are; what could not be read is said so.
#[must_use]
pub fn overview(today: Option<Day>, queue: Option<u64>, kie_credits: Option<f64>) -> String {
    let unknown = || "not known just now".to_owned();
    let told = |Day { ordered, delivered, refunded }| format!("{ordered} ordered, {delivered} delivered, {refunded} refunded");
    let today = today.map_or_else(unknown, told);
    let queue = queue.map_or_else(unknown, |messages| format!("about {messages}"));
    let kie = kie_credits.map_or_else(unknown, |credits| format!("{credits:.0} credits"));
    format!(
        "<b>How things are</b>\nToday (UTC): {today}\nMessages to generate: {queue}\nKIE's balance: {kie}\n\nMore: the stack's dashboard."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        match Command::parse(text) {
            Some(Command::Grant(Err(why))) => why,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_grant_says_whom_how_many_and_why() {
        let Some(Command::Grant(Ok(grant))) = Command::parse("/grant@neuro_bot  7  5\n a <late> video ") else { panic!() };
        let expected = Grant { person: UserId(7), credits: Credits(5), reason: "a <late> video".into() };
        assert_eq!(grant, expected);
        let entry = grant.entry(UserId(1), 42, Timestamp::UNIX_EPOCH);
        assert_eq!((entry.user, entry.amount, entry.key.to_string().as_str()), (UserId(7), 5, "GRANT#operator-42"));
        assert_eq!(entry.note, "operator 1: a <late> video");
        let said = "Given: 5 to 7, because: <i>a &lt;late&gt; video</i>\nTheir balance: <b>8</b>.";
        assert_eq!(grant.given(Credits(8)), said);
    }

    #[test]
    fn a_grant_that_is_not_clear_gives_nothing_and_says_why() {
        for text in ["/grant", "/grant 7", "/grant seven 5 late", "/grant 7 five late", "/grant 7 -5 late", "/grant -7 5 late"] {
            assert_eq!(refused(text), GRANT_USAGE, "{text}");
        }
        for text in ["/grant 7 0 late", "/grant 7 10001 late"] {
            assert!(refused(text).contains("1 to 10000"), "{text}");
        }
        assert!(refused("/grant 7 5").contains("say why"));
        let long = format!("/grant 7 5 {}", "é".repeat(4000));
        assert!(matches!(Command::parse(&long), Some(Command::Grant(Ok(grant))) if grant.reason.chars().count() == 200));
    }

    #[test]
    fn only_these_commands_are_an_operator_s() {
        assert_eq!(Command::parse("/admin@neuro_bot now"), Some(Command::Overview));
        for text in ["", "admin", "/administer", "/grants 7 5 x", "/start", "a mug /admin"] {
            assert_eq!(Command::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_said_so() {
        assert_eq!(overview(None, None, None).matches("not known just now").count(), 3);
        let said = overview(Some(Day { ordered: 9, delivered: 5, refunded: 2 }), Some(3), Some(1234.4));
        assert!(said.contains("9 ordered, 5 delivered, 2 refunded"), "{said}");
        assert!(said.contains("about 3") && said.contains("1234 credits"), "{said}");
    }
}
