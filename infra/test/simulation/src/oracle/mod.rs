//! The oracle: at the end of a run it compares the notifications of every seller with the ledger. It reads the chats of the fake
//! Telegram, never the bot's own record of its notifications.

mod charges;
mod chat;
mod films;
mod findings;
mod gifts;
mod limits;
mod notified;
mod operator;
mod status;

use std::collections::BTreeSet;

use adapters::table::AccountSnapshot;
use domain::{
    classify::Class,
    credits::EntryKey,
    ids::JobId,
    job::{Job, State},
};
use fakes::kie::TaskState;
use testkit::environment::{Seller, TestEnvironment};

use chat::Chat;
pub use chat::Delays;
pub use findings::{Findings, JobEnding, RefundedThoughSent};
pub use gifts::Gifts;
pub use limits::passed;
pub use operator::untrue_answers;

use crate::history::History;

/// What the simulation knows of one seller at the end of a run.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The seller's items.
    pub snapshot: &'a AccountSnapshot,
    /// The commits of the seller's ledger.
    pub history: &'a History,
    /// The messages that a fault delayed.
    pub delays: &'a Delays,
}

/// Examines one seller: their items, their chat, and the credits that they may have been given.
pub fn examine(env: &TestEnvironment, seller: &Seller, evidence: Evidence<'_>, gifts: &Gifts) -> Findings {
    let Evidence { snapshot, history, delays } = evidence;
    let mut findings = Findings { jobs: snapshot.jobs.len(), ..Findings::default() };
    findings.broken =
        snapshot.violations().iter().map(|violation| format!("invariant {}: {violation}", violation.invariant())).collect();
    count_credits(snapshot, gifts, &mut findings);
    let chat = Chat::of(&seller.person.chat(), delays);
    for job in &snapshot.jobs {
        if !job.has_ended() || job.due_at.is_some() {
            findings.open.push(format!("job {} is {}, due {:?}", job.id, job.state.name(), job.due_at));
            continue;
        }
        in_time(env, snapshot, job, &mut findings);
        notified::of_the_end(env, &chat, history, job, &mut findings);
        if orphans(env, job) {
            findings.ended(JobEnding::OrphanTask, 1);
        }
    }
    notified::of_the_way(&chat, history, snapshot, &mut findings);
    notified::of_ends(env, &chat, history, snapshot, &mut findings);
    notified::of_balances(&chat, history, &mut findings);
    charges::of_charges(&chat, history, snapshot, &mut findings);
    charges::of_refusals(&chat, history, &mut findings);
    films::of_films(&chat, &films::made(env, &chat, snapshot), &mut findings);
    let known: BTreeSet<JobId> = snapshot.jobs.iter().map(|job| job.id).collect();
    for (job, text) in chat.refunds.iter().flat_map(|(job, news)| news.iter().map(move |news| (job, &news.text))) {
        if job.is_some_and(|job| !known.contains(&job)) {
            findings.misinformed.push(format!("notified of a job that does not exist: {text:?}"));
        }
    }
    findings
}

/// Compares the balance with the credits given less the prices of all jobs that did not fail.
fn count_credits(snapshot: &AccountSnapshot, gifts: &Gifts, findings: &mut Findings) {
    let given = gifts.due(snapshot);
    let spent: i64 = snapshot
        .jobs
        .iter()
        .filter(|job| !matches!(job.state, State::Failed { .. }))
        .map(|job| i64::from(job.order.price.0))
        .sum();
    let (balance, expected) = (snapshot.balance.unwrap_or_default().0, given - spent);
    findings.lost = u64::try_from(expected - balance).unwrap_or(0);
    findings.minted = u64::try_from(balance - expected).unwrap_or(0);
}

/// Invariant 5: every job ends by its two deadlines, plus a lease and two sweeps for each of them.
fn in_time(env: &TestEnvironment, snapshot: &AccountSnapshot, job: &Job, findings: &mut Findings) {
    let settled = snapshot.entries.iter().find(|entry| entry.key == EntryKey::Settlement(job.id));
    let Some(settled) = settled else { return };
    let (rules, sweep) = (&env.times.rules, env.times.sweep_every);
    let latest = job.confirmed_at + rules.generation_deadline + rules.delivery_deadline + 2 * rules.lease + 4 * sweep;
    if settled.at > latest {
        findings.broken.push(format!(
            "invariant 5: job {} was settled {} after its order",
            job.id,
            settled.at - job.confirmed_at
        ));
    }
}

/// Whether KIE made a video for the job that no function fetched.
fn orphans(env: &TestEnvironment, job: &Job) -> bool {
    let tasks = env.kie.tasks().into_iter().filter(|task| env.attempt_of(task).is_some_and(|(_, id, _)| id == job.id));
    let films = tasks.filter(|task| matches!(task.state, TaskState::Success)).count();
    let used = match job.state {
        State::Delivered { .. } => 1,
        State::Failed { class: Class::CouldNotDeliver | Class::TooLarge | Class::Unreachable, .. } => 1,
        _ => 0,
    };
    films > used
}
