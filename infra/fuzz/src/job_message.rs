//! Target: the job messages in the queues.

use domain::{ids::JobId, job_message::JobMessage};

/// Parses a job message and a job id. The input is the body of a queue message, or a job id.
pub fn job_message(data: &[u8]) -> bool {
    let Ok(body) = std::str::from_utf8(data) else { return false };
    if let Ok(job) = body.parse::<JobId>() {
        assert_eq!(job.to_string(), body, "a job id has one spelling");
    }
    let Ok(job_message) = JobMessage::parse(body) else { return false };
    assert_eq!(JobMessage::parse(&job_message.body()).ok(), Some(job_message));
    true
}
