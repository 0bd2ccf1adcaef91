//! Jobs and ledger entries as an operator sees them: no words of the person, no prompt.

use adapters::table::user_hash;
use domain::{
    credits::{Entry, EntryKind},
    job::{Job, State, Told},
};
use jiff::Timestamp;
use serde::Serialize;

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobView {
    /// Its id.
    pub job: String,
    /// Whose it is.
    pub person: i64,
    /// The person, as logs and alarms name them.
    pub hash: String,
    /// Where it is.
    pub stage: &'static str,
    /// What it ended with, or its last trouble.
    pub class: Option<&'static str>,
    /// Whether its person knows that it failed.
    pub told: Option<&'static str>,
    /// Attempts used in this stage.
    pub attempts: u32,
    /// What it cost; nothing for a replay.
    pub price: u32,
    /// Neurocard or Reels.
    pub kind: &'static str,
    /// The catalog row that makes it.
    pub product: String,
    /// Which video of its order.
    pub number: u8,
    /// Videos in its order.
    pub of: u8,
    /// When it was confirmed.
    pub confirmed_at: Timestamp,
    /// When the sweeper takes over; nothing once all is done.
    pub due_at: Option<Timestamp>,
    /// Who holds it does so until then.
    pub lease_until: Option<Timestamp>,
    /// KIE's task.
    pub task: Option<String>,
    /// Writes so far.
    pub version: u64,
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> Self {
        let (class, told) = match job.state {
            State::Failed { class, told, .. } => (Some(class), Some(name_of(told))),
            _ => (job.trouble, None),
        };
        let task = if let State::Generating { task, .. } = &job.state { Some(task.0.clone()) } else { None };
        Self {
            job: job.id.to_string(),
            person: job.user.0,
            hash: user_hash(job.user),
            stage: job.state.name(),
            class: class.map(|class| class.name()),
            told,
            attempts: job.state.attempts(),
            price: job.order.price.0,
            kind: job.order.kind.name(),
            product: job.order.product.clone(),
            number: job.id.n,
            of: job.order.count,
            confirmed_at: job.confirmed_at,
            due_at: job.due_at,
            lease_until: job.lease_until,
            task,
            version: job.version,
        }
    }
}

fn name_of(told: Told) -> &'static str {
    match told {
        Told::NotYet(_) => "not yet",
        Told::Yes => "yes",
        Told::Unreachable => "cannot be told",
    }
}

/// A line of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryView {
    /// When it was decided.
    pub at: Timestamp,
    /// What happened.
    pub kind: EntryKind,
    /// Credits added or taken.
    pub amount: i64,
    /// Why it may happen only once.
    pub key: String,
    /// Who and why.
    pub note: String,
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        let Entry { key, kind, amount, at, note, .. } = entry;
        Self { at: *at, kind: *kind, amount: *amount, key: key.to_string(), note: note.clone() }
    }
}

impl EntryView {
    /// What happened, in a word.
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
