//! How an order is doing, as its one status message shows it: counted from its jobs, never from what was said before.

use crate::{
    catalog::Kind,
    job::{Job, State},
};

/// How the videos of one order are doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Neurocard or Reels.
    pub kind: Kind,
    /// Videos ordered.
    pub ordered: u32,
    /// Waiting to be taken up.
    pub waiting: u32,
    /// Being made.
    pub making: u32,
    /// Made, and on their way to the chat.
    pub sending: u32,
    /// In the chat.
    pub delivered: u32,
    /// Ended without a delivery; their credits are back.
    pub failed: u32,
}

impl Progress {
    /// No video at all.
    #[must_use]
    pub fn none(kind: Kind) -> Self {
        Self { kind, ordered: 0, waiting: 0, making: 0, sending: 0, delivered: 0, failed: 0 }
    }

    /// Counts the jobs of one order; `None` if there are none.
    #[must_use]
    pub fn of(jobs: &[Job]) -> Option<Self> {
        let order = &jobs.first()?.order;
        let nothing = Self { ordered: u32::from(order.count), ..Self::none(order.kind) };
        Some(jobs.iter().fold(nothing, |mut counted, job| {
            let place = match job.state {
                State::Queued { .. } => &mut counted.waiting,
                State::Submitting { .. } | State::Generating { .. } => &mut counted.making,
                State::Ready { .. } | State::Sending { .. } => &mut counted.sending,
                State::Delivered { .. } => &mut counted.delivered,
                State::Failed { .. } => &mut counted.failed,
            };
            *place += 1;
            counted
        }))
    }

    /// Whether every video has ended one way or the other.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.delivered + self.failed >= self.ordered
    }
}
