//! The parameters of the exploration: the clock, the budget of faults, the seeded mistakes.

use std::time::Duration;

use domain::rules::{Delays, Rules};
use jiff::Timestamp;

/// A moment, in ticks since the order was confirmed.
pub type Tick = u8;

/// Length of a lease, in ticks.
pub const LEASE: Tick = 2;
/// Time-out of a handler, in ticks: a handler ends before its lease does.
pub const TIMEOUT: Tick = 1;
/// Visibility time-out of a received message, in ticks: longer than a lease.
pub const VISIBILITY: Tick = 3;
/// Receives of a message before the message becomes a dead letter.
pub const RECEIVES_MAX: u8 = 2;
/// Wait that Telegram's 429 asks for, in ticks.
pub const ASKED_TO_WAIT: Tick = 3;
/// Most handlers that run at the same time.
pub const HANDLERS_MAX: usize = 2;
/// The tick at which the clock stops when the sweeper is off.
pub const HORIZON: Tick = 60;
/// The seller's credits before the order.
pub const GRANTED: u32 = 2;
/// Price of the job, in credits.
pub const PRICE: u32 = 1;

const TICK_SECS: u64 = 60;

/// The duration of `n` ticks.
pub fn ticks(n: u64) -> Duration {
    Duration::from_secs(n * TICK_SECS)
}

/// The moment of a tick.
pub fn at(tick: Tick) -> Timestamp {
    Timestamp::UNIX_EPOCH + ticks(tick.into())
}

/// The tick of a moment.
pub fn tick(moment: Timestamp) -> Tick {
    u8::try_from(moment.as_second() / i64::try_from(TICK_SECS).unwrap()).unwrap()
}

/// The number of ticks in a duration.
pub fn ticks_of(wait: Duration) -> Tick {
    u8::try_from(wait.as_secs() / TICK_SECS).unwrap()
}

/// The rules of the protocol, with times of whole ticks.
pub fn rules() -> Rules {
    let rules = Rules {
        lease: ticks(LEASE.into()),
        poll_delays: Delays(vec![ticks(3)]),
        retry_delays: Delays(vec![ticks(3)]),
        callback_wait: ticks(9),
        generation_deadline: ticks(12),
        delivery_deadline: ticks(7),
        generate_attempts: 2,
        send_attempts: 2,
        send_delays: Delays(vec![ticks(3)]),
        hold: ticks(9),
        hold_checks: Delays(vec![ticks(3)]),
    };
    rules.checked().unwrap()
}

/// The faults that may still happen; `total` limits their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Handlers that crash or time out.
    pub crashes: u8,
    /// Messages whose send fails.
    pub losses: u8,
    /// Messages and callbacks that are delivered twice.
    pub duplicates: u8,
    /// Calls whose reply is lost, whether the call took effect or not.
    pub lost_replies: u8,
    /// Refusals by KIE and Telegram: busy, internal error, rejected content, 429, blocked bot.
    pub refusals: u8,
    /// All faults together.
    pub total: u8,
}

/// A kind of fault.
#[derive(Clone, Copy, Debug)]
pub enum ModelFault {
    /// See [`Budget::crashes`].
    Crash,
    /// See [`Budget::losses`].
    Loss,
    /// See [`Budget::duplicates`].
    Duplicate,
    /// See [`Budget::lost_replies`].
    LostReply,
    /// See [`Budget::refusals`].
    Refusal,
}

impl Budget {
    /// A budget without faults.
    pub fn none() -> Self {
        Self { crashes: 0, losses: 0, duplicates: 0, lost_replies: 0, refusals: 0, total: 0 }
    }

    /// A budget of `n` faults of any kind.
    pub fn any(n: u8) -> Self {
        Self { crashes: n, losses: n, duplicates: n, lost_replies: n, refusals: n, total: n }
    }

    /// The budget after this fault; `None` if the budget does not allow it.
    pub fn after(self, fault: ModelFault) -> Option<Self> {
        let mut left = self;
        let kind = match fault {
            ModelFault::Crash => &mut left.crashes,
            ModelFault::Loss => &mut left.losses,
            ModelFault::Duplicate => &mut left.duplicates,
            ModelFault::LostReply => &mut left.lost_replies,
            ModelFault::Refusal => &mut left.refusals,
        };
        *kind = kind.checked_sub(1)?;
        left.total = left.total.checked_sub(1)?;
        Some(left)
    }
}

/// The parameters of an exploration.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// The faults that may happen.
    pub budget: Budget,
    /// The speed of the queues.
    pub pace: Pace,
    /// A seeded mistake that the exploration must find.
    pub mistake: Option<Mistake>,
}

/// The speed of the queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// A visible message may wait in its queue for any time.
    Lazy,
    /// A visible message is received before the clock ticks. A slow message counts as a lost one, which the sweeper replaces.
    Prompt,
}

impl Model {
    /// Whether this mistake is seeded.
    pub fn has(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }
}

/// A mistake that the code of a function or an adapter could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// The write of a job ignores the version.
    VersionIgnored,
    /// The write of a settlement ignores an existing one. The settlement key is a second check after the version.
    KeyIgnored,
    /// The write ignores the version and an existing settlement.
    VersionAndKeyIgnored,
    /// A job is ended while a handler holds it.
    LeaseIgnoredByEnd,
    /// The sweeper never runs.
    SweeperOff,
    /// createTask is called before its attempt is recorded.
    IntentNotRecorded,
    /// The notification is recorded before it is sent.
    RecordedBeforeSent,
    /// The wait for a callback goes past the deadline. This exploration found the mistake in the domain.
    RestsPastTheDeadline,
    /// A callback's task is adopted for another attempt than its own.
    AnyAttemptAdopted,
}
