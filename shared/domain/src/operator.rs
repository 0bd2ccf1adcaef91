//! The commands that an operator sends to the bot.
//!
//! From any other person these commands are ordinary text.

use jiff::Timestamp;

use crate::{
    credits::{self, Credits, Entry},
    ids::UserId,
    job::{Job, State},
    utf16::shortened,
};

/// Most credits in one grant, so that a typing error cannot grant a fortune.
pub const GRANT_MAX: u32 = 10_000;
/// Longest reason of a grant, in UTF-16 units; a longer reason is cut.
const REASON_MAX_UNITS: usize = 200;

/// A command of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorCommand {
    /// `/admin`: the figures of today, the queue and KIE.
    Overview,
    /// `/grant`: a grant of credits, or the reason why the grant is refused.
    Grant(Result<Grant, GrantRefusal>),
}

/// A grant of credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The person who receives the credits.
    pub person: UserId,
    /// The amount of the grant.
    pub credits: Credits,
    /// The operator's reason, for the ledger.
    pub reason: String,
}

/// Why a `/grant` is refused. No credits were granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantRefusal {
    /// The command is not of the form `/grant <person> <credits> <reason>`.
    Malformed,
    /// The amount is not between 1 and [`GRANT_MAX`].
    Amount,
    /// The reason is missing; the ledger needs one.
    NoReason,
}

impl OperatorCommand {
    /// The operator command in a message; `None` if the message is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        // Telegram may append the bot's name to a command: `/admin@bot`.
        match words.next()?.split('@').next()? {
            "/admin" => Some(Self::Overview),
            "/grant" => Some(Self::Grant(Grant::parse(&words.collect::<Vec<_>>()))),
            _ => None,
        }
    }
}

impl Grant {
    fn parse(words: &[&str]) -> Result<Self, GrantRefusal> {
        let [person, credits, reason @ ..] = words else { return Err(GrantRefusal::Malformed) };
        let person = person.parse().ok().filter(|id| *id > 0).map(UserId).ok_or(GrantRefusal::Malformed)?;
        let credits: u32 = credits.parse().map_err(|_| GrantRefusal::Malformed)?;
        if !(1..=GRANT_MAX).contains(&credits) {
            return Err(GrantRefusal::Amount);
        }
        let reason: String = reason.join(" ").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if reason.is_empty() {
            return Err(GrantRefusal::NoReason);
        }
        Ok(Self { person, credits: Credits(credits), reason: shortened(&reason, REASON_MAX_UNITS) })
    }

    /// The ledger entry of the grant, with the operator and the reason in its note. The update's id is the idempotency key: an
    /// update that Telegram delivers again grants nothing more.
    #[must_use]
    pub fn entry(&self, operator: UserId, update: i64, now: Timestamp) -> Entry {
        let why = format!("operator {operator}: {}", self.reason);
        credits::grant(self.person, &format!("operator-{update}"), self.credits, &why, now)
    }
}

/// The counts of one day (UTC) so far, or what one event adds to them. What KIE took for a job is counted on the day on which the
/// job ends, with its end: so it is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Videos ordered and charged on the day.
    pub ordered: u64,
    /// Credits charged for them.
    pub charged: u64,
    /// Free replays begun on the day.
    pub replayed: u64,
    /// Videos delivered on the day, free replays included.
    pub delivered: u64,
    /// Videos refunded on the day, free replays included.
    pub refunded: u64,
    /// What KIE took for the jobs that ended on the day, free replays included, in thousandths of KIE's credits.
    pub kie_millicredits: u64,
    /// Films for which KIE took credits, of the charged jobs that ended on the day.
    pub kie_films: u64,
    /// Films for which KIE took credits, of the free replays that ended on the day.
    pub kie_replay_films: u64,
}

impl Day {
    /// What a confirmed order adds.
    #[must_use]
    pub fn of_order(jobs: &[&Job]) -> Self {
        let charged = jobs.iter().map(|job| u64::from(job.order.price.0)).sum();
        Self { ordered: jobs.len() as u64, charged, ..Self::default() }
    }

    /// What a free replay adds when it begins.
    #[must_use]
    pub fn of_replay() -> Self {
        Self { replayed: 1, ..Self::default() }
    }

    /// What a job adds when it ends.
    #[must_use]
    pub fn of_end(job: &Job) -> Self {
        let films = u64::from(job.making.kie_films);
        let (kie_films, kie_replay_films) = if job.order.is_free() { (0, films) } else { (films, 0) };
        let (delivered, refunded) = match job.state {
            State::Delivered { .. } => (1, 0),
            State::Failed { .. } => (0, 1),
            _ => (0, 0),
        };
        let kie_millicredits = job.making.kie_millicredits;
        Self { delivered, refunded, kie_millicredits, kie_films, kie_replay_films, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::Kind,
        classify::Class,
        ids::{DraftId, JobId},
        job::{Making, Notified, Order, sample_order},
        rules::Rules,
    };

    fn job(price: u32, state: Option<State>) -> Job {
        let id = JobId { draft: DraftId(uuid::Uuid::from_u128(1)), n: 1 };
        let order = Order { price: Credits(price), ..sample_order(Kind::Reels) };
        let confirmed = Job::confirmed(UserId(5), id, order, Timestamp::UNIX_EPOCH, &Rules::default());
        let making = Making { kie_millicredits: 65_600, kie_films: 2, ..Making::default() };
        Job { state: state.unwrap_or(confirmed.state.clone()), making, ..confirmed }
    }

    fn refunded() -> Option<State> {
        Some(State::Failed { class: Class::BrokenUpstream, why: None, notified: Notified::Yes, on_return: false })
    }

    #[test]
    fn an_order_counts_its_videos_and_its_credits() {
        let (one, other) = (job(1, None), job(3, None));
        assert_eq!(Day::of_order(&[&one, &other]), Day { ordered: 2, charged: 4, ..Day::default() });
    }

    #[test]
    fn the_end_of_a_job_counts_what_kie_took_for_all_its_tasks() {
        let spent = Day { kie_millicredits: 65_600, kie_films: 2, ..Day::default() };
        assert_eq!(Day::of_end(&job(3, refunded())), Day { refunded: 1, ..spent });
        let delivered = State::Delivered { file_id: None, message_id: 1, sent_as: crate::job::SentAs::Video, video_key: None };
        assert_eq!(Day::of_end(&job(3, Some(delivered))), Day { delivered: 1, ..spent });
    }

    #[test]
    fn the_films_of_a_free_replay_are_counted_apart_from_the_charged_ones() {
        let replay = Day { kie_films: 0, kie_replay_films: 2, kie_millicredits: 65_600, ..Day::default() };
        assert_eq!(Day::of_end(&job(0, refunded())), Day { refunded: 1, ..replay });
        assert_eq!(Day::of_replay(), Day { replayed: 1, ..Day::default() });
    }

    #[test]
    fn no_other_text_is_an_operator_command() {
        assert_eq!(OperatorCommand::parse("/admin@neuro_bot now"), Some(OperatorCommand::Overview));
        for text in ["", "admin", "/administer", "/grants 7 5 x", "/start", "a mug /admin"] {
            assert_eq!(OperatorCommand::parse(text), None, "{text}");
        }
    }
}
