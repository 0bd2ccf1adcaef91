//! The times of a test environment: one protocol, at different speeds.

use std::time::Duration;

use domain::rules::{Delays, Rules};

/// How fast a test environment runs.
#[derive(Clone, Debug)]
pub struct Times {
    /// The protocol's own times.
    pub rules: Rules,
    /// How long a function may run before Lambda kills it. Under the lease.
    pub function_timeout: Duration,
    /// How long a received message stays hidden. Over the lease.
    pub visibility: Duration,
    /// The time from one sweep to the next.
    pub sweep_every: Duration,
    /// How long the fake KIE takes for a video.
    pub making: Duration,
}

impl Times {
    /// As in production: for virtual time.
    #[must_use]
    pub fn production() -> Self {
        Self {
            rules: Rules::default(),
            function_timeout: Duration::from_secs(100),
            visibility: Duration::from_secs(150),
            sweep_every: Duration::from_secs(60),
            making: Duration::from_secs(130),
        }
    }

    /// For a person who watches: every wait is a second or a few.
    #[must_use]
    pub fn demo() -> Self {
        Self {
            rules: rules(3, 4, 15, 8),
            function_timeout: Duration::from_millis(2500),
            visibility: Duration::from_secs(4),
            sweep_every: Duration::from_millis(500),
            making: Duration::from_millis(1200),
        }
    }

    /// For LocalStack: a little slower than the demo, for its processes start and its polls take their time.
    #[must_use]
    pub fn localstack() -> Self {
        Self {
            rules: rules(10, 15, 50, 40),
            function_timeout: Duration::from_secs(8),
            visibility: Duration::from_secs(12),
            sweep_every: Duration::from_secs(1),
            making: Duration::from_secs(2),
        }
    }

    /// Longer than any job may take to end and its seller to be notified. A scenario waits this long at most.
    #[must_use]
    pub fn patience(&self) -> Duration {
        let rules = &self.rules;
        let retries: Duration = rules.retry_delays.0.iter().sum();
        rules.generation_deadline + rules.delivery_deadline + 4 * rules.lease + 4 * self.sweep_every + 2 * retries
    }
}

fn rules(lease: u64, callback_wait: u64, generation: u64, delivery: u64) -> Rules {
    let secs = Duration::from_secs;
    Rules {
        lease: secs(lease),
        poll_delays: Delays(vec![secs(1), secs(1), secs(2)]),
        retry_delays: Delays(vec![secs(1)]),
        callback_wait: secs(callback_wait),
        generation_deadline: secs(generation),
        delivery_deadline: secs(delivery),
        ..Rules::default()
    }
}
