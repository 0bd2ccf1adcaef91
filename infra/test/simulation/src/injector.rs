//! The injector: an interceptor that injects the faults of a plan into the calls of a run and records every call.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::ids::JobId;
use local_aws::net::{Action, CallInfo, Interceptor, NetError, Response};
use testkit::{fault::FaultKind, uses::Uses};
use tokio::time::Instant;

use crate::{
    effects::{PAST_THE_LEASE, effect},
    event::Event,
    fault_point::{Aws, FaultPoint, Service},
    images::Images,
    oracle::Delays,
    plan::Plan,
};

/// A fault strikes the retries of the same request for this long.
const PERSISTS_FOR: Duration = Duration::from_secs(10);
/// A fault strikes at most this many retries.
const PERSISTS_TIMES: u32 = 4;
/// Conflicts that last strike this many retries: more than the table adapter makes.
const CONTENDED_TIMES: u32 = 12;
/// No fault delays a call for longer than this.
const AFTERGLOW: Duration = Duration::from_secs(300);
/// In a random workload a fault strikes one call in this many, on average.
const CALLS_A_FAULT: u64 = 70;
/// In a run with deaths a process dies at one call in this many, on average.
const CALLS_A_DEATH: u64 = 25;
/// In a random workload a fault certainly strikes within this many calls (idle polls excepted): a workload without a fault tests
/// nothing.
const FIRST_FAULT_WITHIN: usize = 100;

/// The length of the token that the SDK gives a transaction: a UUID.
const TOKEN_BYTES: usize = 36;
/// The bytes of a call in which its job is searched for.
const HEAD_BYTES: usize = 16 * 1024;

/// The interceptor of all calls of one run.
#[derive(Clone)]
pub struct Injector(Arc<Mutex<State>>);

struct State {
    /// The time of the first call. An injector is made outside the runtime, where time is not virtual yet.
    began: Option<Instant>,
    plan: Plan,
    also: Option<(usize, FaultKind)>,
    rng: fastrand::Rng,
    /// In a random workload: the number of the call at which a fault certainly strikes.
    certain: usize,
    /// Calls since the run began, or since the last planned fault.
    since: usize,
    struck: Vec<Struck>,
    events: Vec<Event>,
    /// Calls without a reply yet: the index of the call, and the index of its event.
    open: Vec<(u64, usize)>,
    images: Images,
    /// The permissions that calls need; recorded only on request.
    uses: Option<Uses>,
}

/// A fault that may strike retries of its request.
struct Struck {
    point: FaultPoint,
    body: u64,
    fault: FaultKind,
    until: Instant,
    left: u32,
}

impl Injector {
    /// An injector with a plan. `also` is one more fault, at the call with this number of the whole run.
    #[must_use]
    pub fn new(plan: Plan, also: Option<(usize, FaultKind)>) -> Self {
        let seed = if let Plan::Random { seed, .. } | Plan::Deaths { seed } = plan { seed } else { 0 };
        let mut rng = fastrand::Rng::with_seed(seed);
        let certain = rng.usize(..FIRST_FAULT_WITHIN);
        Self(Arc::new(Mutex::new(State {
            began: None,
            plan,
            also,
            rng,
            certain,
            since: 0,
            struck: Vec::new(),
            events: Vec::new(),
            open: Vec::new(),
            images: Images::default(),
            uses: None,
        })))
    }

    /// Makes the injector record the permissions that the functions use.
    #[must_use]
    pub fn keeping_uses(self) -> Self {
        self.state().uses = Some(Uses::default());
        self
    }

    /// The permissions that the functions have used so far; empty without [`Self::keeping_uses`].
    #[must_use]
    pub fn uses(&self) -> Uses {
        self.state().uses.clone().unwrap_or_default()
    }

