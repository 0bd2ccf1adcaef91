//! The rate limit for createTask. KIE accepts a limited number of createTask calls per account in ten seconds and refuses the
//! rest. Each submission therefore increments the counter of the current time window. The first submissions of a window go to
//! KIE; the rate limiter postpones the others to a later window.

use std::time::Duration;

use jiff::Timestamp;

/// Windows in KIE's ten seconds. Any ten seconds touch at most one window more than this, so each window admits a fifth of KIE's
/// limit: four of twenty. With windows of whole ten seconds, the end of one window and the beginning of the next could together
/// admit forty calls in ten seconds.
const WINDOWS: u32 = 4;
/// The length of a window in milliseconds. KIE's documentation: "up to 20 new generation requests per 10 seconds".
const WINDOW_MS: i64 = 10_000 / WINDOWS as i64;
/// The length of a window as a duration.
const WINDOW: Duration = Duration::from_millis(WINDOW_MS.unsigned_abs());
/// The lowest limit that `KIE_CREATES_PER_10S` may set: one call for each window that ten seconds touch.
pub const CREATES_MIN: u32 = WINDOWS + 1;
/// The highest limit that `KIE_CREATES_PER_10S` may set. KIE may grant an account more than its default of 20 calls.
pub const CREATES_MAX: u32 = 1000;
/// The longest wait before a postponed submission asks the counter again. A longer wait would rest on an outdated count.
const POSTPONED_MAX: Duration = Duration::from_secs(120);
/// The most jitter that a caller adds to a wait, so that submissions postponed together do not return together.
pub const APART_MAX: Duration = Duration::from_secs(1);

/// The limit: createTask calls that may be made in any ten seconds (`KIE_CREATES_PER_10S`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimiter(u32);

impl Default for RateLimiter {
    /// KIE's limit for every account: 20 calls in ten seconds.
    fn default() -> Self {
        Self(20)
    }
}

impl RateLimiter {
    /// A limiter with this limit; `None` unless the limit is between [`CREATES_MIN`] and [`CREATES_MAX`].
    #[must_use]
    pub fn checked(in_ten_seconds: u32) -> Option<Self> {
        (CREATES_MIN..=CREATES_MAX).contains(&in_ten_seconds).then_some(Self(in_ten_seconds))
    }

    /// How long to postpone the submission that raised the window's counter to `number`; `None`: submit it now. Every later
    /// window admits as many submissions again.
    #[must_use]
    pub fn wait(self, number: u32) -> Option<Duration> {
        let windows = number.saturating_sub(1) / (self.0 / (WINDOWS + 1));
        (windows > 0).then(|| WINDOW.saturating_mul(windows).min(POSTPONED_MAX))
    }
}

/// The beginning of the window that contains `now`.
#[must_use]
pub fn window(now: Timestamp) -> Timestamp {
    let since = now.as_millisecond().rem_euclid(WINDOW_MS);
    Timestamp::from_millisecond(now.as_millisecond() - since).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_admits_its_first_submissions_and_postpones_the_others() {
        let wait = |number| RateLimiter::default().wait(number).map(|wait| wait.as_millis());
        assert_eq!([0, 1, 4].map(wait), [None; 3]);
        assert_eq!([5, 8, 9, 12, 13].map(wait), [2500, 2500, 5000, 5000, 7500].map(Some));
        assert_eq!([4 * 50, u32::MAX].map(wait), [120_000, 120_000].map(Some));
        assert_eq!(RateLimiter::checked(CREATES_MIN).unwrap().wait(3), Some(2 * WINDOW));
    }

    #[test]
    fn any_ten_seconds_admit_at_least_one_submission_and_no_more_than_the_limit() {
        for most in CREATES_MIN..=CREATES_MAX {
            let limiter = RateLimiter::checked(most).unwrap();
            let in_a_window = (1..).take_while(|number| limiter.wait(*number).is_none()).count();
            // Ten seconds touch five windows: the end of one, three whole ones, and the beginning of another.
            assert!((1..=most as usize).contains(&(in_a_window * 5)), "{most}: {in_a_window} in a window");
        }
        assert_eq!((1..).take_while(|number| RateLimiter::default().wait(*number).is_none()).count(), 4);
    }

    #[test]
    fn a_limit_outside_its_range_is_refused() {
        assert_eq!([0, CREATES_MIN - 1, CREATES_MAX + 1, u32::MAX].map(RateLimiter::checked), [None; 4]);
        assert_eq!(RateLimiter::checked(20), Some(RateLimiter::default()));
        assert!(RateLimiter::checked(CREATES_MAX).is_some());
    }

    #[test]
    fn windows_begin_at_fixed_moments() {
        let at = |text: &str| window(text.parse().unwrap()).to_string();
        assert_eq!(at("2026-11-22T10:00:02.499Z"), "2026-11-22T10:00:00Z");
        assert_eq!(at("2026-11-22T10:00:02.5Z"), "2026-11-22T10:00:02.5Z");
        assert_eq!(at("1969-12-31T23:59:59Z"), "1969-12-31T23:59:57.5Z");
    }
}
