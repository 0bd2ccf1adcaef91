//! Checks what messages say about charges, against the ledger of that moment: "Charged" and "Nothing was charged".

use adapters::table::AccountSnapshot;
use domain::{credits::Credits, ids::DraftId, view::shortened};

use super::{
    chat::{Chat, Claim, Denial},
    findings::Findings,
};
use crate::history::History;

/// Checks every message that says what an order took, or that nothing was charged.
pub(super) fn of_charges(chat: &Chat, history: &History, snapshot: &AccountSnapshot, findings: &mut Findings) {
    let charges = history.charges();
    let order_of = |message: i64| {
        let job = snapshot.jobs.iter().find(|job| job.order.status_message == Some(message));
        job.map(|job| job.id.draft)
    };
    for claim in &chat.charges {
        let is_charge = |draft: &DraftId| {
            charges.get(draft).is_some_and(|(at_ms, credits)| *at_ms <= claim.at_ms && *credits == i64::from(claim.what.0))
        };
        // A status message that could not be edited was sent again: it is that of some order.
        let is_true = order_of(claim.message).map_or_else(|| charges.keys().any(is_charge), |draft| is_charge(&draft));
        if !is_true {
            findings.misinformed.push(untrue(claim, format!("the ledger has no charge of {} credits", claim.what.0)));
        }
    }
    for claim in &chat.denials {
        if let Some(draft) = charged_all_the_same(chat, claim, history, order_of(claim.message)) {
            findings.misinformed.push(untrue(claim, format!("order {draft} was charged")));
        }
    }
}

fn untrue<T>(claim: &Claim<T>, but: String) -> String {
    format!("{:?} was untrue: {but}", shortened(&claim.text, 300))
}

/// The order that was charged although a message denies it. `of_message` is the order whose status the message became later.
fn charged_all_the_same(chat: &Chat, claim: &Claim<Denial>, history: &History, of_message: Option<DraftId>) -> Option<DraftId> {
    let charges = history.charges();
    let charged_ms = |draft: &DraftId| charges.get(draft).map(|(at_ms, _)| *at_ms);
    let has_charge = |draft: &DraftId| charged_ms(draft).is_some_and(|at_ms| at_ms <= claim.at_ms);
    let denied = match claim.what {
        // The message has the confirm button of the refused order, whatever order it was about before.
        Denial::Refused(Some(draft)) => return Some(draft).filter(has_charge),
        // The same draft may be confirmed again later.
        Denial::Refused(None) => {
            let mut taps = chat.confirmed.iter().rev().filter(|(at_ms, _)| *at_ms <= claim.at_ms);
            taps.next().map(|(_, draft)| *draft).filter(has_charge)
        }
        // A forgotten draft is never charged later. It had no charge before: a seller cannot forget an order.
        Denial::Forgotten => chat
            .shown
            .iter()
            .filter(|(_, shown_ms)| **shown_ms <= claim.at_ms)
            .map(|(draft, _)| *draft)
            .find(|draft| charged_ms(draft).is_some_and(|at_ms| at_ms > claim.at_ms)),
    };
    denied.or(of_message.filter(has_charge))
}

/// Checks that no order was refused for lack of credits while the balance covered its price.
pub(super) fn of_refusals(chat: &Chat, history: &History, findings: &mut Findings) {
    for claim in chat.denials.iter().filter(|claim| matches!(claim.what, Denial::Refused(_))) {
        let Some(price) =
            super::chat::number_after(&["Not enough credits: this costs ", "Не хватает кредитов: цена "], &claim.text)
        else {
            continue;
        };
        let balances = history.balances(claim.at_ms - super::notified::BALANCE_AGE_MAX_MS, claim.at_ms);
        if balances.iter().all(|balance| *balance >= price) {
            let Credits(price) = price;
            findings.misinformed.push(untrue(claim, format!("the balance was {balances:?}, the price {price}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::history::tests::{charged_and_refunded, job};

    fn claim<T>(at_ms: i64, what: T, text: &str) -> Claim<T> {
        Claim { at_ms, message: 1, what, text: text.to_owned() }
    }

    fn found(chat: &Chat) -> usize {
        let mut findings = Findings::default();
        of_charges(chat, &charged_and_refunded(), &AccountSnapshot::default(), &mut findings);
        of_refusals(chat, &charged_and_refunded(), &mut findings);
        findings.misinformed.len()
    }

    /// Draft `a` is charged 1 credit at ten seconds.
    #[test]
    fn a_charge_that_the_ledger_does_not_have_is_untrue() {
        let says = |at_ms, credits| found(&Chat { charges: vec![claim(at_ms, Credits(credits), "Charged")], ..Chat::default() });
        assert_eq!(says(10_000, 1), 0);
        assert_eq!(says(9_999, 1), 1, "not charged yet");
        assert_eq!(says(10_000, 2), 1, "another amount");
    }

    #[test]
    fn a_denied_charge_that_the_ledger_has_is_untrue() {
        let a = job("a", 1).draft;
        let says = |at_ms, what| {
            let (shown, confirmed) = (BTreeMap::from([(a, 5_000)]), vec![(9_000, a)]);
            found(&Chat { denials: vec![claim(at_ms, what, "Nothing was charged.")], shown, confirmed, ..Chat::default() })
        };
        assert_eq!(says(9_500, Denial::Refused(None)), 0, "refused, and charged by a later tap");
        assert_eq!(says(10_500, Denial::Refused(None)), 1, "charged, and said to be refused");
        assert_eq!(says(9_500, Denial::Forgotten), 1, "forgotten, and charged later");
        assert_eq!(says(10_500, Denial::Forgotten), 0, "another draft was forgotten after this order");
        assert_eq!(says(4_000, Denial::Forgotten), 0, "a draft was forgotten before this one was begun");
    }

    #[test]
    fn an_order_that_the_balance_covers_is_not_refused() {
        let text = "❌ Not enough credits: this costs 2 credits. Nothing was charged.";
        let says = |at_ms| found(&Chat { denials: vec![claim(at_ms, Denial::Refused(None), text)], ..Chat::default() });
        assert_eq!([says(12_000), says(9_000)], [0, 1]);
    }
}
