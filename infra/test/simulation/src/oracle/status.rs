//! The progress of an order that a status message claims.

/// The progress of an order that a status message claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Every video is delivered.
    AllDelivered,
    /// Every video failed and is refunded.
    AllFailed,
    /// The order is over; some videos are delivered and some failed.
    Both { delivered: usize, ordered: usize, failed: usize },
    /// Videos are still being made.
    SoFar { delivered: usize, ordered: usize, failed: usize },
}

impl Status {
    /// Reads the claim of a status text; `None` if the text has no claim that could be untrue.
    pub fn read(text: &str) -> Option<Self> {
        let (title, claim) = text.lines().next()?.split_once(": ")?;
        let numbers: Vec<usize> = claim
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
            .filter_map(|n| n.parse().ok())
            .collect();
        match (title.chars().next()?, numbers.as_slice()) {
            ('✅', []) => Some(Self::AllDelivered),
            ('❌', []) => Some(Self::AllFailed),
            ('✅', &[delivered, ordered, failed]) => Some(Self::Both { delivered, ordered, failed }),
            ('🎬', &[delivered, ordered]) => Some(Self::SoFar { delivered, ordered, failed: 0 }),
            ('🎬', &[delivered, ordered, failed]) => Some(Self::SoFar { delivered, ordered, failed }),
            _ => None,
        }
    }

    /// Whether the claim is true of an order of `ordered` videos, of which so many were delivered and failed when it was sent. It may
    /// lag, because an edit may be lost.
    pub fn is_true(self, ordered: usize, delivered: usize, failed: usize) -> bool {
        match self {
            Self::AllDelivered => delivered == ordered,
            Self::AllFailed => failed == ordered,
            Self::Both { delivered: shown, ordered: all, failed: lost } => (shown, all, lost) == (delivered, ordered, failed),
            Self::SoFar { delivered: shown, ordered: all, failed: lost } => {
                shown <= delivered && all == ordered && lost <= failed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{catalog::Kind, locale::Locale, view::Progress};

    use super::*;

    #[test]
    fn a_status_is_read_in_both_languages() {
        let progress =
            |delivered, failed, making| Progress { ordered: 5, delivered, failed, making, ..Progress::none(Kind::Reels) };
        for locale in [Locale::En, Locale::Ru] {
            let read = |progress: Progress| Status::read(&locale.status(progress, None).replace("<b>", "").replace("</b>", ""));
            assert_eq!(read(progress(5, 0, 0)), Some(Status::AllDelivered));
            assert_eq!(read(progress(0, 5, 0)), Some(Status::AllFailed));
            assert_eq!(read(progress(4, 1, 0)), Some(Status::Both { delivered: 4, ordered: 5, failed: 1 }));
            assert_eq!(read(progress(2, 0, 3)), Some(Status::SoFar { delivered: 2, ordered: 5, failed: 0 }));
            assert_eq!(read(progress(2, 1, 2)), Some(Status::SoFar { delivered: 2, ordered: 5, failed: 1 }));
            assert_eq!(read(progress(0, 0, 5)), None);
        }
    }

    #[test]
    fn a_status_that_claims_too_much_is_untrue() {
        let so_far = Status::SoFar { delivered: 2, ordered: 5, failed: 1 };
        assert!(so_far.is_true(5, 2, 1) && so_far.is_true(5, 4, 1) && !so_far.is_true(5, 1, 1) && !so_far.is_true(5, 2, 0));
        assert!(!Status::AllDelivered.is_true(2, 1, 0) && !Status::AllFailed.is_true(2, 0, 1));
        let both = Status::Both { delivered: 4, ordered: 5, failed: 1 };
        assert!(both.is_true(5, 4, 1) && !both.is_true(5, 3, 1) && !both.is_true(5, 4, 0));
    }
}
