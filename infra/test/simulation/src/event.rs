//! The record of a run: its calls, their faults and their replies.

use std::hash::{DefaultHasher, Hash, Hasher};

use domain::ids::JobId;
use testkit::fault::FaultKind;

use crate::fault_point::FaultPoint;

/// One call of a run.
#[derive(Clone, Debug)]
pub struct Event {
    /// Virtual milliseconds since the run began.
    pub at_ms: u64,
    /// The fault point of the call.
    pub point: FaultPoint,
    /// The fault that struck at the call.
    pub fault: Option<FaultKind>,
    /// The HTTP status of the reply; 0 if no reply came.
    pub status: u16,
    /// The job that a call of the sender is about: a send, or a write of the job.
    pub job: Option<JobId>,
}

/// The hash of all calls of a run. Two runs with the same seed and plan have the same hash.
#[must_use]
pub fn fingerprint(events: &[Event]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for Event { at_ms, point, fault, status, .. } in events {
        (at_ms, point, fault, status).hash(&mut hasher);
    }
    hasher.finish()
}
