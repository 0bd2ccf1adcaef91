//! A job's transitions: each from the stages that allow it, and what each makes of time, counts, leases and sequence numbers.

mod ending;
mod limited;
mod making;
mod properties;
mod replay;
mod samples;
mod sending;
mod stored;
mod transitions;
