//! The clock. It is passed to the code that needs the time, so that a test controls the time.

use jiff::{SignedDuration, Timestamp};

/// The machine's clock, or a test's virtual clock; cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Tokio { base: Timestamp, started: tokio::time::Instant },
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that shows `base` now and follows tokio's time, which tests can pause.
    #[must_use]
    pub fn tokio(base: Timestamp) -> Self {
        Self(Kind::Tokio { base, started: tokio::time::Instant::now() })
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System => Timestamp::now(),
            Kind::Tokio { base, started } => {
                let passed = SignedDuration::try_from(started.elapsed()).unwrap_or(SignedDuration::MAX);
                base.saturating_add(passed).unwrap_or(Timestamp::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn the_virtual_clock_moves_only_with_tokio() {
        let base: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let clock = Clock::tokio(base);
        assert_eq!(clock.now(), base);
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now().to_string(), "2026-11-22T10:01:30Z");
    }
}
