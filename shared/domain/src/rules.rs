//! Every time and count of the job protocol. The environment sets them; a function checks them once at start.

use std::time::Duration;

/// Longest wait that a setting or a service's reply may ask for: one day, far below a wait that overflows a timestamp.
pub const WAIT_MAX: Duration = Duration::from_secs(24 * 3600);

/// Most checks of a succeeded task's result while nothing is there. They are the first poll delay apart (half a minute by
/// default), so a result is given five minutes before another task is bought.
pub const ABSENT_CHECKS_MAX: u32 = 11;
/// Most checks of a succeeded task's result while a file is there that is no film.
pub const UNUSABLE_CHECKS_MAX: u32 = 3;

/// Leases that must fit before the deadline when a video is sent first: two attempts, and a sweep between them, which is shorter
/// than a lease.
pub const FIRST_SEND_LEASES: u32 = 3;
/// Most edits of a status message that has to show the end of a job. With the default delays they take about half an hour.
pub const STATUS_EDITS_MAX: u32 = 8;
/// The hold of a film ends this long before the media store deletes the film.
pub const HOLD_MARGIN: Duration = Duration::from_secs(24 * 3600);

/// Times and counts of the job protocol. The defaults are those of the documented configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long a handler may hold a job (`LEASE_SECS`). Function time-out < lease < queue visibility time-out.
    pub lease: Duration,
    /// Delay before each poll of a task (`LOOK_DELAYS_SECS`); the last one repeats.
    pub poll_delays: Delays,
    /// Delay after each failure before the next try (`RETRY_DELAYS_SECS`); the last one repeats.
    pub retry_delays: Delays,
    /// How long a job whose createTask reply was lost waits for KIE's callback before the next attempt (`CALLBACK_WAIT_SECS`).
    pub callback_wait: Duration,
    /// Longest time from the confirmation to the stored video (`GENERATION_DEADLINE_SECS`).
    pub generation_deadline: Duration,
    /// Longest time from the stored video to its delivery (`DELIVERY_DEADLINE_SECS`).
    pub delivery_deadline: Duration,
    /// Most tasks submitted for one job (`GENERATE_ATTEMPTS`).
    pub generate_attempts: u32,
    /// Most sends of one video that may have reached Telegram (`SEND_ATTEMPTS`).
    pub send_attempts: u32,
    /// Delay from the begin of each send to the begin of the next (`SEND_DELAYS_SECS`); the last one repeats.
    pub send_delays: Delays,
    /// How long a film is held for a seller who cannot be reached, from when it was stored: [`HOLD_MARGIN`] less than the media
    /// store keeps it (`VIDEO_RETENTION_DAYS`).
    pub hold: Duration,
    /// Delay before each check whether the seller of a held film can be reached; the last one repeats.
    pub hold_checks: Delays,
}

impl Default for Rules {
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self {
            lease: secs(120),
            poll_delays: Delays(vec![secs(30), secs(60), secs(120), secs(240)]),
            retry_delays: Delays(vec![secs(15), secs(60), secs(240)]),
            callback_wait: secs(600),
            generation_deadline: secs(1800),
            delivery_deadline: secs(900),
            generate_attempts: 3,
            send_attempts: 3,
            send_delays: Delays(vec![secs(90), secs(540)]),
            hold: Duration::from_secs(29 * 24 * 3600),
            hold_checks: Delays(vec![secs(120), secs(3600), secs(24 * 3600)]),
        }
    }
}

/// A list of delays, one for each try; the last delay repeats. [`Rules::checked`] refuses an empty list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delays(pub Vec<Duration>);

impl Delays {
    /// The delay after `n` earlier tries.
    #[must_use]
    pub fn after(&self, n: u32) -> Duration {
        let index = usize::try_from(n).unwrap_or(usize::MAX);
        self.0.get(index).or(self.0.last()).copied().unwrap_or_default()
    }
}

