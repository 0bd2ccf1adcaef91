//! The findings of the oracle about one seller.

use std::collections::BTreeMap;

use domain::ids::JobId;

/// How a job ended, and the anomalies on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobEnding {
    /// The video was delivered and the charge captured.
    Delivered,
    /// The charge was refunded, and the seller is notified or unreachable.
    Refunded,
    /// The video is in the chat more than once.
    SentAgain,
    /// The charge was refunded although a video is in the chat. The text says that the delivery could not be confirmed.
    RefundedThoughSent,
    /// The seller was notified of a refund more than once.
    NotifiedAgain,
    /// KIE made a video that nothing fetched.
    OrphanTask,
}

impl JobEnding {
    /// The letter of the ending in docs/faults.md.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::Delivered => "D",
            Self::Refunded => "R",
            Self::SentAgain => "2",
            Self::RefundedThoughSent => "?",
            Self::NotifiedAgain => "t",
            Self::OrphanTask => "o",
        }
    }
}

/// The findings about one seller.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// How the seller's jobs ended, with the count of each ending.
    pub endings: BTreeMap<JobEnding, usize>,
    /// The count of the seller's jobs.
    pub jobs: usize,
    /// Credits missing from the balance: they were neither spent on a delivery nor refunded.
    pub lost: u64,
    /// Credits in the balance that no allowed gift explains.
    pub minted: u64,
    /// Wrong or missing notifications.
    pub misinformed: Vec<String>,
    /// Jobs that have not ended, or whose seller is not notified yet.
    pub open: Vec<String>,
    /// Violations of the money invariants.
    pub broken: Vec<String>,
    /// The refunded jobs whose video is in the chat.
    pub refunded_though_sent: Vec<RefundedThoughSent>,
}

/// A refunded job whose video is in the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundedThoughSent {
    /// The job.
    pub job: JobId,
    /// When each of its videos arrived, in milliseconds since 1970.
    pub arrivals_ms: Vec<i64>,
    /// The attempts to send that the job had used up in the table.
    pub attempts: u32,
    /// Whether the job was ended although an attempt was left, there was time for it, and the seller could be reached.
    pub gave_up: bool,
    /// When Telegram accepted a video but did not answer, by the script of the scenario, in milliseconds since 1970.
    pub unanswered_ms: Vec<i64>,
}

impl Findings {
    pub(super) fn ended(&mut self, how: JobEnding, times: usize) {
        if times > 0 {
            *self.endings.entry(how).or_default() += times;
        }
    }
}
