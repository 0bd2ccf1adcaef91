//! Checks that the notifications of a seller are true and complete: the ending of each job, the progress of each order, and every
//! balance.

use std::collections::BTreeMap;

use adapters::table::AccountSnapshot;
use domain::{
    classify::Class,
    credits::EntryKey,
    ids::DraftId,
    job::{Job, Notified, State},
    view::{FailureNotice, shortened},
};
use testkit::environment::TestEnvironment;

use super::{
    chat::{Chat, is_under_way},
    findings::{Findings, JobEnding, RefundedThoughSent},
};
use crate::history::History;

/// The longest time between the read of a balance and the message that names it, in milliseconds.
pub(super) const BALANCE_AGE_MAX_MS: i64 = 5_000;
/// The longest time between the refund of a person who cannot be reached and the call that found it out, in milliseconds: a call
/// that is late past its lease.
const CALL_MAX_MS: i64 = 160_000;

/// Checks that the seller was notified of the ending of a job, and of no other ending.
pub(super) fn of_the_end(env: &TestEnvironment, chat: &Chat, history: &History, job: &Job, findings: &mut Findings) {
    let videos = chat.videos.get(&job.id).map(Vec::len).unwrap_or_default();
    let news = chat.refunds.get(&Some(job.id)).cloned().unwrap_or_default();
    let mut misinformed = Vec::new();
    let mut wrong = |defect: String| misinformed.push(format!("job {}: {defect}", job.id));
    match job.state {
        State::Delivered { .. } => {
            findings.ended(JobEnding::Delivered, 1);
            if videos == 0 {
                wrong("the charge was captured, but no video is in the chat".into());
            }
            if let Some(news) = news.first() {
                wrong(format!("the video was delivered, but the seller was notified of a refund: {:?}", news.text));
            }
        }
        State::Failed { class, why, notified, .. } => {
            findings.ended(if videos > 0 { JobEnding::RefundedThoughSent } else { JobEnding::Refunded }, 1);
            findings.refunded_though_sent.extend((videos > 0).then(|| RefundedThoughSent {
                job: job.id,
                arrivals_ms: chat.videos.get(&job.id).into_iter().flatten().map(|(at_ms, _)| *at_ms).collect(),
                attempts: history.sends(job.id).attempts,
                gave_up: class != Class::Unreachable && gave_up(env, history, job),
                unanswered_ms: unanswered_sends(env, job.user.0),
            }));
            if videos > 0 && !matches!(class, Class::CouldNotDeliver | Class::Unreachable) {
                wrong(format!("a video is in the chat, but the job failed as {}", class.name()));
            }
            // The buttons of this notification do not name the job, so it is found by its text.
            let news = if class == Class::OurAccount { chat.refunds.get(&None).cloned().unwrap_or_default() } else { news };
            if news.is_empty() {
                // The fake Telegram decides whether the seller could be notified, not the job's own record.
                let refunded_ms = history.committed_ms(&EntryKey::Settlement(job.id)).unwrap_or(i64::MAX);
                if notified == Notified::Yes || !env.telegram.was_unreachable_since(job.user.0, refunded_ms - CALL_MAX_MS) {
                    wrong(format!("the job failed as {}, `notified` is {notified:?}, but no message says so", class.name()));
                }
            }
            if class != Class::OurAccount {
                findings.ended(JobEnding::NotifiedAgain, news.len().saturating_sub(1));
            }
            let notice = FailureNotice { class, why, refunded: job.order.price, balance: None };
            for news in news.iter().filter(|_| class != Class::OurAccount) {
                if let Some(untrue) = untrue_refund(history, job, notice, news.at_ms, &news.text) {
                    wrong(untrue);
                }
            }
        }
        _ => {}
    }
    findings.ended(JobEnding::SentAgain, videos.saturating_sub(1));
    findings.misinformed.extend(misinformed);
}

/// Whether a job was ended before its attempts to send were used up and before the deadline of its delivery.
fn gave_up(env: &TestEnvironment, history: &History, job: &Job) -> bool {
    let (rules, sends) = (&env.times.rules, history.sends(job.id));
    let window_ms = i64::try_from(rules.delivery_deadline.as_millis()).unwrap_or(i64::MAX);
    let ended_ms = history.committed_ms(&EntryKey::Settlement(job.id)).unwrap_or(i64::MAX);
    sends.attempts < rules.send_attempts && ended_ms < sends.ready_ms + window_ms
}

/// When Telegram got a video for a chat and did not answer by the script of a scenario, in milliseconds since 1970.
fn unanswered_sends(env: &TestEnvironment, chat: i64) -> Vec<i64> {
    let calls = env.telegram.calls().into_iter();
    calls
        .filter(|call| call.method == "sendVideo" && call.chat == Some(chat) && call.status == 0)
        .map(|call| call.at_ms)
        .collect()
}

