//! Every transition of a job, one file a stage. A transition takes the job as it was read and returns the job to write. No
//! transition waits or makes a call.

mod delivery;
mod ending;
mod generation;
mod hold;
mod result;
mod start;
mod status;
mod sweep;
mod transition;

pub use delivery::{AfterSend, Receipt};
pub use generation::Retried;
pub use result::NoFilm;
pub use start::Finished;
pub use transition::{InvalidTransition, Transition};
