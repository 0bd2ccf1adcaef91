//! A dead letter as an operator reads it: attributes for a list, and a body that has the job's history.

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

/// A message for the parked queue, which keeps dead letters for inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The attributes that a list shows, ten at most (SQS).
    pub(crate) attributes: Vec<(&'static str, String)>,
    /// The message as it came, and beside it the history of its job.
    pub(crate) body: String,
}

/// The body of a letter about a job. It is still a job message, so that a reader of the queue finds the job.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    wake: &'a JobMessage,
    /// The video's key in the media store, if there is a video: a replay sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<&'a str>,
    history: Vec<Event>,
}

/// One event of the job's history, as far as the table has it.
#[derive(Serialize)]
struct Event {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    what: String,
}

/// What the refunder knows of a dead letter after it has handled its job.
pub(crate) struct Known<'a> {
    /// The message.
    pub(crate) message: &'a SqsMessage,
    /// The job message in it, if it can be read.
    pub(crate) wake: Option<&'a JobMessage>,
    /// The job before the refunder handled it.
    pub(crate) before: Option<&'a Job>,
    /// The job after the refunder handled it.
    pub(crate) after: Option<&'a Job>,
    /// The time.
    pub(crate) now: Timestamp,
}

impl Known<'_> {
    /// The letter to park. It has no text that a user wrote.
    pub(crate) fn letter(&self, rules: &Rules) -> Letter {
        let said = self.message.body.as_deref().unwrap_or_default();
        let from = self.message.event_source_arn.as_deref().unwrap_or_default();
        let mut attributes = vec![("queue", from.rsplit(':').next().unwrap_or_default().to_owned())];
        let Some(wake) = self.wake else { return Letter { attributes, body: said.to_owned() } };
        attributes.extend([("job", wake.job.to_string()), ("person", wake.user.to_string())]);
        let Some(before) = self.before else {
            attributes.push(("stage", "unknown".to_owned()));
            return Letter { attributes, body: said.to_owned() };
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
        let body = Body { wake, video: video_of(before), history: self.history(before, after) };
        // The body has ids, names and times, none of which can fail to serialise.
        Letter { attributes, body: serde_json::to_string_pretty(&body).unwrap_or_else(|_| said.to_owned()) }
    }

    /// When the message was first sent: SQS keeps that time when it moves a message to the dead letters.
    fn first_seen(&self) -> Option<Timestamp> {
        let millis = self.message.attributes.get("SentTimestamp")?.parse().ok()?;
        Timestamp::from_millisecond(millis).ok()
    }

    fn history(&self, before: &Job, after: &Job) -> Vec<Event> {
        let (n, order) = (before.id.n, &before.order);
        let paid = format!("confirmed: {}, video {n} of {}, for {} credits", order.product, order.count, order.price.0);
        let mut events = vec![Event { at: Some(before.confirmed_at), what: paid }];
        let (at, stage) = match &before.state {
            State::Queued { attempts, postponed } => {
                (None, format!("queued: {attempts} tasks submitted before, put off {postponed} times"))
            }
            State::Submitting { attempt, claimed_at, .. } => {
                (Some(*claimed_at), format!("submitting: attempt {attempt}, its reply was not noted"))
            }
            State::Generating { attempt, task, polls } => {
                (None, format!("generating: attempt {attempt}, task {}, looked at {polls} times", task.0))
            }
            State::Ready { ready_at, attempts, .. } => (Some(*ready_at), format!("ready: {attempts} sends failed since")),
            State::Sending { ready_at, attempt, .. } => {
                (Some(*ready_at), format!("ready: send {attempt} begun, and nothing noted of it"))
            }
            State::Delivered { message_id, .. } => (None, format!("delivered: message {message_id}, the charge is captured")),
            State::Failed { .. } => (None, failed(before)),
        };
        events.push(Event { at, what: stage });
        events.extend(before.last_failure.map(|class| Event { at: None, what: format!("last last_failure: {}", class.name()) }));
        let receives = self.message.attributes.get("ApproximateReceiveCount").map_or("-", String::as_str);
        events.push(Event {
            at: Some(self.now),
            what: format!("dead letter: look {}, received {receives} times", before.sequence),
        });
        if after.version != before.version {
            events.push(Event { at: Some(self.now), what: format!("now {}", failed(after)) });
        }
        events
    }
}

/// The class of the job's failure, or of the failure it is ended for now.
fn class_of(job: &Job, now: Timestamp, rules: &Rules) -> Option<Class> {
    match job.state {
        State::Failed { class, .. } => Some(class),
        _ => match job.next(now, rules) {
            Next::End(class, _) => Some(class),
            _ => job.last_failure,
        },
    }
}

/// The credits refunded: a failed job was refunded in the transaction that failed it.
fn refunded(job: &Job) -> String {
    match job.state {
        State::Failed { .. } if job.order.price.0 == 0 => "0, it was free".to_owned(),
        State::Failed { .. } => job.order.price.0.to_string(),
        State::Delivered { .. } => "no, it is delivered".to_owned(),
        _ => "no, it is still under way".to_owned(),
    }
}

fn failed(job: &Job) -> String {
    let State::Failed { class, why, notified } = job.state else { return job.state.name().to_owned() };
    let why = why.map(|why| format!(" ({why:?})")).unwrap_or_default();
    format!("failed: {}{why}, refunded {} credits, told: {notified:?}", class.name(), job.order.price.0)
}

fn video_of(job: &Job) -> Option<&str> {
    match &job.state {
        State::Ready { video_key, .. } | State::Sending { video_key, .. } => Some(video_key),
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

    /// The names in the page's marked list, one `- `name`: meaning` a line; `None` if the page has no marked list.
    fn documented(page: &str) -> Option<Vec<&str>> {
        let (list, _) = page.split_once(BEGIN)?.1.split_once(END)?;
        let names = list.lines().filter_map(|line| line.strip_prefix("- `")?.split_once("`: "));
        Some(names.map(|(name, _)| name).collect())
    }

    fn letter_of_a_job() -> Letter {
        let catalog = Catalog::built_in().unwrap();
        let photo = Photo { file_id: "file".into(), unique_id: "unique".into() };
        let order = Order::of_one(&catalog.products()[0], photo, Locale::En);
        let (now, rules) = (Timestamp::UNIX_EPOCH, Rules::default());
        let id = "019c089617207a1b8c2d3e4f5a6b7c8d.1".parse().unwrap();
        let job = Job::confirmed(UserId(7), id, order, now, &rules);
        let wake = JobMessage { user: job.user, job: job.id, sequence: job.sequence };
        let message = SqsMessage::default();
        Known { message: &message, wake: Some(&wake), before: Some(&job), after: None, now }.letter(&rules)
    }

    #[test]
    fn the_documents_name_the_attributes_that_a_letter_has() {
        let letter = letter_of_a_job();
        let written: Vec<_> = letter.attributes.iter().map(|(name, _)| *name).collect();
        assert_eq!(documented(RUNBOOK), Some(written.clone()), "docs/runbook.md lists the attributes of a letter");
        if let Some(listed) = documented(README) {
            assert_eq!(listed, written, "README.md lists the attributes of a letter");
        }
    }
}
