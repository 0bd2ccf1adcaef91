//! The bot's replies to an operator. They are in English, like the operator's command line and the alarms.

use super::html::escape_html;
use crate::{
    credits::{Balance, Credits},
    operator::{Day, GRANT_MAX, Grant, GrantRefusal},
};

/// Links in the overview.
const SOURCES_SHOWN_MAX: usize = 10;

/// The reply to a malformed grant: the command's form.
const GRANT_USAGE: &str = "Nothing was given. Write it so: /grant &lt;person&gt; &lt;credits&gt; &lt;reason&gt;";

impl GrantRefusal {
    /// The reply to the refused grant.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Malformed => GRANT_USAGE.to_owned(),
            Self::Amount => format!("Nothing was given: a grant is of 1 to {GRANT_MAX} credits."),
            Self::NoReason => "Nothing was given: say why, the ledger keeps it.".to_owned(),
        }
    }
}

/// The reply to a written grant: its amount, person and reason, and the balance read after it; `None` if it could not be read.
#[must_use]
pub fn given(grant: &Grant, balance: Option<Balance>) -> String {
    let Grant { person, credits: Credits(credits), reason } = grant;
    let reason = escape_html(reason);
    let balance = match balance {
        Some(Balance(balance)) => format!("Their balance: <b>{balance}</b>."),
        None => "Their balance could not be read.".to_owned(),
    };
    format!("Given: {credits} to {person}, because: <i>{reason}</i>\n{balance}")
}

/// The reply to a grant for a person without an account.
#[must_use]
pub fn no_account(grant: &Grant) -> String {
    format!("Nothing was given: {} has no account here.", grant.person)
}

/// The reply to `/admin`: the figures of today, the queue and KIE. A figure that could not be read is shown as unknown.
#[must_use]
pub fn overview(today: Option<Day>, arrivals: Option<&[(String, u64)]>, queue: Option<u64>, kie_credits: Option<f64>) -> String {
    let unknown = || "not known just now".to_owned();
    let today = today.map_or_else(unknown, |day| counts(&day));
    let arrivals = arrivals.map_or_else(unknown, sources);
    let queue = queue.map_or_else(unknown, |messages| format!("about {messages}"));
    let kie = kie_credits.map_or_else(unknown, |credits| format!("{credits:.0} credits"));
    format!(
        "<b>How things are</b>\nToday (UTC): {today}\nNew people by link: {arrivals}\nMessages to generate: {queue}\nKIE's balance: {kie}\n\nMore: the stack's dashboard."
    )
}

/// The links by which the day's new people came, the most used first.
fn sources(arrivals: &[(String, u64)]) -> String {
    let listed = arrivals.iter().take(SOURCES_SHOWN_MAX).map(|(source, people)| format!("{} {people}", escape_html(source)));
    let more = arrivals.len().saturating_sub(SOURCES_SHOWN_MAX);
    let more = (more > 0).then(|| format!("and {more} more"));
    let all: Vec<_> = listed.chain(more).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

/// The counts of a day, on three lines. What KIE took is of the jobs that ended on the day.
fn counts(day: &Day) -> String {
    let Day { ordered, charged, replayed, delivered, refunded, kie_millicredits, kie_films, kie_replay_films } = day;
    let kie_credits = thousandths(*kie_millicredits);
    format!(
        "{ordered} ordered, {delivered} delivered, {refunded} refunded\n\
         Charged today: {charged} credits for {ordered} films; free replays: {replayed}\n\
         KIE took today: {kie_credits} of its credits for {kie_films} films and {kie_replay_films} of replays"
    )
}

/// A number of thousandths as a decimal number, without zeros at its end: `65600` is `65.6`.
#[must_use]
pub fn thousandths(number: u64) -> String {
    let (whole, rest) = (number / 1000, number % 1000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}").trim_end_matches('0').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ids::UserId, operator::OperatorCommand};
    use jiff::Timestamp;

    fn refused(text: &str) -> String {
        match OperatorCommand::parse(text) {
            Some(OperatorCommand::Grant(Err(why))) => why.text(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn the_reply_to_a_grant_names_person_amount_and_reason() {
        let Some(OperatorCommand::Grant(Ok(grant))) = OperatorCommand::parse("/grant@neuro_bot  7  5\n a <late> video ") else {
            panic!()
        };
        let expected = Grant { person: UserId(7), credits: Credits(5), reason: "a <late> video".into() };
        assert_eq!(grant, expected);
        let entry = grant.entry(UserId(1), 42, Timestamp::UNIX_EPOCH);
        assert_eq!((entry.user, entry.amount, entry.key.to_string().as_str()), (UserId(7), 5, "GRANT#operator-42"));
        assert_eq!(entry.note, "operator 1: a <late> video");
        for (balance, said) in [
            (Some(8), "Their balance: <b>8</b>."),
            (Some(-2), "Their balance: <b>-2</b>."),
            (None, "Their balance could not be read."),
        ] {
            let reply = format!("Given: 5 to 7, because: <i>a &lt;late&gt; video</i>\n{said}");
            assert_eq!(given(&grant, balance.map(Balance)), reply);
        }
    }

    #[test]
    fn an_unclear_grant_is_refused_with_a_reason() {
        for text in ["/grant", "/grant 7", "/grant seven 5 late", "/grant 7 five late", "/grant 7 -5 late", "/grant -7 5 late"] {
            assert_eq!(refused(text), GRANT_USAGE, "{text}");
        }
        for text in ["/grant 7 0 late", "/grant 7 10001 late"] {
            assert!(refused(text).contains("1 to 10000"), "{text}");
        }
        assert!(refused("/grant 7 5").contains("say why"));
        let long = format!("/grant 7 5 {}", "é".repeat(4000));
        assert!(
            matches!(OperatorCommand::parse(&long), Some(OperatorCommand::Grant(Ok(grant))) if grant.reason.chars().count() == 200)
        );
    }

    #[test]
    fn thousandths_are_shown_without_zeros_at_their_end() {
        let shown = [0, 45_000, 65_600, 1, u64::MAX].map(thousandths);
        assert_eq!(shown, ["0", "45", "65.6", "0.001", "18446744073709551.615"]);
    }

    #[test]
    fn an_unknown_figure_is_shown_as_unknown() {
        assert_eq!(overview(None, None, None, None).matches("not known just now").count(), 4);
        let day = Day {
            ordered: 9,
            charged: 12,
            replayed: 1,
            delivered: 5,
            refunded: 2,
            kie_millicredits: 405_600,
            kie_films: 7,
            kie_replay_films: 1,
        };
        let arrivals: Vec<_> = (0..12).map(|n| (format!("link_{n}"), 30 - n)).collect();
        let reply = overview(Some(day), Some(&arrivals), Some(3), Some(1234.4));
        assert!(reply.contains("9 ordered, 5 delivered, 2 refunded"), "{reply}");
        assert!(reply.contains("Charged today: 12 credits for 9 films; free replays: 1\n"), "{reply}");
        assert!(reply.contains("KIE took today: 405.6 of its credits for 7 films and 1 of replays\n"), "{reply}");
        assert!(reply.contains("New people by link: link_0 30, link_1 29, ") && reply.contains(", and 2 more\n"), "{reply}");
        assert!(overview(None, Some(&[]), None, None).contains("New people by link: none\n"));
        assert!(reply.contains("about 3") && reply.contains("1234 credits"), "{reply}");
    }
}
