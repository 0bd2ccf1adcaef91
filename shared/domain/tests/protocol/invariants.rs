//! The checks of every state: the invariants, the promises to the seller, and the end that the sweeper alone can reach.

use domain::{
    classify::Class,
    credits::{self, Credits, Entry, EntryKey},
    invariants,
    job::{Idle, Job, Next, Notified, State},
};

use crate::{
    decisions::{Decisions, Made, ModelTransition},
    handlers::rest_until,
    mix::Map,
    model::{Budget, GRANTED, LEASE, Mistake, Model, PRICE, Tick, at, tick},
    parts::{Image, Ledger},
    state::ModelState,
};

/// The checks, with a cache of their results.
#[derive(Debug, Default)]
pub struct Checker {
    money: Map<(u16, Ledger), Option<String>>,
    alone: Map<(u16, Tick), Option<String>>,
}

impl Checker {
    /// The first invariant that this state violates.
    pub fn violated(&mut self, state: &ModelState, model: &Model, decisions: &mut Decisions) -> Option<String> {
        if let Some(what) = state.invalid {
            return Some(format!("protocol: the job did not allow the transition of {what:?}"));
        }
        let broken = self.money(state, decisions).or_else(|| promises(state, model.budget, decisions.job(state.job)));
        // Without a sweeper only the whole graph shows whether the job can end.
        if broken.is_some() || model.has(Mistake::SweeperOff) { broken } else { self.ends_alone(state, model, decisions) }
    }

    /// Checks the invariants 1 to 4 and 8 with the domain's own check.
    fn money(&mut self, state: &ModelState, decisions: &Decisions) -> Option<String> {
        let key = (state.job.body, state.ledger.clone());
        self.money.entry(key).or_insert_with(|| money(&state.ledger, decisions.job(state.job))).clone()
    }

    /// Checks invariant 5: if only the sweeper runs from now on, the job ends by its deadline plus one lease plus one sweep, and
    /// the seller is notified.
    fn ends_alone(&mut self, state: &ModelState, model: &Model, decisions: &mut Decisions) -> Option<String> {
        let key = (state.job.body, state.now);
        if let Some(known) = self.alone.get(&key) {
            return known.clone();
        }
        let found = ends_alone(state.job, state.now, model, decisions);
        self.alone.insert(key, found.clone());
        found
    }
}

fn money(ledger: &Ledger, job: &Job) -> Option<String> {
    let charge = credits::charge(job.user, job.id, Credits(PRICE), at(0));
    let settled = ledger.settled.iter().map(|settled| Entry {
        key: EntryKey::Settlement(job.id),
        kind: settled.kind,
        amount: settled.amount,
        ..charge.clone()
    });
    let grant = credits::grant(job.user, "welcome", Credits(GRANTED), "", at(0));
    let entries: Vec<Entry> = [grant, charge.clone()].into_iter().chain(settled).collect();
    invariants::violations(Credits(ledger.balance), &entries, std::slice::from_ref(job))
        .into_iter()
        .next()
        .map(|violation| format!("invariant {}: {violation}", violation.invariant()))
}

