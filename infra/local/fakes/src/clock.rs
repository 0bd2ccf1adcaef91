//! Wall time that follows tokio's clock: it stands still while a test pauses tokio's time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A wall clock: a base moment plus the tokio time that has passed since.
#[derive(Clone, Copy, Debug)]
pub struct FakeClock {
    base_ms: i64,
    started: Instant,
}

impl FakeClock {
    /// A clock that shows `epoch_ms` (milliseconds since 1970) now.
    #[must_use]
    pub fn starting_at(epoch_ms: i64) -> Self {
        Self { base_ms: epoch_ms, started: Instant::now() }
    }

    /// A clock that shows this machine's time now.
    #[must_use]
    pub fn wall() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self::starting_at(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        let passed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.base_ms.saturating_add(passed)
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn now_secs(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }
}
