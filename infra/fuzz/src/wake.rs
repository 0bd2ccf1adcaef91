//! Target: the messages of the queues.

use domain::{ids::JobId, wake::Wake};

/// The input is the body of a message, or the id of a job.
pub fn wake(data: &[u8]) -> bool {
    let Ok(body) = std::str::from_utf8(data) else { return false };
    if let Ok(job) = body.parse::<JobId>() {
        assert_eq!(job.to_string(), body, "a job has one name");
    }
    let Ok(wake) = Wake::parse(body) else { return false };
    assert_eq!(Wake::parse(&wake.body()).ok(), Some(wake));
    true
}
