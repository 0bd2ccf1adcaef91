//! A job's moves: each from the stages that allow it, and what each makes of time, counts, leases and the chain of looks.

mod ending;
mod limited;
mod making;
mod properties;
mod replay;
mod samples;
mod sending;
mod stored;
mod transitions;
