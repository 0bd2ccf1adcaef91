//! Jobs and ledger entries for the operator, without the person's words and without the prompt.

use adapters::table::user_hash;
use domain::{
    credits::{Entry, EntryKind},
    job::{Job, Notified, State},
};
use jiff::Timestamp;
use serde::Serialize;

/// A job as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobView {
    /// The job's id.
    pub job: String,
    /// The job's owner.
    pub person: i64,
    /// The owner's hash in logs and alarms.
    pub hash: String,
    /// The stage of the job.
    pub stage: &'static str,
    /// The class of the failure that ended the job, or of its last failed attempt.
    pub class: Option<&'static str>,
    /// Whether the person was notified of the failure.
    pub notified: Option<&'static str>,
    /// Attempts used in the present stage.
    pub attempts: u32,
    /// The price in credits; 0 for a replay.
    pub price: u32,
    /// The kind of video: neurocard or reels.
    pub kind: &'static str,
    /// The catalog row of the job's model.
    pub product: String,
    /// The number of the job's video in its order.
    pub number: u8,
    /// The number of videos in the job's order.
    pub of: u8,
    /// When the seller confirmed the order.
    pub confirmed_at: Timestamp,
    /// When the sweeper takes the job up; `None` if nothing is left to do.
    pub due_at: Option<Timestamp>,
    /// The failed edits of the order's status message, which does not show the end of the job yet; `None` if nothing is to be shown.
    pub unshown: Option<u32>,
    /// When the present lease ends.
    pub lease_until: Option<Timestamp>,
    /// The id of the task at KIE.
    pub task: Option<String>,
    /// The number of writes of the job so far.
    pub version: u64,
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> Self {
        let (class, notified) = match job.state {
            State::Failed { class, notified, .. } => (Some(class), Some(notified_name(notified))),
            _ => (job.last_failure, None),
        };
        let task = if let State::Generating { task, .. } = &job.state { Some(task.0.clone()) } else { None };
        Self {
            job: job.id.to_string(),
            person: job.user.0,
            hash: user_hash(job.user),
            stage: job.state.name(),
            class: class.map(|class| class.name()),
            notified,
            attempts: job.state.attempts(),
            price: job.order.price.0,
            kind: job.order.kind.name(),
            product: job.order.product.clone(),
            number: job.id.n,
            of: job.order.count,
            confirmed_at: job.confirmed_at,
            due_at: job.due_at,
            unshown: job.unshown,
            lease_until: job.lease_until,
            task,
            version: job.version,
        }
    }
}

fn notified_name(notified: Notified) -> &'static str {
    match notified {
        Notified::NotYet(_) => "not yet",
        Notified::Yes => "yes",
        Notified::Unreachable => "unreachable",
    }
}

/// A ledger entry as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryView {
    /// The time of the entry.
    pub at: Timestamp,
    /// The kind of entry.
    pub kind: EntryKind,
    /// Credits added or taken.
    pub amount: i64,
    /// The idempotency key.
    pub key: String,
    /// The note: the operator and the reason, for example.
    pub note: String,
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        let Entry { key, kind, amount, at, note, .. } = entry;
        Self { at: *at, kind: *kind, amount: *amount, key: key.to_string(), note: note.clone() }
    }
}

impl EntryView {
    /// The name of the kind.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            EntryKind::Charge => "charge",
            EntryKind::Capture => "capture",
            EntryKind::Refund => "refund",
            EntryKind::Grant => "grant",
            EntryKind::Purchase => "purchase",
        }
    }
}
