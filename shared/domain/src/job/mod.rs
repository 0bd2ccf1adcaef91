//! A job: one video of one order, from the charge to its settlement. The stored job is the truth; a queue message is a hint.
//!
//! ```text
//!  confirm -> Queued -> Submitting -> Generating -> Ready -> Sending -> Delivered   (charge captured)
//!                |           |             |          |         |
//!                |           |             |          |         \--> Held: made, and waits for its seller
//!                +-----------+-------------+----------+---------+----> Failed      (charge refunded)
//! ```
//! [`Job::next`] decides what a job needs; the transitions are the changes that its stage allows. A transition is written only if
//! the stored job still has the version that the decision was based on (optimistic locking). A decision based on an outdated job
//! is never written.

mod entity;
mod making;
mod next;
mod order;
mod state;
#[cfg(test)]
mod tests;
mod transitions;

pub use entity::Job;
pub use making::{Film, KeptFilm, Making, PhotoRoute};
pub use next::{EndReason, Idle, Next, Prepared};
#[cfg(test)]
pub(crate) use order::sample_order;
pub use order::{Brief, Order};
pub use state::{Delivery, Notified, SentAs, State, TaskId};
pub use transitions::{AfterSend, Finished, InvalidTransition, NoFilm, Receipt, Retried, Transition};

pub use crate::photo::Photo;