/// The first broken promise to the seller or the operator.
fn promises(state: &ModelState, budget: Budget, job: &Job) -> Option<String> {
    let (chat, left) = (&state.chat, &state.left);
    let repeats = (budget.crashes - left.crashes) + (budget.lost_replies - left.lost_replies);
    let idle = state.handlers.is_empty();
    let failed = matches!(job.state, State::Failed { .. });
    let of = |attempt| state.tasks.iter().filter(|task| task.attempt == attempt).count();
    let strange = match &job.state {
        State::Generating { attempt, task, .. } => {
            let known = task.0.parse().ok().and_then(|n: usize| state.tasks.get(n));
            known.is_none_or(|task| u32::from(task.attempt) != *attempt)
        }
        _ => false,
    };
    let broken = [
        (
            chat.false_notifications > 0,
            "invariant 7: the seller was notified of a refund before it was written, or with a wrong balance",
        ),
        (chat.videos > 1 + repeats, "invariant 6: a video was sent twice without a crash or a lost reply"),
        (chat.notifications > 1 + repeats, "invariant 6: the seller was notified twice without a crash or a lost reply"),
        (
            failed && chat.videos > 0 && repeats == 0,
            "one way to end: refunded under a video that arrived, without a crash or a lost reply",
        ),
        (matches!(job.state, State::Delivered { .. }) && chat.videos == 0, "invariant 4: captured without a video"),
        (
            matches!(job.state, State::Delivered { .. }) && chat.notifications > 0,
            "invariant 7: captured, and the seller was notified of a refund",
        ),
        (
            idle && matches!(job.state, State::Failed { notified: Notified::Yes, .. }) && chat.notifications == 0,
            "invariant 7: the job records a notification that was not sent",
        ),
        (state.tasks.iter().any(|task| of(task.attempt) > 1), "invariant 6: two tasks for one attempt"),
        (state.tasks.len() > 2, "invariant 6: more tasks than attempts"),
        (strange, "invariant 6: a task of another attempt"),
    ];
    broken.into_iter().find(|(broken, _)| *broken).map(|(_, violated)| violated.to_owned())
}

fn ends_alone(job: Image, now: Tick, model: &Model, decisions: &mut Decisions) -> Option<String> {
    const SWEEP: Tick = 1;
    let bound = |job: Image, now: Tick, decisions: &Decisions| {
        let deadline = decisions.job(job).deadline(decisions.rules()).map_or(now, tick);
        (deadline, deadline.max(now) + LEASE + SWEEP)
    };
    let (mut deadline, mut by) = bound(job, now, decisions);
    let (mut job, mut now) = (job, now);
    // The loop runs past the bound, because the seller must be notified too.
    loop {
        if now > by && !decisions.job(job).has_ended() {
            return Some(format!("invariant 5: {} at tick {now}, its deadline was {deadline}", decisions.job(job).state.name()));
        }
        if decisions.due_at(job).is_some_and(|due| due <= now) {
            let was_held = matches!(decisions.job(job).state, State::Held { .. });
            job = swept(job, now, model, decisions);
            // A held film has a later deadline, which counts from the film's own date.
            if !was_held && matches!(decisions.job(job).state, State::Held { .. }) {
                (deadline, by) = bound(job, now, decisions);
            }
        }
        if now >= by + 8 {
            break;
        }
        now += 1;
    }
    (!decisions.is_closed(job)).then(|| "invariant 5: the seller is never notified".to_owned())
}

/// The job after a sweep, when its messages are lost and Telegram answers.
fn swept(job: Image, now: Tick, model: &Model, decisions: &mut Decisions) -> Image {
    let transitions = match decisions.next(job, now) {
        Next::Nothing(Idle::Until(until)) => vec![ModelTransition::Resting(rest_until(job, tick(until), model, decisions))],
        // The model's order has no status message.
        Next::Nothing(Idle::Closed | Idle::Leased(_)) | Next::ShowEnd => vec![],
        Next::End(class, _) if class == Class::Unreachable => vec![ModelTransition::Ended(class)],
        Next::End(class, _) => vec![ModelTransition::Ended(class), ModelTransition::Notified(true)],
        Next::Notify => vec![ModelTransition::ClaimNotification, ModelTransition::Notified(true)],
        Next::Hold => vec![ModelTransition::Held],
        Next::Prepare | Next::Submit(_) | Next::Poll(_) | Next::Send | Next::Recheck => vec![ModelTransition::Requeued],
    };
    transitions.into_iter().fold(job, |job, transition| match decisions.make(job, transition, now) {
        Some(Made::Job(job) | Made::Transition(job, _) | Made::Settled(job, _)) => job,
        Some(Made::End(_)) | None => job,
    })
}
