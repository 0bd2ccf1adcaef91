//! Every transition of a job, by stage. Each takes the job as it was read and gives the job to write; none of them waits or calls.

mod delivery;
mod ending;
mod generation;
mod start;
mod sweep;
mod transition;

pub use delivery::Receipt;
pub use generation::Retried;
pub use transition::{InvalidTransition, Transition};
