//! Checks that the notifications of a seller are true and complete: the ending of each job, the progress of each order, and every
//! balance.

use std::collections::{BTreeMap, BTreeSet};

use adapters::table::AccountSnapshot;
use domain::{
    classify::Class,
    credits::{Credits, Entry, EntryKey, EntryKind},
    ids::DraftId,
    job::{Job, Notified, State},
    view::{FailureNotice, shortened},
};
use testkit::environment::TestEnvironment;

use super::{
    chat::{Chat, Status},
    findings::{Findings, JobEnding},
};

/// The longest time between the decision of a write and its effect, in milliseconds: a call that is late past its lease. A
/// message may also arrive this long after the balance in it was read.
const WRITE_MAX_MS: i64 = 160_000;

/// Checks that the seller was notified of the ending of a job, and of no other ending.
pub(super) fn of_the_end(env: &TestEnvironment, chat: &Chat, snapshot: &AccountSnapshot, job: &Job, findings: &mut Findings) {
    let videos = chat.videos.get(&job.id).copied().unwrap_or_default();
    let news = chat.refunds.get(&Some(job.id)).cloned().unwrap_or_default();
    let mut misinformed = Vec::new();
    let mut wrong = |defect: String| misinformed.push(format!("job {}: {defect}", job.id));
    match job.state {
        State::Delivered { .. } => {
            findings.ended(JobEnding::Delivered, 1);
            if videos == 0 {
                wrong("the charge was captured, but no video is in the chat".into());
            }
            if let Some((_, text)) = news.first() {
                wrong(format!("the video was delivered, but the seller was notified of a refund: {text:?}"));
            }
        }
        State::Failed { class, why, notified, .. } => {
            findings.ended(if videos > 0 { JobEnding::RefundedThoughSent } else { JobEnding::Refunded }, 1);
            if videos > 0 && !matches!(class, Class::CouldNotDeliver | Class::Unreachable) {
                wrong(format!("a video is in the chat, but the job failed as {}", class.name()));
            }
            // The buttons of this notification do not name the job, so it is found by its text.
            let news = if class == Class::OurAccount { chat.refunds.get(&None).cloned().unwrap_or_default() } else { news };
            if news.is_empty() {
                // The fake Telegram decides whether the seller could be notified, not the job's own record.
                let refunded_at = refund_of(snapshot, job).map_or(i64::MAX, |refund| refund.at.as_millisecond());
                if notified == Notified::Yes || !env.telegram.was_unreachable_since(job.user.0, refunded_at - WRITE_MAX_MS) {
                    wrong(format!("the job failed as {}, `notified` is {notified:?}, but no message says so", class.name()));
                }
            }
            if class != Class::OurAccount {
                findings.ended(JobEnding::NotifiedAgain, news.len().saturating_sub(1));
            }
            let price = job.order.price;
            let text_at = |balance| plain(&job.order.locale.ended(FailureNotice { class, why, refunded: price, balance }));
            for (at_ms, text) in &news {
                let balances = balances_until(snapshot, job, *at_ms);
                // A balance that could not be read is not named.
                let mut possible = balances.iter().copied().map(Some).chain([None]);
                if class != Class::OurAccount && !possible.any(|balance| text_at(balance) == *text) {
                    let text = shortened(text, 300);
                    wrong(format!("the notification {text:?} fits none of the balances {balances:?} after the refund"));
                }
            }
        }
        _ => {}
    }
    findings.ended(JobEnding::SentAgain, videos.saturating_sub(1));
    findings.misinformed.extend(misinformed);
}

/// The ledger entry that refunded a job.
fn refund_of<'a>(snapshot: &'a AccountSnapshot, job: &Job) -> Option<&'a Entry> {
    let is_refund = |entry: &&Entry| entry.key == EntryKey::Settlement(job.id) && entry.kind == EntryKind::Refund;
    snapshot.entries.iter().find(is_refund)
}

/// Every balance that the account may have had between a job's refund and `at_ms`, in milliseconds since 1970.
fn balances_until(snapshot: &AccountSnapshot, job: &Job, at_ms: i64) -> BTreeSet<Credits> {
    let Some(refund) = refund_of(snapshot, job) else { return BTreeSet::new() };
    balances_between(snapshot, refund.at.as_millisecond(), at_ms, Some(refund))
}

/// Every balance that the account may have had between two moments, in milliseconds since 1970. `certain` is an entry that was
/// written before. An entry has the time of its decision, not of its write, so entries close together count in any order.
fn balances_between(snapshot: &AccountSnapshot, from_ms: i64, to_ms: i64, certain: Option<&Entry>) -> BTreeSet<Credits> {
    let certain_before = from_ms - WRITE_MAX_MS;
    let others = || snapshot.entries.iter().filter(|entry| certain.is_none_or(|certain| certain.key != entry.key));
    let before: i64 = others().filter(|entry| entry.at.as_millisecond() < certain_before).map(|entry| entry.amount).sum();
    let mut balances = BTreeSet::from([before + certain.map_or(0, |entry| entry.amount)]);
    let later = others().filter(|entry| (certain_before..=to_ms).contains(&entry.at.as_millisecond()));
    for entry in later.filter(|entry| entry.amount != 0) {
        let with: Vec<_> = balances.iter().map(|balance| balance + entry.amount).collect();
        balances.extend(with);
    }
    balances.into_iter().filter_map(|balance| u32::try_from(balance).ok()).map(Credits).collect()
}

/// Checks that the status message of each order claims nothing untrue. It may lag, because an edit may be lost.
pub(super) fn of_the_way(chat: &Chat, snapshot: &AccountSnapshot, findings: &mut Findings) {
    let mut orders = BTreeMap::<DraftId, Vec<&Job>>::new();
    for job in &snapshot.jobs {
        orders.entry(job.id.draft).or_default().push(job);
    }
    for (draft, jobs) in orders {
        let message = jobs.first().and_then(|job| job.order.status_message);
        let Some((status, text)) = message.and_then(|message| chat.statuses.get(&message)) else { continue };
        let count = |is: fn(&Job) -> bool| jobs.iter().filter(|job| is(job)).count();
        let delivered = count(|job| matches!(job.state, State::Delivered { .. }));
        let failed = count(|job| matches!(job.state, State::Failed { .. }));
        let is_so = match *status {
            Status::AllDelivered => delivered == jobs.len(),
            Status::AllFailed => failed == jobs.len(),
            Status::Both { delivered: shown, ordered, failed: lost } => (shown, ordered, lost) == (delivered, jobs.len(), failed),
            Status::SoFar { delivered: shown, ordered, failed: lost } => {
                shown <= delivered && ordered == jobs.len() && lost <= failed
            }
        };
        if !is_so {
            let wrong = format!("order {draft}: {delivered} videos delivered and {failed} failed, but its status says {text:?}");
            findings.misinformed.push(wrong);
        }
    }
}

/// Checks that every balance in a message is one that the account had at that moment or shortly before.
pub(super) fn of_balances(chat: &Chat, snapshot: &AccountSnapshot, findings: &mut Findings) {
    for (at_ms, balance, text) in &chat.balances {
        let possible = balances_between(snapshot, at_ms - WRITE_MAX_MS, *at_ms, None);
        if !possible.contains(balance) {
            let text = shortened(text, 300);
            findings.misinformed.push(format!("the balance in {text:?} is none of the possible balances {possible:?}"));
        }
    }
}

fn plain(html: &str) -> String {
    ["<b>", "</b>", "<i>", "</i>"].iter().fold(html.to_owned(), |text, tag| text.replace(tag, ""))
}
