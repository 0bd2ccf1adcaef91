//! What a log line is about, said once: a span around the handling of a job, whose fields are in every line within.

use adapters::{table::mark, trace::root};
use domain::{
    ids::{JobId, UserId},
    job::Job,
    wake::Wake,
};
use tracing::{Span, field::Empty};

/// A job: which, whose (as a [`mark`]), and, as far as [`note`] was told, in which stage, attempt and trace.
///
/// A span of level error: it is there at every level that has lines at all.
#[must_use]
pub fn about(user: UserId, job: JobId) -> Span {
    tracing::error_span!("job", %job, person = mark(user), stage = Empty, attempt = Empty, trace = Empty)
}

/// What a message is about, if it can be read.
pub(crate) fn about_message(body: Option<&str>) -> Span {
    match Wake::parse(body.unwrap_or_default()) {
        Ok(wake) => about(wake.user, wake.job),
        Err(_) => Span::none(),
    }
}

/// Where the job is, from this line on. A job that has ended keeps the attempt it ended in.
pub fn note(job: &Job) {
    let span = Span::current();
    span.record("stage", job.state.name());
    span.record("trace", job.trace.as_deref().and_then(root));
    if !job.has_ended() {
        span.record("attempt", job.state.attempts());
    }
}
