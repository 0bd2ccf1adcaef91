//! The calls of a run, as they went.

use std::hash::{DefaultHasher, Hash, Hasher};

use testkit::fault::FaultKind;

use crate::fault_point::FaultPoint;

/// One call, as it went.
#[derive(Clone, Debug)]
pub struct Event {
    /// Virtual milliseconds since the beginning.
    pub at_ms: u64,
    /// The fault point.
    pub point: FaultPoint,
    /// The fault that it met.
    pub fault: Option<FaultKind>,
    /// The HTTP status that came back; 0 for none.
    pub status: u16,
}

/// What a run did, as one number: the same for the same seed.
#[must_use]
pub fn fingerprint(events: &[Event]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for Event { at_ms, point, fault, status } in events {
        (at_ms, point, fault, status).hash(&mut hasher);
    }
    hasher.finish()
}
