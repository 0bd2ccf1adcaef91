//! Every state there is, breadth first, so that the first violated invariant comes with its shortest story.

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

/// States explored at most: more means that the model is too large for a test.
const STATES_MAX: usize = 20_000_000;

/// What an exploration found.
#[derive(Debug, Default)]
pub struct Explored {
    /// Different states.
    pub states: usize,
    /// Steps between them.
    pub steps: usize,
    /// States in which nothing is left to do.
    pub ended: usize,
    /// Of these, delivered.
    pub delivered: usize,
    /// Of these, refunded.
    pub failed: usize,
    /// The latest tick.
    pub ticks: u8,
    /// Everything that happened somewhere.
    pub seen: BTreeSet<&'static str>,
    /// How long it took.
    pub took: Duration,
    /// The first invariant found violated.
    pub broken: Option<Counterexample>,
}

/// A violated invariant and the events that lead there.
#[derive(Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// The invariant or promise.
    pub violated: String,
    /// What happened, step by step.
    pub story: Vec<String>,
}

/// Where a state was first come from: the state before, what happened, and when.
type Origin = (u32, Option<Event>, u8);

/// Explores all of it, or up to the first violated invariant.
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
                    found.broken = Some(Counterexample { violated, story: story(id, &origins) });
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
    found.broken = without_an_end(origins.len(), &mut edges, &ends)
        .map(|id| Counterexample { violated: "invariant 5: no end can be reached".into(), story: story(id, &origins) });
    Explored { states: origins.len(), steps: edges.len(), ended: ends.len(), took: began.elapsed(), ..found }
}

/// A state as a number. Two of them are one state if they differ only in how versions, looks, messages and handlers are
/// numbered. 64 bits: two of a million states collide once in some ten million explorations.
fn fingerprint(state: &ModelState) -> u64 {
    let relative = |image: Image| {
        (image.body, state.job.version.wrapping_sub(image.version), state.job.sequence.wrapping_sub(image.sequence))
    };
    // Summed: a bag has no order.
    let bag = state.bag.iter().map(|message| {
        let behind = state.job.sequence.wrapping_sub(message.sequence);
        hashed(&(message.queue, message.receives, message.visible_at, behind))
    });
    let handlers = state.handlers.iter().map(|handler| {
        let message = handler.message.map(|held| (held.queue, held.receives, state.job.sequence.wrapping_sub(held.sequence)));
        let step = handler.step.over(relative);
        hashed(&(handler.who, step, relative(handler.image), handler.started, message))
    });
    let bag = bag.fold(0u64, u64::wrapping_add);
    let handlers = handlers.fold(0u64, u64::wrapping_add);
    let job = state.job.body;
    hashed(&(state.now, job, &state.ledger, bag, handlers, &state.tasks, state.chat, state.left, state.invalid))
}

/// A state from which no end can be reached, looking backwards from the ends.
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

fn story(mut id: u32, origins: &[Origin]) -> Vec<String> {
    let mut story = Vec::new();
    while let (from, Some(Event { cause, who, what }), now) = origins[id as usize] {
        story.push(who.map_or(format!("{now:>3}  {what}"), |who| format!("{now:>3}  {cause}{who:?} {what}")));
        id = from;
    }
    story.reverse();
    story
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, steps, ended, delivered, failed, ticks, took, broken, .. } = self;
        write!(f, "{states} states, {steps} steps, {ended} ends ({delivered} delivered, {failed} refunded), {ticks} ticks")?;
        write!(f, ", {:.1} s", took.as_secs_f32())?;
        match broken {
            None => Ok(()),
            Some(Counterexample { violated, story }) => write!(f, "\n{violated}\n{}", story.join("\n")),
        }
    }
}
