//! The span around the handling of one job. Every log line within the span has the span's fields.

use adapters::{table::user_hash, trace::root};
use domain::{
    ids::{JobId, UserId},
    job::Job,
    job_message::JobMessage,
};
use tracing::{Span, field::Empty};

/// The span of a job. Its fields are the job, the user (as a [`user_hash`]) and, after [`record_job`], the stage, attempt and
/// trace.
///
/// The span has level error, so that its fields are in the log at every level.
#[must_use]
pub fn job_span(user: UserId, job: JobId) -> Span {
    tracing::error_span!("job", %job, user_hash = user_hash(user), stage = Empty, attempt = Empty, trace = Empty)
}

/// The span of a queue message's job; no span if the message cannot be read.
pub(crate) fn message_span(body: Option<&str>) -> Span {
    match JobMessage::parse(body.unwrap_or_default()) {
        Ok(message) => job_span(message.user, message.job),
        Err(_) => Span::none(),
    }
}

/// Records the job's stage, attempt and trace in the current span. After a job has ended, the span keeps the last attempt.
pub fn record_job(job: &Job) {
    let span = Span::current();
    span.record("stage", job.state.name());
    span.record("trace", job.trace.as_deref().and_then(root));
    if !job.has_ended() {
        span.record("attempt", job.state.attempts());
    }
}
