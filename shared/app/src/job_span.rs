//! The span around the handling of one job: its fields are in every log line written within.

use adapters::{table::user_hash, trace::root};
use domain::{
    ids::{JobId, UserId},
    job::Job,
    job_message::JobMessage,
};
use tracing::{Span, field::Empty};

/// The span of a job: the job, its user (as a [`user_hash`]) and, once [`record_job`] has read the job, its stage, attempt and trace.
///
/// The span has level error, so that every log level that writes lines has its fields.
#[must_use]
pub fn job_span(user: UserId, job: JobId) -> Span {
    tracing::error_span!("job", %job, user_hash = user_hash(user), stage = Empty, attempt = Empty, trace = Empty)
}

/// The span of a queue message: its job's, or none if the message cannot be read.
pub(crate) fn message_span(body: Option<&str>) -> Span {
    match JobMessage::parse(body.unwrap_or_default()) {
        Ok(message) => job_span(message.user, message.job),
        Err(_) => Span::none(),
    }
}

/// Records the job's stage, attempt and trace in the current span. A job that has ended keeps the attempt it ended in.
pub fn record_job(job: &Job) {
    let span = Span::current();
    span.record("stage", job.state.name());
    span.record("trace", job.trace.as_deref().and_then(root));
    if !job.has_ended() {
        span.record("attempt", job.state.attempts());
    }
}