/// What is untrue in the notification of a refund: it was sent before the refund was committed, or its text fits none of the balances
/// of its moment. `notice` is the notification but for the balance.
fn untrue_refund(history: &History, job: &Job, notice: FailureNotice, at_ms: i64, text: &str) -> Option<String> {
    let said = shortened(text, 300);
    let settlement = EntryKey::Settlement(job.id);
    if !history.has_by(&settlement, at_ms) {
        return Some(format!("the notification {said:?} was sent before the refund was committed"));
    }
    let balances = history.balances_after(&settlement, at_ms - BALANCE_AGE_MAX_MS, at_ms);
    let text_at = |balance| plain(&job.order.locale.ended(FailureNotice { balance, ..notice }));
    // A balance that could not be read is not named.
    let fits = balances.iter().copied().map(Some).chain([None]).any(|balance| text_at(balance) == text);
    (!fits).then(|| format!("the notification {said:?} fits none of the balances {balances:?} of its moment"))
}

/// Checks that no status message claims anything untrue, in its earlier versions either. It may lag, because an edit may be lost; the
/// end is checked by [`of_ends`].
pub(super) fn of_the_way(chat: &Chat, history: &History, snapshot: &AccountSnapshot, findings: &mut Findings) {
    for (draft, jobs) in orders(snapshot) {
        let Some(message) = jobs.first().and_then(|job| job.order.status_message) else { continue };
        for claim in chat.statuses.iter().filter(|claim| claim.message == message) {
            let settled = |job: &Job| history.has_by(&EntryKey::Settlement(job.id), claim.at_ms);
            let count = |is: fn(&Job) -> bool| jobs.iter().filter(|job| is(job) && settled(job)).count();
            let delivered = count(|job| matches!(job.state, State::Delivered { .. }));
            let failed = count(|job| matches!(job.state, State::Failed { .. }));
            if !claim.what.is_true(jobs.len(), delivered, failed) {
                findings.misinformed.push(format!(
                    "order {draft}: {delivered} videos were delivered and {failed} failed, but its status said {:?}",
                    claim.text
                ));
            }
        }
    }
}

/// Checks that the status message of an order that is over shows the end. Every job of it is closed, so nothing edits it any more.
pub(super) fn of_ends(
    env: &TestEnvironment,
    chat: &Chat,
    history: &History,
    snapshot: &AccountSnapshot,
    findings: &mut Findings,
) {
    for (draft, jobs) in orders(snapshot) {
        let Some(message) = jobs.first().and_then(|job| job.order.status_message) else { continue };
        let is_closed = jobs.iter().all(|job| job.has_ended() && job.due_at.is_none());
        let ended_ms = jobs.iter().filter_map(|job| history.committed_ms(&EntryKey::Settlement(job.id))).min();
        let was_away = ended_ms.is_some_and(|at_ms| {
            env.telegram.was_unreachable_since(jobs.first().map(|job| job.user.0).unwrap_or_default(), at_ms - CALL_MAX_MS)
        });
        let Some(text) = chat.at_the_end.get(&message).filter(|text| is_under_way(text)) else { continue };
        if is_closed && !was_away {
            findings.misinformed.push(format!("order {draft} is over, but its status still says {text:?}"));
        }
    }
}

fn orders(snapshot: &AccountSnapshot) -> BTreeMap<DraftId, Vec<&Job>> {
    let mut orders = BTreeMap::<DraftId, Vec<&Job>>::new();
    for job in &snapshot.jobs {
        orders.entry(job.id.draft).or_default().push(job);
    }
    orders
}

/// Checks that every balance in a message is one that the ledger had at that moment.
pub(super) fn of_balances(chat: &Chat, history: &History, findings: &mut Findings) {
    for claim in &chat.balances {
        let balances = history.balances(claim.at_ms - BALANCE_AGE_MAX_MS, claim.at_ms);
        if !balances.contains(&claim.what) {
            let text = shortened(&claim.text, 300);
            findings.misinformed.push(format!("the balance in {text:?} is none of the balances {balances:?} of its moment"));
        }
    }
}

fn plain(html: &str) -> String {
    ["<b>", "</b>", "<i>", "</i>"].iter().fold(html.to_owned(), |text, tag| text.replace(tag, ""))
}

#[cfg(test)]
mod tests {
    use domain::credits::Credits;

    use super::*;
    use crate::{history::tests::charged_and_refunded, oracle::chat::Claim};

    fn found(claims: &[(i64, u32)]) -> usize {
        let claim =
            |(at_ms, credits): &(i64, u32)| Claim { at_ms: *at_ms, message: 1, what: Credits(*credits), text: String::new() };
        let chat = Chat { balances: claims.iter().map(claim).collect(), ..Chat::default() };
        let mut findings = Findings::default();
        of_balances(&chat, &charged_and_refunded(), &mut findings);
        findings.misinformed.len()
    }

    /// The ledger goes 2, 1, 2 credits at 1, 10 and 20 seconds.
    #[test]
    fn a_balance_that_the_ledger_did_not_have_in_the_last_five_seconds_is_untrue() {
        assert_eq!(found(&[(9_000, 2), (10_000, 1), (14_900, 2), (19_000, 1), (24_000, 1), (90_000, 2)]), 0);
        assert_eq!(found(&[(15_001, 2)]), 1, "the balance before the charge, more than five seconds ago");
        assert_eq!(found(&[(25_001, 1)]), 1, "the balance before the refund, more than five seconds ago");
        assert_eq!(found(&[(9_000, 1)]), 1, "the balance after a charge that is not committed yet");
        assert_eq!(found(&[(21_000, 0)]), 1, "a balance that never was");
    }
}
