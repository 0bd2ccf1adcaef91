//! The limits of what one person, and all people together, may make KIE cost. Each limit has a name, a setting and a metric. The
//! table counts in the transaction of the charge, the refund or the gift, and nothing that was counted is given back: two taps
//! at once cannot pass a limit, and a refund buys no further try.
//!
//! A day is a day of UTC. The orders are counted on the day of the charge, and the refunds on the day of the settlement.

#[cfg(test)]
mod tests;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    classify::Class,
    job::{Job, State},
};

/// Items over which a count of all people is spread, so that no single item takes every order. Each has its share of the limit.
pub const SHARDS: u8 = 4;
/// The highest limit of a person's open videos: the account lists them, and a write of the account should stay small.
pub const OPEN_ORDERS_HIGHEST: u32 = 50;
/// The highest value of every other limit. A larger number is a slip.
pub const LIMIT_HIGHEST: u32 = 1_000_000;

/// A limit, as errors, logs and metrics name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Limit {
    /// A person's videos that are neither delivered nor refunded.
    OpenOrders,
    /// The videos that a person orders in a day.
    OrdersADay,
    /// A person's refunds in a day that the person can cause.
    RefundsADay,
    /// The videos that all people order in a day.
    FilmsADay,
    /// The newcomers who get the welcome credits in a day.
    GiftsADay,
}

impl Limit {
    /// All limits.
    pub const ALL: [Self; 5] = [Self::OpenOrders, Self::OrdersADay, Self::RefundsADay, Self::FilmsADay, Self::GiftsADay];

    /// The limit's name in logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenOrders => "open_orders",
            Self::OrdersADay => "orders_a_day",
            Self::RefundsADay => "refunds_a_day",
            Self::FilmsADay => "films_a_day",
            Self::GiftsADay => "gifts_a_day",
        }
    }
}

/// The limits, as the settings give them. A video counts as one order: an order of five videos counts five times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most videos of one person that may be open at the same time (`OPEN_ORDERS_MAX`).
    pub open_orders: u32,
    /// Most videos that one person may order in a day (`ORDERS_A_DAY_MAX`).
    pub orders_a_day: u32,
    /// Most refunds of one person in a day that the person can cause (`REFUNDS_A_DAY_MAX`). Open videos are held against it.
    pub refunds_a_day: u32,
    /// Most videos that all people together may order in a day (`FILMS_A_DAY_MAX`).
    pub films_a_day: u32,
    /// Most newcomers who get the welcome credits in a day (`GIFTS_A_DAY_MAX`).
    pub gifts_a_day: u32,
    /// The part of `films_a_day` that only people who have bought credits may use, in percent
    /// (`FILMS_KEPT_FOR_BUYERS_PERCENT`).
    pub films_kept_for_buyers_percent: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            open_orders: 10,
            orders_a_day: 40,
            refunds_a_day: 10,
            films_a_day: 2000,
            gifts_a_day: 200,
            films_kept_for_buyers_percent: 20,
        }
    }
}

/// A limit is out of its range. No limits were loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be between {lowest} and {highest}")]
pub struct BadLimit {
    /// The name of the environment variable.
    pub name: &'static str,
    /// The lowest value allowed.
    pub lowest: u32,
    /// The highest value allowed.
    pub highest: u32,
}

/// What one order is held against. The table compares it in the order's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Videos of the order.
    pub videos: u32,
    /// Most open videos that the account may list before the order: as many as the decision knew of.
    pub open_before: u32,
    /// Most videos that the person may have ordered today before the order.
    pub orders_before: u32,
    /// Most refunds that the person may have had today, so that every open and new video could still be refunded.
    pub refunds_before: u32,
    /// The day's limit of all people's videos for this person.
    pub films: DayCap,
}

/// A limit of a day that is spread over [`SHARDS`] items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCap {
    /// The limit.
    pub limit: Limit,
    /// Most that all shards together may count for this request.
    pub total: u32,
}

