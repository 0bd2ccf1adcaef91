//! A job: one video of one order, from the charge to its settlement. The job is the truth, a message is a hint.
//!
//! ```text
//!  confirm -> Queued -> Submitting -> Generating -> Ready -> Sending -> Delivered   (charge captured)
//!                |           |             |          |         |
//!                +-----------+-------------+----------+---------+----> Failed      (charge refunded)
//! ```
//! [`Job::next`] decides what a job needs; the transitions are what may happen to it. A transition is written only if the stored job
//! still has the version it was decided on (optimistic locking), so a decision taken on an old image can never be written.

mod entity;
mod next;
mod order;
mod state;
#[cfg(test)]
mod tests;
mod transitions;

pub use entity::Job;
pub use next::{EndReason, Idle, Next, Prepared};
#[cfg(test)]
pub(crate) use order::sample_order;
pub use order::{Brief, Order};
pub use state::{Notified, State, TaskId};
pub use transitions::{InvalidTransition, Receipt, Retried, Transition};

pub use crate::photo::Photo;
