//! What the oracle finds about one person.

use std::collections::BTreeMap;

/// How a job ended, and what it cost on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobEnding {
    /// Delivered and captured.
    Delivered,
    /// Refunded, and the seller is notified or unreachable.
    Refunded,
    /// The video is in the chat more than once.
    SentAgain,
    /// Refunded although a video is in the chat: it could not be confirmed, and the text says so.
    RefundedThoughSent,
    /// The seller was notified of a refund more than once.
    NotifiedAgain,
    /// KIE made a video that nothing fetched.
    OrphanTask,
}

impl JobEnding {
    /// Its letter in docs/faults.md.
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

/// What was found about one person.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// How their jobs ended, and how often.
    pub endings: BTreeMap<JobEnding, usize>,
    /// Jobs.
    pub jobs: usize,
    /// Credits that are gone without a delivery, or there without an origin: absolute.
    pub lost: u64,
    /// Likewise.
    pub minted: u64,
    /// Wrong or missing notifications.
    pub misinformed: Vec<String>,
    /// Jobs that have not ended, or whose person does not know.
    pub open: Vec<String>,
    /// Money invariants that do not hold.
    pub broken: Vec<String>,
}

impl Findings {
    pub(super) fn ended(&mut self, how: JobEnding, times: usize) {
        if times > 0 {
            *self.endings.entry(how).or_default() += times;
        }
    }
}
