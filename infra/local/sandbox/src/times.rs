//! The times of a test environment: the same protocol at different speeds.

use std::time::Duration;

use domain::rules::{Delays, Rules};

use crate::names::FUNCTIONS;

/// The durations that set the speed of a test environment.
#[derive(Clone, Debug)]
pub struct Times {
    /// The times of the order protocol: lease, delays, deadlines.
    pub rules: Rules,
    /// Time after which Lambda kills a running function. Shorter than the lease.
    pub function_timeout: Duration,
    /// Visibility timeout of the queues. Longer than the lease.
    pub visibility: Duration,
    /// The time from one sweep to the next.
    pub sweep_every: Duration,
    /// Time that the fake KIE takes to make a video.
    pub making: Duration,
    /// How far the clock of each function is ahead of the clocks of AWS and the fakes, in the order of [`FUNCTIONS`]. The clocks of
    /// two machines differ.
    pub clocks_ahead: [Duration; FUNCTIONS.len()],
}

impl Times {
    /// Production's times, for virtual time.
    #[must_use]
    pub fn production() -> Self {
        Self {
            rules: Rules::default(),
            function_timeout: Duration::from_secs(100),
            visibility: Duration::from_secs(150),
            sweep_every: Duration::from_secs(60),
            making: Duration::from_secs(130),
            clocks_ahead: Default::default(),
        }
    }

    /// The times of `make demo`: every wait takes a few seconds at most.
    #[must_use]
    pub fn demo() -> Self {
        Self {
            rules: rules(3, 4, 15, 18),
            function_timeout: Duration::from_millis(2500),
            visibility: Duration::from_secs(4),
            sweep_every: Duration::from_millis(500),
            making: Duration::from_millis(1200),
            clocks_ahead: Default::default(),
        }
    }

    /// The times of `make run`: a film takes seconds, and a failure is refunded within a minute or two.
    #[must_use]
    pub fn run() -> Self {
        Self {
            rules: rules(12, 20, 120, 60),
            function_timeout: Duration::from_secs(10),
            visibility: Duration::from_secs(15),
            sweep_every: Duration::from_secs(2),
            making: Duration::from_secs(4),
            clocks_ahead: Default::default(),
        }
    }

    /// The times for LocalStack, slower than the demo's because its processes start slowly and its pollers wait.
    #[must_use]
    pub fn localstack() -> Self {
        Self {
            rules: rules(10, 15, 50, 40),
            function_timeout: Duration::from_secs(8),
            visibility: Duration::from_secs(12),
            sweep_every: Duration::from_secs(1),
            making: Duration::from_secs(2),
            clocks_ahead: Default::default(),
        }
    }

    /// The longest time that a scenario waits. By then every job has ended and its seller is notified.
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
        send_delays: Delays(vec![secs(1), secs(2)]),
        callback_wait: secs(callback_wait),
        generation_deadline: secs(generation),
        delivery_deadline: secs(delivery),
        ..Rules::default()
    }
}
