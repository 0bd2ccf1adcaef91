//! What is true at the end of a run, and whether everybody was told exactly that. Judged from the chats of the stand-in and the
//! ledger, never by the code's own idea of what it said.

mod chat;
mod gifts;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use adapters::table::Holdings;
use domain::{
    classify::Class,
    credits::EntryKey,
    ids::JobId,
    job::{Job, State},
};
use standins::kie::TaskState;
use testkit::environment::{Seller, World};

use chat::Chat;
pub use gifts::Gifts;

/// How a job ended, and what it cost on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ended {
    /// Delivered and captured.
    Delivered,
    /// Refunded, and told or unreachable.
    Refunded,
    /// The video is in the chat more than once.
    SentAgain,
    /// Refunded although a video is in the chat: it could not be confirmed, and the text says so.
    RefundedThoughSent,
    /// The news of a refund came more than once.
    ToldAgain,
    /// KIE made a film that nobody fetched.
    OrphanTask,
}

impl Ended {
    /// The letter in the matrix.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::Delivered => "D",
            Self::Refunded => "R",
            Self::SentAgain => "2",
            Self::RefundedThoughSent => "?",
            Self::ToldAgain => "t",
            Self::OrphanTask => "o",
        }
    }
}

/// What was found about one person.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// How their jobs ended, and how often.
    pub endings: BTreeMap<Ended, usize>,
    /// Jobs.
    pub jobs: usize,
    /// Credits that are gone without a delivery, or there without an origin: absolute.
    pub lost: u64,
    /// Likewise.
    pub minted: u64,
    /// What a person was told that is not so, or was not told.
    pub misinformed: Vec<String>,
    /// Jobs that have not ended, or whose person does not know.
    pub open: Vec<String>,
    /// Laws of money that do not hold.
    pub broken: Vec<String>,
}

impl Judged {
    fn ended(&mut self, how: Ended, times: usize) {
        if times > 0 {
            *self.endings.entry(how).or_default() += times;
        }
    }
}

/// Judges one person, by what they have and what they were given.
pub fn judge(world: &World, seller: &Seller, holdings: &Holdings, gifts: &Gifts) -> Judged {
    let mut judged = Judged { jobs: holdings.jobs.len(), ..Judged::default() };
    judged.broken = holdings.broken().into_iter().map(|broken| broken.0).collect();
    count_credits(holdings, gifts, &mut judged);
    let chat = Chat::of(&seller.person.chat());
    for job in &holdings.jobs {
        if !job.has_ended() || job.due_at.is_some() {
            judged.open.push(format!("{} is {}, due {:?}", job.id, job.state.name(), job.due_at));
            continue;
        }
        in_time(world, holdings, job, &mut judged);
        told::of_the_end(world, &chat, holdings, job, &mut judged);
        if orphans(world, job) {
            judged.ended(Ended::OrphanTask, 1);
        }
    }
    told::of_the_way(&chat, holdings, &mut judged);
    told::of_balances(&chat, holdings, &mut judged);
    let known: BTreeSet<JobId> = holdings.jobs.iter().map(|job| job.id).collect();
    for (job, text) in chat.refunds.iter().flat_map(|(job, news)| news.iter().map(move |(_, text)| (job, text))) {
        if job.is_some_and(|job| !known.contains(&job)) {
            judged.misinformed.push(format!("told of a job that does not exist: {text:?}"));
        }
    }
    judged
}

/// The balance against what it should be: what was given by who may give, less what was delivered.
fn count_credits(holdings: &Holdings, gifts: &Gifts, judged: &mut Judged) {
    let given = gifts.due(holdings);
    let spent: i64 = holdings
        .jobs
        .iter()
        .filter(|job| !matches!(job.state, State::Failed { .. }))
        .map(|job| i64::from(job.order.price.0))
        .sum();
    let (there, due) = (i64::from(holdings.balance.unwrap_or_default().0), given - spent);
    judged.lost = u64::try_from(due - there).unwrap_or(0);
    judged.minted = u64::try_from(there - due).unwrap_or(0);
}

/// Law 5: every job ends by its deadlines, with a lease and two sweeps for each of them.
fn in_time(world: &World, holdings: &Holdings, job: &Job, judged: &mut Judged) {
    let settled = holdings.entries.iter().find(|entry| entry.key == EntryKey::Settlement(job.id));
    let Some(settled) = settled else { return };
    let (rules, sweep) = (&world.times.rules, world.times.sweep_every);
    let latest = job.confirmed_at + rules.generation_deadline + rules.delivery_deadline + 2 * rules.lease + 4 * sweep;
    if settled.at > latest {
        judged.broken.push(format!("law 5: {} was settled {} after its order", job.id, settled.at - job.confirmed_at));
    }
}

/// Whether KIE made a film for a job that nobody fetched.
fn orphans(world: &World, job: &Job) -> bool {
    let of_job = |url: &String| url.contains(&job.id.to_string());
    let tasks = world.kie.tasks().into_iter().filter(|task| task.callback_url.as_ref().is_some_and(of_job));
    let films = tasks.filter(|task| matches!(task.state, TaskState::Success)).count();
    let used = match job.state {
        State::Delivered { .. } => 1,
        State::Failed { class: Class::CouldNotDeliver | Class::TooLarge | Class::Unreachable, .. } => 1,
        _ => 0,
    };
    films > used
}
