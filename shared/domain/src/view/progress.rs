//! The progress of an order, as its status message shows it. It is counted from the order's jobs each time.

use crate::{
    catalog::Kind,
    job::{Job, State},
};

/// The videos of one order, counted by state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The kind of video: Neurocard or Reels.
    pub kind: Kind,
    /// Videos in the order.
    pub ordered: u32,
    /// Videos that wait for the generator.
    pub waiting: u32,
    /// Videos that are being made.
    pub making: u32,
    /// Videos that are being sent.
    pub sending: u32,
    /// Videos in the chat.
    pub delivered: u32,
    /// Videos that were not delivered; their credits are refunded.
    pub failed: u32,
}

impl Progress {
    /// A progress without any video.
    #[must_use]
    pub fn none(kind: Kind) -> Self {
        Self { kind, ordered: 0, waiting: 0, making: 0, sending: 0, delivered: 0, failed: 0 }
    }

    /// Counts the jobs of one order by state; `None` without jobs.
    #[must_use]
    pub fn of(jobs: &[Job]) -> Option<Self> {
        let order = &jobs.first()?.order;
        let nothing = Self { ordered: u32::from(order.count), ..Self::none(order.kind) };
        Some(jobs.iter().fold(nothing, |mut counted, job| {
            let place = match job.state {
                State::Queued { .. } => &mut counted.waiting,
                State::Submitting { .. } | State::Generating { .. } => &mut counted.making,
                State::Ready { .. } | State::Sending { .. } | State::Held { .. } => &mut counted.sending,
                State::Delivered { .. } => &mut counted.delivered,
                State::Failed { .. } => &mut counted.failed,
            };
            *place += 1;
            counted
        }))
    }

    /// Whether every video of the order is delivered or failed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.delivered + self.failed >= self.ordered
    }
}
