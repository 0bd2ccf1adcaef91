//! What is true at the end of a run, and whether everybody was told exactly that. Judged from the chats of the stand-in and the
//! ledger, never by the code's own idea of what it said.

use std::collections::{BTreeMap, BTreeSet};

use adapters::table::Holdings;
use domain::{
    classify::Class,
    credits::{Credits, Entry, EntryKey, EntryKind},
    ids::JobId,
    job::{Job, State, Told},
    screen::shortened,
    texts::Ending,
};
use standins::{
    kie::TaskState,
    telegram::{Author, Body, ChatLine},
};
use stories::world::{Seller, World};

/// Longest between the decision of a write and its effect, in milliseconds: a call that is late past the lease is the latest.
const WRITE_MAX_MS: i64 = 160_000;

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

/// Judges one person.
pub fn judge(world: &World, seller: &Seller, holdings: &Holdings) -> Judged {
    let mut judged = Judged { jobs: holdings.jobs.len(), ..Judged::default() };
    judged.broken = holdings.broken().into_iter().map(|broken| broken.0).collect();
    count_credits(holdings, &mut judged);
    let chat = Chat::of(&seller.person.chat());
    for job in &holdings.jobs {
        if !job.has_ended() || job.due_at.is_some() {
            judged.open.push(format!("{} is {}, due {:?}", job.id, job.state.name(), job.due_at));
            continue;
        }
        in_time(world, holdings, job, &mut judged);
        told(&chat, holdings, job, &mut judged);
        if orphans(world, job) {
            judged.ended(Ended::OrphanTask, 1);
        }
    }
    let known: BTreeSet<JobId> = holdings.jobs.iter().map(|job| job.id).collect();
    for (job, text) in chat.refunds.iter().flat_map(|(job, news)| news.iter().map(move |(_, text)| (job, text))) {
        if job.is_some_and(|job| !known.contains(&job)) {
            judged.misinformed.push(format!("told of a job that does not exist: {text:?}"));
        }
    }
    judged
}