/// A setting is invalid, or contradicts another. No rules were loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRules {
    /// A time is zero or longer than [`WAIT_MAX`].
    #[error("{name} must be between 1 second and {} hours", WAIT_MAX.as_secs() / 3600)]
    Wait {
        /// The name of the environment variable.
        name: &'static str,
    },
    /// A list of delays is empty.
    #[error("{name} must hold at least one number of seconds")]
    Empty {
        /// The name of the environment variable.
        name: &'static str,
    },
    /// A count is not between 1 and 10.
    #[error("{name} must be between 1 and 10")]
    Count {
        /// The name of the environment variable.
        name: &'static str,
    },
    /// The delivery window is too short for a second attempt.
    #[error("DELIVERY_DEADLINE_SECS must be longer than {FIRST_SEND_LEASES} times LEASE_SECS: otherwise no video can be sent")]
    NoRoomToSend,
    /// A deadline is not longer than a lease, so no handler could ever claim a job.
    #[error("{name} must be longer than LEASE_SECS: otherwise no job can be claimed")]
    NoRoom {
        /// The name of the environment variable.
        name: &'static str,
    },
}

impl Rules {
    /// The rules, if every setting is valid.
    ///
    /// # Errors
    /// [`BadRules`] names the environment variable and its valid values.
    pub fn checked(self) -> Result<Self, BadRules> {
        let waits = [
            ("LEASE_SECS", self.lease),
            ("CALLBACK_WAIT_SECS", self.callback_wait),
            ("GENERATION_DEADLINE_SECS", self.generation_deadline),
            ("DELIVERY_DEADLINE_SECS", self.delivery_deadline),
        ];
        let fits = |wait: Duration| !wait.is_zero() && wait <= WAIT_MAX;
        if let Some((name, _)) = waits.into_iter().find(|(_, wait)| !fits(*wait)) {
            return Err(BadRules::Wait { name });
        }
        let lists = [
            ("LOOK_DELAYS_SECS", &self.poll_delays.0),
            ("RETRY_DELAYS_SECS", &self.retry_delays.0),
            ("SEND_DELAYS_SECS", &self.send_delays.0),
        ];
        for (name, list) in lists {
            if list.is_empty() {
                return Err(BadRules::Empty { name });
            }
            if !list.iter().copied().all(fits) {
                return Err(BadRules::Wait { name });
            }
        }
        for (name, deadline) in waits.into_iter().skip(2) {
            if deadline <= self.lease {
                return Err(BadRules::NoRoom { name });
            }
        }
        if self.delivery_deadline <= FIRST_SEND_LEASES * self.lease {
            return Err(BadRules::NoRoomToSend);
        }
        for (name, count) in [("GENERATE_ATTEMPTS", self.generate_attempts), ("SEND_ATTEMPTS", self.send_attempts)] {
            if !(1..=10).contains(&count) {
                return Err(BadRules::Count { name });
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(Rules::default().checked(), Ok(Rules::default()));
    }

    #[test]
    fn an_invalid_setting_is_named() {
        let zero = Rules { lease: Duration::ZERO, ..Rules::default() };
        assert_eq!(zero.checked(), Err(BadRules::Wait { name: "LEASE_SECS" }));
        let short = Rules { delivery_deadline: Duration::from_secs(5), ..Rules::default() };
        assert_eq!(short.checked(), Err(BadRules::NoRoom { name: "DELIVERY_DEADLINE_SECS" }));
        let none = Rules { poll_delays: Delays(vec![]), ..Rules::default() };
        assert_eq!(none.checked(), Err(BadRules::Empty { name: "LOOK_DELAYS_SECS" }));
        let many = Rules { send_attempts: 99, ..Rules::default() };
        assert_eq!(many.checked(), Err(BadRules::Count { name: "SEND_ATTEMPTS" }));
    }

    #[test]
    fn the_last_delay_repeats() {
        let delays = Delays(vec![Duration::from_secs(1), Duration::from_secs(5)]);
        assert_eq!([0, 1, 2, 99].map(|n| delays.after(n).as_secs()), [1, 5, 5, 5]);
    }
}
