//! The letter that the refunder parks for the operator: a dead letter with attributes for a list, and a body with the job's
//! history.

#[cfg(test)]
mod golden;

use aws_lambda_events::sqs::SqsMessage;
use domain::{
    classify::Class,
    job::{Job, Next, State},
    job_message::JobMessage,
    rules::Rules,
};
use jiff::Timestamp;
use serde::Serialize;

/// A message for the parked queue, which holds dead letters kept for inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The attributes that a list of letters shows. SQS allows ten.
    pub(crate) attributes: Vec<(&'static str, String)>,
    /// The fields of the dead letter's job message, and the history of its job. Without a job: the dead letter's body, unchanged.
    pub(crate) body: String,
}

/// The body of a letter about a job. The body still parses as a job message, so that a reader of the queue finds the job.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    job_message: &'a JobMessage,
    /// The key of the job's unsent video in the media store. A replay sends this video.
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<&'a str>,
    history: Vec<Event>,
}

/// One event of the job's history. The time is absent if the table does not store it.
#[derive(Serialize)]
struct Event {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    what: String,
}

/// The input of a letter: the dead letter, and its job before and after the refunder handled the job.
pub(crate) struct Known<'a> {
    /// The dead letter as SQS delivered it.
    pub(crate) message: &'a SqsMessage,
    /// The job message in the dead letter's body; `None` if the body cannot be read.
    pub(crate) job_message: Option<&'a JobMessage>,
    /// The job before the refunder handled it; `None` if the table has no such job or it cannot be read.
    pub(crate) before: Option<&'a Job>,
    /// The job after the refunder handled it; `None` if `before` is `None`.
    pub(crate) after: Option<&'a Job>,
    /// The time at which the letter is written.
    pub(crate) now: Timestamp,
}

impl Known<'_> {
    /// Builds the letter to park. A letter about a job contains no text that a user wrote.
    pub(crate) fn letter(&self, rules: &Rules) -> Letter {
        let received_body = self.message.body.as_deref().unwrap_or_default();
        let from = self.message.event_source_arn.as_deref().unwrap_or_default();
        let mut attributes = vec![("queue", from.rsplit(':').next().unwrap_or_default().to_owned())];
        let Some(job_message) = self.job_message else { return Letter { attributes, body: received_body.to_owned() } };
        attributes.extend([("job", job_message.job.to_string()), ("person", job_message.user.to_string())]);
        let Some(before) = self.before else {
            attributes.push(("stage", "unknown".to_owned()));
            return Letter { attributes, body: received_body.to_owned() };
        };
        let after = self.after.unwrap_or(before);
        let class = class_of(before, self.now, rules);
        attributes.extend([
            ("stage", before.state.name().to_owned()),
            ("class", class.map_or("-", Class::name).to_owned()),
            ("attempts", before.state.attempts().to_string()),
            ("refunded", refunded(after)),
            ("first_seen", self.first_seen().unwrap_or(before.confirmed_at).to_string()),
        ]);
        let body = Body { job_message, video: video_of(before), history: self.history(before, after) };
        // Ids, names and times always serialise, so the fallback is never used.
        Letter { attributes, body: serde_json::to_string_pretty(&body).unwrap_or_else(|_| received_body.to_owned()) }
    }

    /// The time at which the message was first sent. SQS keeps this time when it moves a message to a dead-letter queue.
    fn first_seen(&self) -> Option<Timestamp> {
        let millis = self.message.attributes.get("SentTimestamp")?.parse().ok()?;
        Timestamp::from_millisecond(millis).ok()
    }

    /// The events of the job, the dead letter itself, and the state that the refunder wrote, if it wrote one.
    fn history(&self, before: &Job, after: &Job) -> Vec<Event> {
        let (n, order) = (before.id.n, &before.order);
        let paid = format!("confirmed: {}, video {n} of {}, for {} credits", order.product, order.count, order.price.0);
        let mut events = vec![Event { at: Some(before.confirmed_at), what: paid }];
        let (at, stage) = match &before.state {
            State::Queued { attempts, postponed } => {
                (None, format!("queued: {attempts} attempts used, postponed {postponed} times"))
            }
            State::Submitting { attempt, claimed_at, .. } => {
                (Some(*claimed_at), format!("submitting: attempt {attempt}, the reply of createTask was not recorded"))
            }
            State::Generating { attempt, task, polls } => {
                (None, format!("generating: attempt {attempt}, task {}, polled {polls} times", task.0))
            }
            State::Ready { ready_at, attempts, .. } => (Some(*ready_at), format!("ready: {attempts} sends failed since")),
            State::Sending { ready_at, attempt, .. } => {
                (Some(*ready_at), format!("ready: send {attempt} began, its result was not recorded"))
            }
            State::Delivered { message_id, .. } => (None, format!("delivered: message {message_id}, the charge is captured")),
            State::Held { ready_at, checks, .. } => {
                (Some(*ready_at), format!("held: the seller cannot be reached, checked {checks} times"))
            }
            State::Failed { .. } => (None, failed(before)),
        };
        events.push(Event { at, what: stage });
        events.extend(before.last_failure.map(|class| Event { at: None, what: format!("last failure: {}", class.name()) }));
        let receives = self.message.attributes.get("ApproximateReceiveCount").map_or("-", String::as_str);
        events.push(Event {
            at: Some(self.now),
            what: format!("dead letter: sequence {}, received {receives} times", before.sequence),
        });
        if after.version != before.version {
            events.push(Event { at: Some(self.now), what: format!("now {}", failed(after)) });
        }
        events
    }
}

