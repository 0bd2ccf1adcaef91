//! The sandbox: the six functions, unchanged, in one process over the local AWS. Telegram, KIE and the prompt writer are fakes in the
//! same process, or the services themselves.
//!
//! `make run` runs it for people; the tests run it for scenarios.

pub mod armed_faults;
mod attempts;
mod cold_start;
mod fakes;
mod functions;
mod invocations;
mod lambda;
mod mounts;
mod names;
mod network;
mod open;
mod opening;
mod polling;
mod queues;
mod requests;
mod sandbox;
mod settings;
mod times;

pub use crate::fakes::{fake_kie, fake_llm, fake_telegram};
pub use attempts::{attempt_at, user_of_task};
pub use cold_start::SECRETS_FROM_SSM;
pub use invocations::{Ended, INVOCATIONS_KEPT, Invocation, death, invocation};
pub use lambda::{BATCH_SIZE, Billed};
pub use mounts::Carrier;
pub use names::{FUNCTIONS, TABLE};
pub use opening::{Chance, Opening, Outside, SeededBug};
pub use polling::Poller;
pub use queues::queue_url;
pub use sandbox::Sandbox;
pub use settings::{BUCKET, HOUSE, LLM_MODEL, SECRETS, kie_creates_per_10s, secret};
pub use times::Times;
