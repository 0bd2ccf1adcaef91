//! The application layer, between the domain, which decides, and the adapters, which call the outside services.
//!
//! A function loads a job, asks the job for its next step, takes the step and records it. This crate has what several functions
//! share: the job service ([`Jobs`]), the dispatcher ([`Stages`]), refunds and notifications ([`Settlements`]), the status
//! message ([`StatusMessage`]), and how a function starts ([`Setup`], [`Services`]).

mod batch;
mod error;
mod function_url;
mod job_span;
mod jobs;
mod outcome;
mod services;
mod settings;
mod settlements;
mod setup;
mod stages;
mod status_message;

pub use batch::{Handled, each_message};
pub use error::{HandlerError, parse_message};
pub use function_url::{body_bytes, reply};
pub use job_span::{job_span, record_job};
pub use jobs::{Found, Jobs};
pub use outcome::Outcome;
pub use services::Services;
pub use settlements::Settlements;
pub use setup::{Setup, SetupError};
pub use stages::{ForeignStage, StageResult, Stages};
pub use status_message::{SHOW_TIMEOUT, StatusMessage};