/// The class with which the job failed or is about to be ended; else the class of its last failed attempt.
fn class_of(job: &Job, now: Timestamp, rules: &Rules) -> Option<Class> {
    match job.state {
        State::Failed { class, .. } => Some(class),
        _ => match job.next(now, rules) {
            Next::End(class, _) => Some(class),
            _ => job.last_failure,
        },
    }
}

/// The refunded credits, or why there is no refund. The transaction that fails a job also refunds it.
fn refunded(job: &Job) -> String {
    match job.state {
        State::Failed { .. } if job.order.price.0 == 0 => "0, it was free".to_owned(),
        State::Failed { .. } => job.order.price.0.to_string(),
        State::Delivered { .. } => "no, it is delivered".to_owned(),
        _ => "no, it is still under way".to_owned(),
    }
}

fn failed(job: &Job) -> String {
    let State::Failed { class, why, notified, .. } = job.state else { return job.state.name().to_owned() };
    let why = why.map(|why| format!(" ({why:?})")).unwrap_or_default();
    format!("failed: {}{why}, refunded {} credits, user notified: {notified:?}", class.name(), job.order.price.0)
}

fn video_of(job: &Job) -> Option<&str> {
    match &job.state {
        State::Ready { video_key, .. } | State::Sending { video_key, .. } | State::Held { video_key, .. } => Some(video_key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::{catalog::Catalog, ids::UserId, job::Order, locale::Locale, photo::Photo};

    use super::*;

    const RUNBOOK: &str = include_str!("../../../docs/runbook.md");
    const README: &str = include_str!("../../../README.md");
    const BEGIN: &str = "<!-- letter attributes: begin -->";
    const END: &str = "<!-- letter attributes: end -->";

    /// The attribute names in the page's marked list, whose lines are `- `name`: meaning`; `None` if the page has no marked list.
    fn documented(page: &str) -> Option<Vec<&str>> {
        let (list, _) = page.split_once(BEGIN)?.1.split_once(END)?;
        let names = list.lines().filter_map(|line| line.strip_prefix("- `")?.split_once("`: "));
        Some(names.map(|(name, _)| name).collect())
    }

    fn letter_of_a_job() -> Letter {
        let catalog = Catalog::built_in().unwrap();
        let photo = Photo::new("file", "unique");
        let order = Order::of_one(&catalog.products()[0], photo, Locale::En);
        let (now, rules) = (Timestamp::UNIX_EPOCH, Rules::default());
        let id = "019c089617207a1b8c2d3e4f5a6b7c8d.1".parse().unwrap();
        let job = Job::confirmed(UserId(7), id, order, now, &rules);
        let job_message =
            JobMessage { user: job.user, job: job.id, sequence: job.sequence, repeat: None, as_file: false, thread: None };
        let message = SqsMessage::default();
        Known { message: &message, job_message: Some(&job_message), before: Some(&job), after: None, now }.letter(&rules)
    }

    #[test]
    fn the_documents_list_the_attributes_of_a_letter() {
        let letter = letter_of_a_job();
        let written: Vec<_> = letter.attributes.iter().map(|(name, _)| *name).collect();
        assert_eq!(documented(RUNBOOK), Some(written.clone()), "docs/runbook.md lists the attributes of a letter");
        if let Some(listed) = documented(README) {
            assert_eq!(listed, written, "README.md lists the attributes of a letter");
        }
    }
}
