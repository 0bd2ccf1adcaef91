//! The simulation: the real handlers in a simulated environment, with a fault at every call. The money invariants are checked
//! after every write but a conversation's own, and an oracle compares what sellers were notified of with the ledger.
//!
//! One run is one thread and virtual time; the same seed gives the same trace ([`event::fingerprint`]).

pub mod allowed_anomalies;
pub mod checked;
pub mod deviation;
pub mod effects;
pub mod event;
pub mod fault_point;
pub mod fault_table;
mod images;
pub mod injector;
pub mod oracle;
pub mod outcome;
mod panics;
pub mod plan;
pub mod play;
pub mod run;
pub mod sweep;
pub mod tally;
pub mod task;
pub mod workers;
pub mod workloads;
