//! Tests of a job's transitions: the stages that allow each, and its effect on due times, counts, leases and sequence numbers.

mod ending;
mod hold;
mod limited;
mod making;
mod properties;
mod replay;
mod samples;
mod sending;
mod status;
mod stored;
mod transitions;
