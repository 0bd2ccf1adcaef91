//! Whose turn it is at KIE. It takes so many createTask calls in ten seconds from an account and refuses the rest, so those who
//! call draw numbers: the first of a window of time are served, the others are told when to come back.

use std::time::Duration;

use jiff::Timestamp;

/// KIE's ten seconds are cut into so many windows. Wherever ten seconds begin, they touch one window more, so a window serves a
/// fifth of what KIE takes: four of twenty. In windows of whole ten seconds, the end of one and the beginning of the next could
/// serve forty.
const WINDOWS: u32 = 4;
/// A window, milliseconds. KIE: "up to 20 new generation requests per 10 seconds".
const WINDOW_MS: i64 = 10_000 / WINDOWS as i64;
/// The same as a duration.
const WINDOW: Duration = Duration::from_millis(WINDOW_MS.unsigned_abs());
/// RateLimiter in ten seconds that may be configured, at least: one for each window they touch.
pub const CREATES_MIN: u32 = WINDOWS + 1;
/// And at most: what KIE may grant somebody, far above what it grants everybody.
pub const CREATES_MAX: u32 = 1000;
/// Longest somebody is sent away for before they draw again: a wait of minutes is told from a count that is soon out of date.
const AWAY_MAX: Duration = Duration::from_secs(120);
/// Those who were sent away together come back up to this far apart.
pub const APART_MAX: Duration = Duration::from_secs(1);

/// How many are served in any ten seconds, at most (`KIE_CREATES_PER_10S`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimiter(u32);

impl Default for RateLimiter {
    /// What KIE takes of every account.
    fn default() -> Self {
        Self(20)
    }
}

impl RateLimiter {
    /// So many; `None` unless between [`CREATES_MIN`] and [`CREATES_MAX`].
    #[must_use]
    pub fn checked(in_ten_seconds: u32) -> Option<Self> {
        (CREATES_MIN..=CREATES_MAX).contains(&in_ten_seconds).then_some(Self(in_ten_seconds))
    }

    /// When to come back with the `number`-th of a window; `None`: it is served. Every later window serves as many again.
    #[must_use]
    pub fn wait(self, number: u32) -> Option<Duration> {
        let windows = number.saturating_sub(1) / (self.0 / (WINDOWS + 1));
        (windows > 0).then(|| WINDOW.saturating_mul(windows).min(AWAY_MAX))
    }
}

/// When the window began that this moment is in.
#[must_use]
pub fn window(now: Timestamp) -> Timestamp {
    let since = now.as_millisecond().rem_euclid(WINDOW_MS);
    Timestamp::from_millisecond(now.as_millisecond() - since).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_serves_its_first_and_sends_the_others_to_the_windows_after_it() {
        let wait = |number| RateLimiter::default().wait(number).map(|wait| wait.as_millis());
        assert_eq!([0, 1, 4].map(wait), [None; 3]);
        assert_eq!([5, 8, 9, 12, 13].map(wait), [2500, 2500, 5000, 5000, 7500].map(Some));
        assert_eq!([4 * 50, u32::MAX].map(wait), [120_000, 120_000].map(Some));
        assert_eq!(RateLimiter::checked(CREATES_MIN).unwrap().wait(3), Some(2 * WINDOW));
    }

    #[test]
    fn any_ten_seconds_serve_somebody_and_no_more_than_was_configured() {
        for most in CREATES_MIN..=CREATES_MAX {
            let limiter = RateLimiter::checked(most).unwrap();
            let in_a_window = (1..).take_while(|number| limiter.wait(*number).is_none()).count();
            // The end of one window, three whole ones, and the beginning of another.
            assert!((1..=most as usize).contains(&(in_a_window * 5)), "{most}: {in_a_window} in a window");
        }
        assert_eq!((1..).take_while(|number| RateLimiter::default().wait(*number).is_none()).count(), 4);
    }

    #[test]
    fn turns_that_serve_nobody_or_everybody_are_refused() {
        assert_eq!([0, CREATES_MIN - 1, CREATES_MAX + 1, u32::MAX].map(RateLimiter::checked), [None; 4]);
        assert_eq!(RateLimiter::checked(20), Some(RateLimiter::default()));
        assert!(RateLimiter::checked(CREATES_MAX).is_some());
    }

    #[test]
    fn windows_are_the_same_by_any_clock() {
        let at = |text: &str| window(text.parse().unwrap()).to_string();
        assert_eq!(at("2026-11-22T10:00:02.499Z"), "2026-11-22T10:00:00Z");
        assert_eq!(at("2026-11-22T10:00:02.5Z"), "2026-11-22T10:00:02.5Z");
        assert_eq!(at("1969-12-31T23:59:59Z"), "1969-12-31T23:59:57.5Z");
    }
}
