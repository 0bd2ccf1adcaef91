//! The business of NeuroCards, pure: credits, jobs, the conversation, the catalog, the invariants of money, and the view of it all.
//!
//! **Architecture invariant:** nothing here does I/O, reads a clock or rolls a die. State and input go in, a new state and a
//! list of what to do come out; time, ids and settings are arguments.

pub mod catalog;
pub mod classify;
pub mod conversation;
pub mod credits;
pub mod ids;
pub mod invariants;
pub mod job;
pub mod job_message;
pub mod locale;
pub mod operator;
pub mod photo;
pub mod prompt;
pub mod rate_limiter;
pub mod rules;
mod utf16;
pub mod view;
