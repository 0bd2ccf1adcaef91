//! Explores every reachable state breadth first, so that the first violation comes with the shortest sequence of events.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    time::{Duration, Instant},
};

use domain::job::State;

use crate::{
    decisions::Decisions,
    invariants::Checker,
    mix::{Map, hashed},
    model::Model,
    outside::{Event, nexts, starts},
    parts::Image,
    state::ModelState,
};

/// Most states to explore: a model with more states is too large for a test.
const STATES_MAX: usize = 20_000_000;

/// The result of an exploration.
#[derive(Debug, Default)]
pub struct Explored {
    /// Number of different states.
    pub states: usize,
    /// Number of steps between states.
    pub steps: usize,
    /// Number of states whose job needs nothing more.
    pub ended: usize,
    /// Number of these whose job is delivered.
    pub delivered: usize,
    /// Number of these whose job is refunded.
    pub failed: usize,
    /// The latest tick of any state.
    pub ticks: u8,
    /// The name of every event that happened.
    pub seen: BTreeSet<&'static str>,
    /// Time that the exploration took.
    pub took: Duration,
    /// The first violation found.
    pub counterexample: Option<Counterexample>,
}

/// A violated invariant and the events that lead to it.
#[derive(Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// The violated invariant.
    pub violated: String,
    /// The events in order.
    pub events: Vec<String>,
}

/// The first way to a state: the state before, the event, and the tick.
type Origin = (u32, Option<Event>, u8);

/// Explores every state of the model, up to the first violation.
pub fn explore(model: &Model) -> Explored {
    let began = Instant::now();
    let (mut decisions, mut checker) = (Decisions::new(), Checker::default());
    let mut found = Explored::default();
    let mut known: Map<u64, u32> = Map::default();
    let mut origins: Vec<Origin> = Vec::new();
    let mut edges: Vec<(u32, u32)> = Vec::new();
    let mut ends: Vec<u32> = Vec::new();
    let mut open = VecDeque::new();
    let mut reached: Vec<(u32, Option<Event>, ModelState)> =
        starts(model.budget, &mut decisions).into_iter().map(|state| (0, None, state)).collect();
    loop {
        for (from, event, state) in reached {
            let state = state.tidied();
            let next = u32::try_from(origins.len()).unwrap();
            let id = *known.entry(fingerprint(&state)).or_insert(next);
            if let Some(event) = event {
                edges.push((from, id));
                found.seen.insert(event.what);
            }
            if id == next {
                origins.push((from, event, state.now));
                found.ticks = found.ticks.max(state.now);
                if let Some(violated) = checker.violated(&state, model, &mut decisions) {
                    found.counterexample = Some(Counterexample { violated, events: events_to(id, &origins) });
                    return Explored { states: origins.len(), steps: edges.len(), took: began.elapsed(), ..found };
                }
                if decisions.is_closed(state.job) {
                    ends.push(id);
                    match decisions.job(state.job).state {
                        State::Delivered { .. } => found.delivered += 1,
                        _ => found.failed += 1,
                    }
                }
                open.push_back((id, state));
            }
        }
        assert!(origins.len() < STATES_MAX, "the model is too large: {} states and counting", origins.len());
        let Some((id, state)) = open.pop_front() else { break };
        reached = nexts(&state, model, &mut decisions).into_iter().map(|(event, next)| (id, Some(event), next)).collect();
    }
    found.counterexample = without_an_end(origins.len(), &mut edges, &ends)
        .map(|id| Counterexample { violated: "invariant 5: no end can be reached".into(), events: events_to(id, &origins) });
    Explored { states: origins.len(), steps: edges.len(), ended: ends.len(), took: began.elapsed(), ..found }
}

/// The fingerprint of a state. States that differ only in the numbering of versions, sequence numbers, messages and handlers have
/// the same fingerprint. With 64 bits, a million states collide in about one of ten million explorations.
fn fingerprint(state: &ModelState) -> u64 {
    let relative = |image: Image| {
        (image.body, state.job.version.wrapping_sub(image.version), state.job.sequence.wrapping_sub(image.sequence))
    };
    // The hashes of the bag's messages are summed, because the order of a bag does not matter.
    let bag = state.bag.iter().map(|message| {
        let behind = state.job.sequence.wrapping_sub(message.sequence);
        hashed(&(message.queue, message.receives, message.visible_at, behind))
    });
    let handlers = state.handlers.iter().map(|handler| {
        let message = handler.message.map(|held| (held.queue, held.receives, state.job.sequence.wrapping_sub(held.sequence)));
        let step = handler.step.over(relative);
        hashed(&(handler.actor, step, relative(handler.image), handler.started, message))
    });
    let bag = bag.fold(0u64, u64::wrapping_add);
    let handlers = handlers.fold(0u64, u64::wrapping_add);
    let job = state.job.body;
    hashed(&(state.now, job, &state.ledger, bag, handlers, &state.tasks, state.chat, state.left, state.invalid))
}

/// A state from which no end can be reached. The search goes backwards from the ends.
fn without_an_end(states: usize, edges: &mut [(u32, u32)], ends: &[u32]) -> Option<u32> {
    edges.sort_unstable_by_key(|(_, to)| *to);
    let (mut good, mut open) = (vec![false; states], ends.to_vec());
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut good[id as usize], true) {
            continue;
        }
        let first = edges.partition_point(|(_, to)| *to < id);
        open.extend(edges[first..].iter().take_while(|(_, to)| *to == id).map(|(from, _)| *from));
    }
    good.iter().position(|good| !good).map(|id| u32::try_from(id).unwrap())
}

fn events_to(mut id: u32, origins: &[Origin]) -> Vec<String> {
    let mut events = Vec::new();
    while let (from, Some(Event { cause, actor, what }), now) = origins[id as usize] {
        events.push(actor.map_or(format!("{now:>3}  {what}"), |actor| format!("{now:>3}  {cause}{actor:?} {what}")));
        id = from;
    }
    events.reverse();
    events
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, steps, ended, delivered, failed, ticks, took, counterexample, .. } = self;
        write!(f, "{states} states, {steps} steps, {ended} ends ({delivered} delivered, {failed} refunded), {ticks} ticks")?;
        write!(f, ", {:.1} s", took.as_secs_f32())?;
        match counterexample {
            None => Ok(()),
            Some(Counterexample { violated, events }) => write!(f, "\n{violated}\n{}", events.join("\n")),
        }
    }
}
