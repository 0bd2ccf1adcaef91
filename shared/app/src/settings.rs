//! The settings in environment variables. A function reads only the settings that it uses.

use std::time::Duration;

use adapters::{callback_url::CallbackSealer, config::ConfigError, photo_key::PhotoKeys};
use domain::{
    credits::{Credits, WELCOME_CREDITS},
    limits::Limits,
    rate_limiter::RateLimiter,
    rules::{Delays, HOLD_MARGIN, Rules},
};

use crate::{Setup, SetupError};

/// Most credits that a new account may start with. A larger number is a slip, and would give credits away.
const WELCOME_CREDITS_MAX: u32 = 1000;

/// The days that the media store may keep films.
const VIDEO_RETENTION_DAYS: std::ops::RangeInclusive<u64> = 7..=365;

impl Setup {
    /// The sealer of the jobs' callback addresses, with the secret `CALLBACK_SIGNING_KEY`.
    ///
    /// # Errors
    /// [`SetupError`]: the key is missing.
    pub fn callback_sealer(&self) -> Result<CallbackSealer, SetupError> {
        Ok(CallbackSealer::new(&self.secrets.callback_signing_key()?))
    }

    /// The keys of prepared photos, with the secret `CALLBACK_SIGNING_KEY`.
    ///
    /// # Errors
    /// [`SetupError`]: the key is missing.
    pub fn photo_keys(&self) -> Result<PhotoKeys, SetupError> {
        Ok(PhotoKeys::new(&self.secrets.callback_signing_key()?))
    }

    /// The http or https address in a variable that must be set.
    ///
    /// # Errors
    /// [`SetupError`]: the address is missing or malformed.
    pub fn url(&self, name: &str) -> Result<String, SetupError> {
        Ok(self.env.url(name)?)
    }

    /// The http or https address in a variable that may be unset.
    ///
    /// # Errors
    /// [`SetupError`]: the address is malformed.
    pub fn optional_url(&self, name: &str) -> Result<Option<String>, SetupError> {
        Ok(self.env.optional_url(name)?)
    }

    /// The credits that a new account starts with, `WELCOME_CREDITS`.
    ///
    /// # Errors
    /// [`SetupError`]: the value is no number, or more than 1000.
    pub fn welcome_credits(&self) -> Result<Credits, SetupError> {
        let credits = self.env.count("WELCOME_CREDITS", WELCOME_CREDITS.0)?;
        if credits > WELCOME_CREDITS_MAX {
            let name = "WELCOME_CREDITS".to_owned();
            return Err(ConfigError { name, problem: "is too large".to_owned(), expected: "0 to 1000" }.into());
        }
        Ok(Credits(credits))
    }

    /// The limits of orders and gifts: `OPEN_ORDERS_MAX`, `ORDERS_A_DAY_MAX`, `REFUNDS_A_DAY_MAX`, `FILMS_A_DAY_MAX`,
    /// `GIFTS_A_DAY_MAX` and `FILMS_KEPT_FOR_BUYERS_PERCENT`.
    ///
    /// # Errors
    /// [`SetupError`]: a limit is no number, or out of its range.
    pub fn limits(&self) -> Result<Limits, SetupError> {
        let default = Limits::default();
        let limits = Limits {
            open_orders: self.env.count("OPEN_ORDERS_MAX", default.open_orders)?,
            orders_a_day: self.env.count("ORDERS_A_DAY_MAX", default.orders_a_day)?,
            refunds_a_day: self.env.count("REFUNDS_A_DAY_MAX", default.refunds_a_day)?,
            films_a_day: self.env.count("FILMS_A_DAY_MAX", default.films_a_day)?,
            gifts_a_day: self.env.count("GIFTS_A_DAY_MAX", default.gifts_a_day)?,
            films_kept_for_buyers_percent: self
                .env
                .count("FILMS_KEPT_FOR_BUYERS_PERCENT", default.films_kept_for_buyers_percent)?,
        };
        Ok(limits.checked()?)
    }

    /// The operators' Telegram ids, `ADMIN_IDS`, separated by commas; empty if the variable is unset.
    ///
    /// # Errors
    /// [`SetupError`]: the value is no list of ids.
    pub fn operators(&self) -> Result<Vec<i64>, SetupError> {
        Ok(self.env.ids("ADMIN_IDS")?)
    }

    /// The limit of createTask calls in any ten seconds, `KIE_CREATES_PER_10S`.
    ///
    /// # Errors
    /// [`SetupError`]: the value is no number from 5 to 1000.
    pub fn rate_limiter(&self) -> Result<RateLimiter, SetupError> {
        let limiter = |value: &str| RateLimiter::checked(value.parse().ok()?);
        Ok(self.env.read("KIE_CREATES_PER_10S", "a whole number, 5 to 1000", limiter)?.unwrap_or_default())
    }

    /// How long a film is held, from `VIDEO_RETENTION_DAYS`, the days that the media store keeps it.
    fn hold(&self, default: Duration) -> Result<Duration, SetupError> {
        let days = |value: &str| value.parse().ok().filter(|days| VIDEO_RETENTION_DAYS.contains(days));
        let days: Option<u64> = self.env.read("VIDEO_RETENTION_DAYS", "a whole number, 7 to 365", days)?;
        Ok(days.map_or(default, |days| Duration::from_secs(days * 24 * 3600) - HOLD_MARGIN))
    }

    /// The rules of a job: leases, deadlines and delays in seconds, and attempts.
    ///
    /// # Errors
    /// [`SetupError`]: a rule is malformed, or the rules contradict each other.
    pub fn rules(&self) -> Result<Rules, SetupError> {
        let default = Rules::default();
        let seconds = |name: &str, default: Duration| self.env.seconds(name, default);
        let delays = |name: &str, default: &Delays| self.env.seconds_list(name, &default.0).map(Delays);
        let rules = Rules {
            lease: seconds("LEASE_SECS", default.lease)?,
            poll_delays: delays("LOOK_DELAYS_SECS", &default.poll_delays)?,
            retry_delays: delays("RETRY_DELAYS_SECS", &default.retry_delays)?,
            callback_wait: seconds("CALLBACK_WAIT_SECS", default.callback_wait)?,
            generation_deadline: seconds("GENERATION_DEADLINE_SECS", default.generation_deadline)?,
            delivery_deadline: seconds("DELIVERY_DEADLINE_SECS", default.delivery_deadline)?,
            generate_attempts: self.env.count("GENERATE_ATTEMPTS", default.generate_attempts)?,
            send_attempts: self.env.count("SEND_ATTEMPTS", default.send_attempts)?,
            send_delays: delays("SEND_DELAYS_SECS", &default.send_delays)?,
            hold: self.hold(default.hold)?,
            hold_checks: default.hold_checks,
        };
        Ok(rules.checked()?)
    }
}