    /// Every call so far.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.state().events.clone()
    }

    /// Whether no fault is planned.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let state = self.state();
        state.plan == Plan::Clean && state.also.is_none()
    }

    /// How much longer a call or message that a fault delayed may still arrive.
    #[must_use]
    pub fn afterglow(&self) -> Duration {
        let mut state = self.state();
        let is_late = |event: &&Event| matches!(event.fault, Some(FaultKind::Late | FaultKind::Delayed | FaultKind::Twice));
        let last = state.events.iter().rev().find(is_late).map(|event| event.at_ms);
        let since = |at_ms| Duration::from_millis(state.elapsed_ms().saturating_sub(at_ms));
        last.map(since).map_or(Duration::ZERO, |since| AFTERGLOW.saturating_sub(since))
    }

    /// When the run began, in milliseconds since 1970. `now_ms` is the present time.
    #[must_use]
    pub fn began_ms(&self, now_ms: i64) -> i64 {
        now_ms - i64::try_from(self.state().elapsed_ms()).unwrap_or(i64::MAX)
    }

    /// The messages to Telegram that a fault delayed. `began_ms` is the begin of the run in milliseconds since 1970.
    #[must_use]
    pub fn delayed_messages(&self, began_ms: i64) -> Delays {
        let state = self.state();
        let millis = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
        let by_ms = i64::try_from(PAST_THE_LEASE.as_millis()).unwrap_or(i64::MAX);
        let is_late = |event: &&Event| event.fault == Some(FaultKind::Late) && event.point.service == Service::Telegram;
        Delays::new(state.events.iter().filter(is_late).map(|event| began_ms + millis(event.at_ms) + by_ms), by_ms)
    }

    /// Stops random faults. Faults planned for a numbered call still strike.
    pub fn calm(&self) {
        let mut state = self.state();
        if matches!(state.plan, Plan::Random { .. } | Plan::Deaths { .. }) {
            state.plan = Plan::Clean;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The latency of calls that take long enough for other calls to happen meanwhile.
///
/// The download of a photo takes a time of its own for each call. The photo is decoded after it, which takes real time but no virtual
/// time: calls in the same virtual millisecond would come before or after it by chance.
fn latency(point: &FaultPoint, call: &CallInfo) -> Option<Duration> {
    let ms = match (point.service, point.operation.as_str()) {
        (Service::Telegram, "sendVideo") => 4_000,
        (Service::Kie, "createTask") => 2_000,
        (Service::Kie, "result") | (Service::Writer, _) => 3_000,
        (Service::Telegram, "sendMessage") => 300,
        (Service::Telegram, "file") if point.caller == "generator" => 101 + call.index % 997,
        (
            Service::Aws(Aws::DynamoDb),
            "TransactWriteItems refund" | "TransactWriteItems capture" | "TransactWriteItems order",
        ) => 30,
        _ => return None,
    };
    Some(Duration::from_millis(ms))
}

impl State {
    fn elapsed_ms(&mut self) -> u64 {
        let began = *self.began.get_or_insert_with(Instant::now);
        u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn fault_for(&mut self, point: &FaultPoint, call: &CallInfo) -> Option<FaultKind> {
        let (now, body) = (Instant::now(), &call.body);
        self.struck.retain(|struck| struck.until > now && struck.left > 0);
        let again = self.struck.iter_mut().find(|struck| struck.point == *point && struck.body == hash_of(body));
        if let Some(struck) = again {
            struck.left -= 1;
            // Retries count as calls, because the position of a second fault is counted in calls.
            self.since += 1;
            return Some(struck.fault);
        }
        let planned = self.planned(point, call);
        let is_here =
            |(at, fault): &(usize, FaultKind)| *at == self.events.len() && can_strike(&self.images, *fault, point, call);
        let also = self.also.filter(is_here).map(|(_, fault)| fault);
        let fault = planned.or(also)?;
        if fault.persists() {
            let (until, body) = (now + PERSISTS_FOR, hash_of(body));
            let left = if fault == FaultKind::Contended { CONTENDED_TIMES } else { PERSISTS_TIMES };
            self.struck.push(Struck { point: point.clone(), body, fault, until, left });
        }
        Some(fault)
    }

    fn planned(&mut self, point: &FaultPoint, call: &CallInfo) -> Option<FaultKind> {
        let at = self.since;
        self.since += 1;
        match &mut self.plan {
            Plan::Clean => None,
            Plan::At(faults) => {
                let (index, fault) = *faults.first()?;
                // An old image exists only after a change, so the first read that has one gets it.
                let strikes = if fault == FaultKind::OldImage {
                    index <= at && can_strike(&self.images, fault, point, call)
                } else {
                    index == at && point.can_meet(fault)
                };
                strikes.then(|| {
                    faults.remove(0);
                    self.since = 0;
                    fault
                })
            }
            Plan::Deaths { .. } => {
                if self.rng.u64(..CALLS_A_DEATH) != 0 {
                    return None;
                }
                let fault = if self.rng.bool() { FaultKind::KilledBefore } else { FaultKind::KilledAfter };
                Some(fault).filter(|fault| can_strike(&self.images, *fault, point, call))
            }
            Plan::Random { most, .. } => {
                let is_certain = at >= self.certain && !point.is_idle();
                if *most == 0 || (self.rng.u64(..CALLS_A_FAULT) != 0 && !is_certain) {
                    return None;
                }
                let images = &self.images;
                let possible: Vec<FaultKind> =
                    FaultKind::ALL.into_iter().filter(|fault| can_strike(images, *fault, point, call)).collect();
                let fault = *possible.get(self.rng.usize(..possible.len().max(1)))?;
                if is_certain {
                    self.certain = usize::MAX;
                }
                *most -= 1;
                Some(fault)
            }
        }
    }
}

/// Whether a fault can strike at a call now. An old image needs an earlier reply that differs.
fn can_strike(images: &Images, fault: FaultKind, point: &FaultPoint, call: &CallInfo) -> bool {
    point.can_meet(fault) && (fault != FaultKind::OldImage || images.before(call).is_some())
}

/// A hash that is the same for every retry of a request: the SDK writes the fields of an item in any order, and gives a transaction that
/// the caller repeats another token.
fn hash_of(body: &[u8]) -> u64 {
    let mut bytes = body.to_vec();
    let token = b"\"ClientRequestToken\":\"";
    if let Some(at) = bytes.windows(token.len()).position(|window| window == token) {
        bytes.drain(at..bytes.len().min(at + token.len() + TOKEN_BYTES));
    }
    bytes.sort_unstable();
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// The job that a call of the sender is about: the job in a sort key, or in the buttons under a video. They come before a film's bytes.
fn job_in(body: &[u8]) -> Option<JobId> {
    let head = String::from_utf8_lossy(body.get(..HEAD_BYTES).unwrap_or(body));
    let id = |marker: &str| {
        let (_, rest) = head.split_once(marker)?;
        rest.split(|c: char| !c.is_ascii_hexdigit() && c != '.').next()?.parse().ok()
    };
    id("JOB#").or_else(|| id("again:"))
}

impl Interceptor for Injector {
    fn before(&self, call: &CallInfo) -> Action {
        let Some(point) = FaultPoint::of(call) else { return Action::Pass };
        let mut state = self.state();
        if let Some(uses) = &mut state.uses {
            point.record(call, uses);
        }
        let fault = state.fault_for(&point, call);
        let at_ms = state.elapsed_ms();
        let event = state.events.len();
        let job = if point.caller == "sender" { job_in(&call.body) } else { None };
        state.open.push((call.index, event));
        state.events.push(Event { at_ms, point: point.clone(), fault, status: 0, job });
        match fault {
            None => latency(&point, call).map_or(Action::Pass, Action::Delay),
            Some(FaultKind::OldImage) => state.images.before(call).map_or(Action::Pass, Action::Reply),
            Some(fault) => effect(fault, &point, call),
        }
    }

    fn after(&self, call: &CallInfo, outcome: &Result<Response, NetError>) {
        let mut state = self.state();
        let Some(at) = state.open.iter().rposition(|(index, _)| *index == call.index) else { return };
        let (_, event) = state.open.swap_remove(at);
        let status = outcome.as_ref().map_or(0, |reply| reply.status().as_u16());
        let Some(event) = state.events.get_mut(event) else { return };
        event.status = status;
        let is_image = status == 200 && event.fault.is_none() && event.point.reads_eventually();
        if let (true, Ok(answer)) = (is_image, outcome) {
            state.images.seen(call, answer);
        }
    }
}
