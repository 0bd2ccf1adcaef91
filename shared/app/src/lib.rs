//! What several functions do alike: move a job on and wake it, end it, tell its person; and how a function starts.
//!
//! Between the domain, which decides, and the adapters, which carry. A function loads a job, asks it what is next, does that,
//! and records it; what two functions do the same way is here.

mod about;
mod batch;
mod chain;
mod ending;
mod outcome;
mod setup;
mod status;
mod urls;

pub use about::{about, note};
pub use batch::{Handled, each_message};
pub use chain::{Chain, Found};
pub use ending::Ending;
pub use outcome::{Outcome, Trouble};
pub use setup::{Setup, SetupError};
pub use status::Status;
pub use urls::{body_bytes, reply};
