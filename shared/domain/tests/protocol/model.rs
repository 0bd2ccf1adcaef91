//! What is explored: the clock, the faults there may be, the mistakes that can be planted.

use std::time::Duration;

use domain::rules::{Delays, Rules};
use jiff::Timestamp;

/// A moment, in ticks since the order was confirmed.
pub type Tick = u8;

/// Ticks a handler may hold the job.
pub const LEASE: Tick = 2;
/// Ticks a handler may live through: it is dead before a lease it took could end.
pub const TIMEOUT: Tick = 1;
/// Ticks a received message is hidden: longer than a lease.
pub const VISIBILITY: Tick = 3;
/// Receives of a message before it is a dead letter.
pub const RECEIVES_MAX: u8 = 2;
/// What a 429 asks to wait.
pub const ASKED_TO_WAIT: Tick = 3;
/// Handlers at work at the same time.
pub const HANDLERS_MAX: usize = 2;
/// Where the clock stops when nobody sweeps.
pub const HORIZON: Tick = 60;
/// Credits before the order.
pub const GRANTED: u32 = 2;
/// What the job costs.
pub const PRICE: u32 = 1;

const TICK_SECS: u64 = 60;

/// So many ticks.
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

/// A wait in ticks.
pub fn ticks_of(wait: Duration) -> Tick {
    u8::try_from(wait.as_secs() / TICK_SECS).unwrap()
}

/// The protocol's times in ticks.
pub fn rules() -> Rules {
    let rules = Rules {
        lease: ticks(LEASE.into()),
        poll_delays: Delays(vec![ticks(3)]),
        retry_delays: Delays(vec![ticks(3)]),
        callback_wait: ticks(9),
        generation_deadline: ticks(12),
        delivery_deadline: ticks(6),
        generate_attempts: 2,
        send_attempts: 2,
    };
    rules.checked().unwrap()
}

/// Faults that may still happen; `total` limits them all together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Handlers that die, by a crash or their time-out.
    pub crashes: u8,
    /// Messages that cannot be sent.
    pub losses: u8,
    /// Messages and callbacks that come twice.
    pub duplicates: u8,
    /// Calls that did what they should, or not, and whose reply was lost.
    pub lost_replies: u8,
    /// Refusals: busy, broken, rejected, 429, blocked.
    pub troubles: u8,
    /// All of them.
    pub total: u8,
}

/// One kind of fault.
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
    /// See [`Budget::troubles`].
    Refusal,
}

impl Budget {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self { crashes: 0, losses: 0, duplicates: 0, lost_replies: 0, troubles: 0, total: 0 }
    }

    /// So many faults of any kind.
    pub fn any(n: u8) -> Self {
        Self { crashes: n, losses: n, duplicates: n, lost_replies: n, troubles: n, total: n }
    }

    /// The budget after this fault, if it allows it.
    pub fn after(self, fault: ModelFault) -> Option<Self> {
        let mut left = self;
        let kind = match fault {
            ModelFault::Crash => &mut left.crashes,
            ModelFault::Loss => &mut left.losses,
            ModelFault::Duplicate => &mut left.duplicates,
            ModelFault::LostReply => &mut left.lost_replies,
            ModelFault::Refusal => &mut left.troubles,
        };
        *kind = kind.checked_sub(1)?;
        left.total = left.total.checked_sub(1)?;
        Some(left)
    }
}

/// What is explored.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Faults there may be.
    pub budget: Budget,
    /// How slow the queues may be.
    pub pace: Pace,
    /// A mistake planted, to see that it is found.
    pub mistake: Option<Mistake>,
}

/// How slow the queues may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// A visible message may lie there for any time.
    Lazy,
    /// A visible message is received before the clock ticks; a slow one is a lost one, healed by the sweeper.
    Prompt,
}

impl Model {
    /// Whether this mistake is planted.
    pub fn has(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }
}

/// A mistake somebody could make in a function or an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// A job is written whatever its version.
    VersionIgnored,
    /// A settlement is written though there is one: the second lock behind the version.
    KeyIgnored,
    /// Neither lock.
    VersionAndKeyIgnored,
    /// A job is ended though somebody holds it.
    LeaseIgnoredByEnd,
    /// Nobody sweeps.
    SweeperOff,
    /// createTask is called first and recorded afterwards.
    IntentNotRecorded,
    /// The person is noted as told, then told.
    ToldBeforeSent,
    /// A lost reply is waited for past the deadline. The domain did so until this exploration was written.
    RestsPastTheDeadline,
    /// A callback's task is adopted whichever attempt it belongs to.
    AnyAttemptAdopted,
}
