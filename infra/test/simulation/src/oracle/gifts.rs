//! The credits that may be given in a run: the welcome, the scenario's gifts, and what the operator granted in their chat.
//! Credits from anywhere else are minted.

use adapters::table::AccountSnapshot;
use domain::{
    credits::{Entry, EntryKey},
    ids::UserId,
};
use fakes::telegram::{Author, Body, ChatLine};

/// What a newcomer gets where the configuration does not say: the contract's default.
const WELCOME: i64 = 2;

/// What may have been given in a run.
pub struct Gifts {
    scenario: Vec<Entry>,
    /// An operator's commands: the person, and the credits.
    commanded: Vec<(UserId, i64)>,
}

impl Gifts {
    /// The scenario's, and what an operator wrote in their chat.
    #[must_use]
    pub fn of(scenario: Vec<Entry>, operators_chat: &[ChatLine]) -> Self {
        let written = operators_chat.iter().filter(|line| line.author == Author::Person);
        let commanded = written.filter_map(|line| if let Body::Text { text, .. } = &line.body { command(text) } else { None });
        Self { scenario, commanded: commanded.collect() }
    }

    /// What a person has to have been given: the welcome with their account; a gift where it is in their ledger as it was given;
    /// of an operator's grants as many as there were commands for them.
    pub(super) fn due(&self, snapshot: &AccountSnapshot) -> i64 {
        let welcome = if snapshot.balance.is_some() { WELCOME } else { 0 };
        let mut commanded = self.commanded.clone();
        let mut is_due = |entry: &&Entry| match &entry.key {
            EntryKey::Grant(name) if name.starts_with("operator-") => {
                let command = commanded.iter().position(|command| *command == (entry.user, entry.amount));
                command.map(|at| commanded.swap_remove(at)).is_some()
            }
            key => self.scenario.iter().any(|gift| (gift.user, &gift.key, gift.amount) == (entry.user, key, entry.amount)),
        };
        welcome + snapshot.entries.iter().filter(|entry| is_due(entry)).map(|entry| entry.amount).sum::<i64>()
    }
}

/// `/grant <person> <credits> <why>`.
fn command(text: &str) -> Option<(UserId, i64)> {
    let mut words = text.strip_prefix("/grant ")?.split_whitespace();
    Some((UserId(words.next()?.parse().ok()?), words.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use domain::credits::{Credits, grant};

    use super::*;

    const SOMEBODY: UserId = UserId(7);

    fn entry(name: &str, credits: u32) -> Entry {
        grant(SOMEBODY, name, Credits(credits), "", jiff::Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn what_nobody_gave_is_not_due() {
        let gifts = Gifts { scenario: vec![entry("scenario", 5)], commanded: vec![(SOMEBODY, 3)] };
        let due = |entries: &[Entry]| {
            gifts.due(&AccountSnapshot { balance: Some(Credits(0)), entries: entries.to_vec(), ..AccountSnapshot::default() })
        };
        assert_eq!(due(&[]), 2, "the welcome has to be there");
        assert_eq!(due(&[entry("welcome", 2), entry("scenario", 5), entry("operator-1", 3)]), 10);
        assert_eq!(due(&[entry("welcome", 2), entry("welcome-again", 2)]), 2);
        assert_eq!(due(&[entry("operator-1", 3), entry("operator-2", 3)]), 5, "one command, two grants");
        assert_eq!(due(&[entry("operator-1", 4)]), 2, "another amount");
        assert_eq!(gifts.due(&AccountSnapshot::default()), 0, "no account");
    }

    #[test]
    fn a_command_is_read_as_it_is_written() {
        assert_eq!(command("/grant 7 3 for the trouble"), Some((SOMEBODY, 3)));
        assert_eq!(command("/grant 7"), None);
        assert_eq!(command("/admin"), None);
    }
}