/// The balance against what it should be: what was given, less what was delivered.
fn count_credits(holdings: &Holdings, judged: &mut Judged) {
    let given: i64 = holdings
        .entries
        .iter()
        .filter(|entry| matches!(entry.key, EntryKey::Grant(_) | EntryKey::Purchase(_)))
        .map(|entry| entry.amount)
        .sum();
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

/// Law 5: every job ends by its deadlines, a lease and two sweeps.
fn in_time(world: &World, holdings: &Holdings, job: &Job, judged: &mut Judged) {
    let settled = holdings.entries.iter().find(|entry| entry.key == EntryKey::Settlement(job.id));
    let Some(settled) = settled else { return };
    let (rules, sweep) = (&world.times.rules, world.times.sweep_every);
    let latest = job.confirmed_at + rules.generation_deadline + rules.delivery_deadline + 2 * rules.lease + 4 * sweep;
    if settled.at > latest {
        judged.broken.push(format!("law 5: {} was settled {} after its order", job.id, settled.at - job.confirmed_at));
    }
}

/// What a chat says about jobs.
struct Chat {
    /// Videos, by job.
    videos: BTreeMap<JobId, usize>,
    /// News of refunds, by the job in their buttons: when, and what.
    refunds: BTreeMap<Option<JobId>, Vec<(i64, String)>>,
}

impl Chat {
    fn of(lines: &[ChatLine]) -> Self {
        let mut chat = Self { videos: BTreeMap::new(), refunds: BTreeMap::new() };
        for line in lines.iter().filter(|line| line.author == Author::Bot && line.message_id != 0) {
            let job = job_in_buttons(line);
            match &line.body {
                Body::Video(video) if is_delivery(&video.caption) => {
                    if let Some(job) = job {
                        *chat.videos.entry(job).or_default() += 1;
                    }
                }
                Body::Text { text, .. } if line.edited_ms.is_none() && claims_a_refund(text) => {
                    chat.refunds.entry(job).or_default().push((line.at_ms, text.clone()));
                }
                _ => {}
            }
        }
        chat
    }
}

/// Whether a caption is that of a delivery, not of a video sent once more.
fn is_delivery(caption: &str) -> bool {
    caption.starts_with('✅')
}

/// Whether a message says that credits came back: the beginnings and ends of the news, not of a page that explains.
fn claims_a_refund(text: &str) -> bool {
    let news = text.starts_with('❌') || text.starts_with('⏳');
    news && ["Your credit is back.", "are back.", "Кредит возвращён.", "Возвращено:"].iter().any(|claim| text.contains(claim))
}

fn job_in_buttons(line: &ChatLine) -> Option<JobId> {
    let data = line.keyboard.iter().flatten().filter_map(|button| button.data.as_deref());
    data.filter_map(|data| data.split_once(':')).find_map(|(_, job)| job.parse().ok())
}

/// Whether a job's person was told exactly what is so.
fn told(chat: &Chat, holdings: &Holdings, job: &Job, judged: &mut Judged) {
    let videos = chat.videos.get(&job.id).copied().unwrap_or_default();
    let news = chat.refunds.get(&Some(job.id)).cloned().unwrap_or_default();
    let mut said = Vec::new();
    let mut wrong = |what: String| said.push(format!("{}: {what}", job.id));
    match job.state {
        State::Delivered { .. } => {
            judged.ended(Ended::Delivered, 1);
            if videos == 0 {
                wrong("captured, and no video is in the chat".into());
            }
            if let Some((_, text)) = news.first() {
                wrong(format!("delivered, and told {text:?}"));
            }
        }
        State::Failed { class, why, told } => {
            judged.ended(if videos > 0 { Ended::RefundedThoughSent } else { Ended::Refunded }, 1);
            if videos > 0 && !matches!(class, Class::CouldNotDeliver | Class::Unreachable) {
                wrong(format!("a video is in the chat, and it is called {}", class.name()));
            }
            // Nothing under this news carries the job: it is found by its text.
            let news = if class == Class::OurAccount { chat.refunds.get(&None).cloned().unwrap_or_default() } else { news };
            if told == Told::Yes && news.is_empty() {
                wrong(format!("failed as {} and recorded as told, and nobody said so", class.name()));
            }
            if class != Class::OurAccount {
                judged.ended(Ended::ToldAgain, news.len().saturating_sub(1));
            }
            let price = job.order.price;
            let text_at = |balance| plain(&job.order.locale.ended(Ending { class, why, refunded: price, balance }));
            for (at_ms, text) in &news {
                let balances = balances_until(holdings, job, *at_ms);
                if class != Class::OurAccount && !balances.iter().any(|balance| text_at(*balance) == *text) {
                    let texts = shortened(text, 300);
                    wrong(format!("told {texts:?}, which fits none of the balances {balances:?} after the refund"));
                }
            }
        }
        _ => {}
    }
    judged.ended(Ended::SentAgain, videos.saturating_sub(1));
    judged.misinformed.extend(said);
}

/// Every balance there may have been between a job's refund and a moment. Entries say when they were decided, not in which order
/// the table took them: those of one instant, and those decided in the seconds that a write may take, count in any order.
fn balances_until(holdings: &Holdings, job: &Job, at_ms: i64) -> BTreeSet<Credits> {
    let own = |entry: &&Entry| entry.key == EntryKey::Settlement(job.id) && entry.kind == EntryKind::Refund;
    let Some(refund) = holdings.entries.iter().find(own) else { return BTreeSet::new() };
    let certain_before = refund.at.as_millisecond() - WRITE_MAX_MS;
    let before = holdings.entries.iter().filter(|entry| entry.at.as_millisecond() < certain_before);
    let mut balances = BTreeSet::from([before.map(|entry| entry.amount).sum::<i64>() + refund.amount]);
    let later = holdings.entries.iter().filter(|entry| (certain_before..=at_ms).contains(&entry.at.as_millisecond()));
    for entry in later.filter(|entry| entry.amount != 0 && !own(entry)) {
        let with: Vec<_> = balances.iter().map(|balance| balance + entry.amount).collect();
        balances.extend(with);
    }
    balances.into_iter().filter_map(|balance| u32::try_from(balance).ok()).map(Credits).collect()
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

fn plain(html: &str) -> String {
    ["<b>", "</b>", "<i>", "</i>"].iter().fold(html.to_owned(), |text, tag| text.replace(tag, ""))
}
