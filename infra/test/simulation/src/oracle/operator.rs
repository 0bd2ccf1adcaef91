//! Checks the bot's answers to an operator: the grant that they state, and the balance after it.

use domain::{
    credits::{Credits, EntryKey, EntryKind},
    ids::UserId,
    view::shortened,
};
use fakes::telegram::{Author, Body, ChatLine};

use super::{
    chat::{Delays, number_after},
    notified::BALANCE_AGE_MAX_MS,
};
use crate::history::History;

/// The answers in an operator's chat that the ledgers contradict.
#[must_use]
pub fn untrue_answers(chat: &[ChatLine], delays: &Delays, history: impl Fn(UserId) -> History) -> Vec<String> {
    let mut untrue = Vec::new();
    for line in chat.iter().filter(|line| line.author == Author::Bot) {
        let Body::Text { text, .. } = &line.body else { continue };
        let at_ms = delays.sent_ms(line.edited_ms.unwrap_or(line.at_ms));
        if let Some(what) = wrong(text, at_ms, &history) {
            untrue.push(format!("the answer to the operator was {:?}, but {what}", shortened(text, 300)));
        }
    }
    untrue
}

/// What the ledger of the person says instead; `None` if the answer is true or claims nothing.
fn wrong(text: &str, at_ms: i64, history: impl Fn(UserId) -> History) -> Option<String> {
    let welcome = EntryKey::Grant("welcome".to_owned());
    if let Some(rest) = text.strip_prefix("Nothing was given: ") {
        let person = UserId(rest.strip_suffix(" has no account here.")?.parse().ok()?);
        let had_account = history(person).has_by(&welcome, at_ms - BALANCE_AGE_MAX_MS);
        return had_account.then(|| format!("{person} has an account"));
    }
    let (credits, rest) = text.strip_prefix("Given: ")?.split_once(" to ")?;
    let (credits, person): (i64, _) = (credits.parse().ok()?, UserId(rest.split(',').next()?.parse().ok()?));
    let history = history(person);
    let is_grant = |entry: &domain::credits::Entry| {
        let by_operator = matches!(&entry.key, EntryKey::Grant(name) if name.starts_with("operator-"));
        by_operator && entry.kind == EntryKind::Grant && entry.amount == credits
    };
    if !history.entries_by(at_ms).any(is_grant) {
        return Some(format!("the ledger of {person} has no such grant"));
    }
    let (stated, balances) = (number_after(&["Their balance: "], text), history.balances(at_ms - BALANCE_AGE_MAX_MS, at_ms));
    let is_true = stated.is_none_or(|Credits(stated)| balances.contains(&Credits(stated)));
    (!is_true).then(|| format!("the balance was {balances:?}"))
}

#[cfg(test)]
mod tests {
    use domain::credits::grant;
    use jiff::Timestamp;

    use super::*;
    use crate::history::tests::{SELLER, history};

    #[test]
    fn an_answer_that_the_ledger_contradicts_is_found() {
        let entry = |name, credits| grant(SELLER, name, Credits(credits), "", Timestamp::UNIX_EPOCH);
        let commits = vec![(10_000, entry("welcome", 2)), (30_000, entry("operator-1", 3))];
        let of = |user| if user == SELLER { history(commits.clone()) } else { History::default() };
        let is_wrong = |text: &str, at_ms| wrong(text, at_ms, of).is_some();
        let given = "Given: 3 to 7, because: late\nTheir balance: 5.";
        assert!(!is_wrong(given, 30_000));
        assert!(is_wrong(given, 29_000), "not given yet");
        assert!(is_wrong("Given: 4 to 7, because: late\nTheir balance: 5.", 30_000), "another amount");
        assert!(is_wrong("Given: 3 to 7, because: late\nTheir balance: 2.", 36_000), "the balance before the grant");
        assert!(is_wrong("Given: 3 to 8, because: late\nTheir balance: 5.", 30_000), "another person");
        assert!(!is_wrong("Given: 3 to 7, because: late", 36_000), "no balance is named");
        assert!(!is_wrong("Nothing was given: 8 has no account here.", 30_000));
        assert!(is_wrong("Nothing was given: 7 has no account here.", 30_000));
        assert!(!is_wrong("Nothing was given: say why, the ledger keeps it.", 30_000));
    }
}