impl Limits {
    /// The limits, if each is in its range.
    ///
    /// # Errors
    /// [`BadLimit`] names the environment variable and its valid values.
    pub fn checked(self) -> Result<Self, BadLimit> {
        let ranges = [
            ("OPEN_ORDERS_MAX", self.open_orders, 1, OPEN_ORDERS_HIGHEST),
            ("ORDERS_A_DAY_MAX", self.orders_a_day, 1, LIMIT_HIGHEST),
            ("REFUNDS_A_DAY_MAX", self.refunds_a_day, 1, LIMIT_HIGHEST),
            ("FILMS_A_DAY_MAX", self.films_a_day, 1, LIMIT_HIGHEST),
            ("GIFTS_A_DAY_MAX", self.gifts_a_day, 1, LIMIT_HIGHEST),
            // With 100 percent a person who has not bought credits could order nothing: then the limit itself should be lower.
            ("FILMS_KEPT_FOR_BUYERS_PERCENT", self.films_kept_for_buyers_percent, 0, 99),
        ];
        let wrong = ranges.into_iter().find(|(_, value, lowest, highest)| !(lowest..=highest).contains(&value));
        wrong.map_or(Ok(self), |(name, _, lowest, highest)| Err(BadLimit { name, lowest, highest }))
    }

    /// What an order of `videos` videos is held against, decided on a person's open videos and on whether the person has bought
    /// credits.
    ///
    /// # Errors
    /// The limit that the order exceeds whatever the day's counts are.
    pub fn allowance(&self, videos: u32, open: u32, buyer: Buyer) -> Result<Allowance, Limit> {
        let before = |limit, most: u32, held: u32| most.checked_sub(held).ok_or(limit);
        let held = open.saturating_add(videos);
        before(Limit::OpenOrders, self.open_orders, held)?;
        let films = self.films(buyer);
        before(Limit::FilmsADay, films.largest_share(), videos)?;
        Ok(Allowance {
            videos,
            open_before: open,
            orders_before: before(Limit::OrdersADay, self.orders_a_day, videos)?,
            refunds_before: before(Limit::RefundsADay, self.refunds_a_day, held)?,
            films,
        })
    }

    /// The day's limit of all people's videos for a person.
    #[must_use]
    pub fn films(&self, buyer: Buyer) -> DayCap {
        let kept = match buyer {
            Buyer::Yes => 0,
            Buyer::NotYet => self.films_kept_for_buyers_percent.min(100),
        };
        let total = u64::from(self.films_a_day) * u64::from(100 - kept) / 100;
        // The setting's range keeps at least one video for everybody, even of a small limit.
        let total = u32::try_from(total).unwrap_or(self.films_a_day).max(1);
        DayCap { limit: Limit::FilmsADay, total }
    }

    /// The day's limit of welcome credits.
    #[must_use]
    pub fn gifts(&self) -> DayCap {
        DayCap { limit: Limit::GiftsADay, total: self.gifts_a_day }
    }
}

/// Whether a person has bought credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buyer {
    /// The person has bought credits.
    Yes,
    /// The person has bought none so far.
    NotYet,
}

impl DayCap {
    /// The share of one shard. The shares of all shards sum to the limit.
    #[must_use]
    pub fn share(self, shard: u8) -> u32 {
        let (whole, rest) = (self.total / u32::from(SHARDS), self.total % u32::from(SHARDS));
        whole + u32::from(u32::from(shard) < rest)
    }

    /// The largest share of a shard: a larger request fits nowhere.
    fn largest_share(self) -> u32 {
        self.share(0)
    }

    /// Most that a shard may have counted before a request of `count`; `None` if the request does not fit into an empty shard.
    #[must_use]
    pub fn before(self, shard: u8, count: u32) -> Option<u32> {
        self.share(shard).checked_sub(count)
    }
}

/// The day of UTC that contains `now`.
#[must_use]
pub fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// Whether a settled job counts as a refund of its day. Only a paid refund that the person can cause counts, so an outage of KIE
/// locks nobody out.
#[must_use]
pub fn counts_as_refund(job: &Job) -> bool {
    match job.state {
        State::Failed { class, .. } => job.order.price.0 > 0 && can_be_caused(class),
        _ => false,
    }
}

/// Whether a person can cause a failure of this class: by the photo, by the text, or by staying away until the film is gone.
fn can_be_caused(class: Class) -> bool {
    match class {
        Class::ContentRejected | Class::BadPhoto | Class::Unreachable => true,
        Class::Overloaded
        | Class::BrokenUpstream
        | Class::OurAccount
        | Class::TookTooLong
        | Class::CouldNotDeliver
        | Class::TooLarge => false,
    }
}
