//! How long the work on one message may take.
//!
//! The messages of a batch are handled side by side in one invocation, which ends after `WorkerTimeoutSecs`. A worker that is
//! stopped in the middle loses its time, not the job. So the slow work of a message, all downloads and uploads together, ends at
//! one moment after the receive, however that time is spent; what has to be written after it fits into the rest.

use std::{fmt, time::Duration};

use tokio::time::Instant;

/// Longest time from the receive of a message until its film is stored, its photo is prepared or its photo is uploaded to KIE. The
/// reads and writes before are included.
const WORK_TIMEOUT: Duration = Duration::from_secs(40);
/// Longest time from the receive of a message until the submission of the task that it prepared begins. After it, the submission
/// gets a message of its own.
const SUBMISSION_STARTS_WITHIN: Duration = Duration::from_secs(25);

/// The time for the work on one message. It begins with the receive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorkTime {
    received: Instant,
}

impl WorkTime {
    /// The time for the work on a message that is received now.
    pub(crate) fn from_now() -> Self {
        Self { received: Instant::now() }
    }

    /// The time that is left for downloads and uploads.
    pub(crate) fn left(self) -> Duration {
        WORK_TIMEOUT.saturating_sub(self.received.elapsed())
    }

    /// Whether enough time is left to submit the task that was prepared.
    pub(crate) fn allows_submission(self) -> bool {
        self.received.elapsed() <= SUBMISSION_STARTS_WITHIN
    }

    /// Does this work in the time that is left. After it the work is dropped.
    pub(crate) async fn limit<T>(self, work: impl Future<Output = T>) -> Result<T, OutOfTime> {
        tokio::time::timeout_at(self.received + WORK_TIMEOUT, work).await.map_err(|_| OutOfTime)
    }
}

/// The work on a message was dropped, because its time was used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutOfTime;

impl fmt::Display for OutOfTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it was not complete within {WORK_TIMEOUT:?} of the receive of the message")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{prepare, submit};
    use adapters::{aws, kie, prompt_writer, telegram};

    /// What the sums leave of an invocation: for its start, the computing and the waits between the tries of a write.
    const MARGIN: Duration = Duration::from_secs(5);

    /// The default of `WorkerTimeoutSecs`.
    fn worker_timeout() -> Duration {
        let template = include_str!("../../../infra/template.yaml");
        let parameter = template.split_once("\n  WorkerTimeoutSecs:").unwrap().1;
        let default = parameter.split_once("Default: ").unwrap().1.lines().next().unwrap();
        Duration::from_secs(default.trim().parse().unwrap())
    }

    /// One read or write of the table, or one message to a queue.
    const CALL: Duration = aws::CALL_TIMEOUT;

    /// A job that goes on: its write, its message and its status message.
    fn advance() -> Duration {
        CALL + CALL + app::SHOW_TIMEOUT
    }

    /// A job that ends: its refund, then the balance, the news, the mark of a user who cannot be reached, the record of the news,
    /// and the status message.
    fn end() -> Duration {
        CALL + CALL + telegram::CALL_TIMEOUT + CALL + CALL + app::SHOW_TIMEOUT
    }

    #[track_caller]
    fn fits(path: &str, longest: Duration) {
        assert!(longest + MARGIN <= worker_timeout(), "{path} takes {longest:?} of {:?}", worker_timeout());
    }

    #[test]
    fn the_slowest_fetch_of_a_film_fits_into_the_worker_s_timeout() {
        // The job, the poll, the claim; then the film gets the rest.
        let before = CALL + kie::POLL_TIMEOUT + CALL;
        assert!(before + Duration::from_secs(10) <= WORK_TIMEOUT, "the film gets too little time after {before:?}");
        fits("a film that is stored", WORK_TIMEOUT + advance());
        fits("a film that never comes", WORK_TIMEOUT + end());
    }

    #[test]
    fn the_slowest_preparation_of_a_photo_fits_into_the_worker_s_timeout() {
        // The job, the claim, the turn; then the photo gets the rest.
        let before = CALL + CALL + prepare::TURN_TIMEOUT;
        assert!(before < WORK_TIMEOUT, "the photo gets no time after {before:?}");
        fits("a photo that is prepared", WORK_TIMEOUT + prompt_writer::WRITE_TIMEOUT + advance());
        fits("a photo that cannot be used", WORK_TIMEOUT + end());
    }

    /// If KIE's refusal ends the job, only the refund has to fit. The news may be cut off: the job stays due until it is notified.
    #[test]
    fn the_slowest_submission_fits_into_the_worker_s_timeout() {
        let before = SUBMISSION_STARTS_WITHIN.max(CALL) + submit::COUNTER_TIMEOUT;
        assert!(before + Duration::from_secs(10) <= WORK_TIMEOUT, "the upload of a photo gets too little time after {before:?}");
        let called = WORK_TIMEOUT + CALL + kie::CALL_TIMEOUT;
        fits("a task that is submitted", called + advance());
        fits("a refusal that ends the job, until its refund", called + CALL);
    }

    #[test]
    fn no_limit_of_one_step_is_longer_than_the_work_it_belongs_to() {
        for limit in
            [aws::S3_PUT_TIMEOUT, kie::UPLOAD_TIMEOUT, kie::CALL_TIMEOUT, prepare::DOWNLOAD_TIMEOUT, submit::PHOTO_TIMEOUT]
        {
            assert!(limit <= WORK_TIMEOUT, "{limit:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn work_is_dropped_when_its_time_is_used_up() {
        let time = WorkTime::from_now();
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!((time.left(), time.allows_submission()), (Duration::from_secs(10), false));
        assert_eq!(time.limit(tokio::time::sleep(Duration::from_secs(9))).await, Ok(()));
        assert_eq!(time.limit(tokio::time::sleep(Duration::from_secs(2))).await, Err(OutOfTime));
        assert_eq!((time.left(), time.limit(std::future::pending::<()>()).await), (Duration::ZERO, Err(OutOfTime)));
    }
}
