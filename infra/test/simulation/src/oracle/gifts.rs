//! The credits that may be given in a run: the welcome credits, the scenario's gifts, and the operator's grants in the chat. All
//! other credits count as minted.

use adapters::table::AccountSnapshot;
use domain::{
    credits::{Entry, EntryKey},
    ids::UserId,
    limits::Limits,
};
use fakes::telegram::{Author, Body, ChatLine};

/// The default of the welcome credits of a new seller.
const WELCOME: i64 = 2;

/// The credits that may be given in a run.
pub struct Gifts {
    scenario: Vec<Entry>,
    /// The operator's `/grant` commands: the seller and the credits.
    commanded: Vec<(UserId, i64)>,
    /// Most welcome gifts of a day.
    gifts_a_day: u32,
}

impl Gifts {
    /// The gifts of a scenario, and the `/grant` commands in an operator's chat.
    #[must_use]
    pub fn of(scenario: Vec<Entry>, operators_chat: &[ChatLine], limits: &Limits) -> Self {
        let written = operators_chat.iter().filter(|line| line.author == Author::Person);
        let commanded = written.filter_map(|line| if let Body::Text { text, .. } = &line.body { command(text) } else { None });
        Self { scenario, commanded: commanded.collect(), gifts_a_day: limits.gifts_a_day }
    }

    /// The credits that a seller must have been given: the welcome credits if there is an account, each ledger entry that equals
    /// a gift of the scenario, and one ledger entry for each `/grant` command.
    pub(super) fn due(&self, snapshot: &AccountSnapshot) -> i64 {
        // With few gifts a day, a newcomer may have got none; [`super::passed`] checks how many did.
        let may_lack = self.gifts_a_day < Limits::default().gifts_a_day;
        let has_gift = snapshot.entries.iter().any(|entry| entry.key == EntryKey::Grant("welcome".to_owned()));
        let welcome = if snapshot.balance.is_some() && (has_gift || !may_lack) { WELCOME } else { 0 };
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

/// Reads `/grant <user id> <credits> <reason>`; `None` for any other text.
fn command(text: &str) -> Option<(UserId, i64)> {
    let mut words = text.strip_prefix("/grant ")?.split_whitespace();
    Some((UserId(words.next()?.parse().ok()?), words.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use domain::credits::{Balance, Credits, grant};

    use super::*;

    const SELLER: UserId = UserId(7);

    fn entry(name: &str, credits: u32) -> Entry {
        grant(SELLER, name, Credits(credits), "", jiff::Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn an_entry_without_a_gift_or_a_command_is_not_due() {
        let gifts = Gifts { scenario: vec![entry("scenario", 5)], commanded: vec![(SELLER, 3)], gifts_a_day: 200 };
        let due = |entries: &[Entry]| {
            gifts.due(&AccountSnapshot { balance: Some(Balance(0)), entries: entries.to_vec(), ..AccountSnapshot::default() })
        };
        assert_eq!(due(&[]), 2, "an account has the welcome credits");
        assert_eq!(due(&[entry("welcome", 2), entry("scenario", 5), entry("operator-1", 3)]), 10);
        assert_eq!(due(&[entry("welcome", 2), entry("welcome-again", 2)]), 2);
        assert_eq!(due(&[entry("operator-1", 3), entry("operator-2", 3)]), 5, "one command explains one grant");
        assert_eq!(due(&[entry("operator-1", 4)]), 2, "a command of another amount explains no grant");
        assert_eq!(gifts.due(&AccountSnapshot::default()), 0, "no account has no welcome credits");
        let few = Gifts { scenario: vec![], commanded: vec![], gifts_a_day: 1 };
        let due = |entries| {
            few.due(&AccountSnapshot { balance: Some(domain::credits::Balance(0)), entries, ..AccountSnapshot::default() })
        };
        assert_eq!((due(vec![]), due(vec![entry("welcome", 2)])), (0, 2), "with few gifts a day an account may have none");
    }

    #[test]
    fn a_command_is_read_as_it_is_written() {
        assert_eq!(command("/grant 7 3 as an apology"), Some((SELLER, 3)));
        assert_eq!(command("/grant 7"), None);
        assert_eq!(command("/admin"), None);
    }
}
