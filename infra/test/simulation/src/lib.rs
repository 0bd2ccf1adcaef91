//! The simulation runs the real handlers in a simulated environment and injects a fault at every call. It checks the money
//! invariants after every write, except writes of conversation items. An oracle compares each seller's chat with the ledger.
//!
//! A run uses one thread and virtual time; the same seed gives the same trace ([`event::fingerprint`]).

pub mod allowed_anomalies;
pub mod checked;
pub mod deviation;
pub mod effects;
pub mod event;
pub mod fault_point;
pub mod fault_table;
pub mod history;
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
pub mod unconfirmed_sends;
pub mod workers;
pub mod workloads;
