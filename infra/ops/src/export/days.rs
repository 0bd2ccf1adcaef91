//! The days (UTC) whose ledger entries and jobs an export holds.

use std::fmt;

use domain::limits;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::context::OpsError;

/// A range of days of UTC. Both ends belong to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// The first day; `None` for all days up to the last.
    pub from: Option<Date>,
    /// The last day; `None` for all days since the first.
    pub to: Option<Date>,
}

impl Days {
    /// The days from the first to the last, both included.
    ///
    /// # Errors
    /// The last day is before the first.
    pub fn new(from: Option<Date>, to: Option<Date>) -> Result<Self, OpsError> {
        match (from, to) {
            (Some(from), Some(to)) if to < from => Err(OpsError::new(
                format!("there is no day from {from} to {to}"),
                "Give the first day with --from and the last with --to; both belong to the export.",
            )),
            _ => Ok(Self { from, to }),
        }
    }

    /// Whether the range has no ends.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a time is on one of the days.
    #[must_use]
    pub fn contain(&self, at: Timestamp) -> bool {
        let day = limits::day(at);
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (None, None) => write!(f, "all"),
            (Some(from), None) => write!(f, "from {from} on (UTC)"),
            (None, Some(to)) => write!(f, "up to {to} (UTC)"),
            (Some(from), Some(to)) => write!(f, "{from} to {to} (UTC)"),
        }
    }
}

/// Reads a day such as 2026-03-31.
///
/// # Errors
/// A text that says what a day must be.
pub fn day(given: &str) -> Result<Date, String> {
    let day: Option<Date> = given.parse().ok();
    day.filter(|day| day.to_string() == given).ok_or_else(|| "a day is written as YYYY-MM-DD, such as 2026-03-31".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_belong_to_the_range_and_a_day_is_one_of_utc() {
        let days = Days::new(day("2026-03-01").ok(), day("2026-03-31").ok()).unwrap();
        let contained = |at: &str| days.contain(at.parse().unwrap());
        assert_eq!(
            ["2026-02-28T23:59:59.999Z", "2026-03-01T00:00:00Z", "2026-03-31T23:59:59.999Z", "2026-04-01T00:00:00Z"]
                .map(contained),
            [false, true, true, false]
        );
        assert!(!contained("2026-04-01T02:00:00+01:00") && contained("2026-04-01T00:30:00+01:00"));
        assert!(Days::new(day("2026-03-02").ok(), day("2026-03-01").ok()).is_err());
    }

    #[test]
    fn a_day_has_one_spelling() {
        for wrong in ["", "2026", "2026-3-1", "2026-02-30", "20260301", "2026-03-01T00:00:00", "01.03.2026"] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
        assert_eq!(day("2026-03-01").unwrap().to_string(), "2026-03-01");
    }
}
