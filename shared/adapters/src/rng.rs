//! Random waits and ids. A test gives the seed, so that its run can be repeated.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

/// A random number generator; clones share one state. Do not use it for secrets.
#[derive(Clone, Debug)]
pub struct Rng(Arc<Mutex<fastrand::Rng>>);

impl Rng {
    /// A generator with a random seed.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(fastrand::Rng::new())))
    }

    /// A generator that gives the same values for the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))))
    }

    /// A random duration from zero to `max`, in whole microseconds.
    #[must_use]
    pub fn jitter(&self, max: Duration) -> Duration {
        let max_micros = u64::try_from(max.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.draw(|rng| rng.u64(..=max_micros)))
    }

    /// A time-ordered identifier (RFC 9562, version 7) for this moment.
    #[must_use]
    pub fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let mut noise = [0; 10];
        self.draw(|rng| rng.fill(&mut noise));
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &noise).into_uuid()
    }

    /// An id that no other write has: 128 random bits as 32 hex digits.
    #[must_use]
    pub fn write_id(&self) -> String {
        format!("{:032x}", self.draw(|rng| rng.u128(..)))
    }

    /// A random number from zero to below `end`; zero if `end` is zero.
    #[must_use]
    pub fn below(&self, end: u8) -> u8 {
        if end == 0 { 0 } else { self.draw(|rng| rng.u8(..end)) }
    }

    fn draw<T>(&self, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let now = Timestamp::from_millisecond(1_795_000_000_000).unwrap();
        let draw = |seed| {
            let rng = Rng::seeded(seed);
            (rng.jitter(Duration::from_secs(5)), rng.uuid_v7(now))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn jitter_stays_within_its_limit() {
        let rng = Rng::seeded(1);
        assert!((0..1000).all(|_| rng.jitter(Duration::from_millis(3)) <= Duration::from_millis(3)));
        assert_eq!(rng.jitter(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn identifiers_sort_by_time() {
        let rng = Rng::seeded(1);
        let at = |ms| rng.uuid_v7(Timestamp::from_millisecond(ms).unwrap());
        assert_eq!(at(1000).get_version_num(), 7);
        assert!(at(1000) < at(1001));
    }
}
