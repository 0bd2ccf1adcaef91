//! The wall clock of the local AWS: a fixed start plus the tokio time that has passed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::time::TimeSource;
use tokio::time::Instant;

/// Wall-clock time that follows tokio's clock, paused or not.
///
/// Give the same clock to the SDK clients (`time_source`), to [`crate::sqs::Sqs`] and to [`crate::s3::S3`]. For
/// presigned URLs the start must not lie in the machine's past: the signature check of the `s3s` crate reads the
/// machine's clock for expiry as well. A fixed start far in the future (2100) is fine.
#[derive(Clone, Copy, Debug)]
pub struct AwsClock {
    start: SystemTime,
    origin: Instant,
}

impl AwsClock {
    /// A clock that shows `start` now. Create it inside the tokio runtime whose time it should follow.
    pub fn starting_at(start: SystemTime) -> Self {
        Self { start, origin: Instant::now() }
    }

    /// The time that the clock showed when it was created.
    pub fn start(&self) -> SystemTime {
        self.start
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_millis(&self) -> u64 {
        let since_epoch = self.now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
    }
}

impl TimeSource for AwsClock {
    fn now(&self) -> SystemTime {
        self.start + self.origin.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_follows_virtual_time() {
        let clock = AwsClock::starting_at(UNIX_EPOCH + Duration::from_secs(1_000));
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(clock.now_millis(), 1_005_000);
    }
}
