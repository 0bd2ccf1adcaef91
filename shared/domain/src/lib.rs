//! The business rules of NeuroCards: credits, jobs, the conversation, the catalog, the invariants of money, and the view.
//!
//! **Architecture invariant:** this crate does no I/O, reads no clock and draws no random number. A function takes state and
//! input and returns the new state and the effects to carry out. Time, ids and settings are arguments.

pub mod catalog;
pub mod classify;
pub mod conversation;
pub mod credits;
pub mod ids;
pub mod invariants;
pub mod job;
pub mod job_message;
pub mod limits;
pub mod locale;
pub mod operator;
pub mod photo;
pub mod prompt;
pub mod rate_limiter;
pub mod rules;
pub mod utf16;
pub mod view;
