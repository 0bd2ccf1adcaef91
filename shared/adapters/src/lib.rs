//! One adapter for each outside service. An adapter knows the service's protocol and no business rule. Its errors say what
//! state the service is in when the caller gets one.
//!
//! Every request goes over one HTTP client, the [`wire::Wire`], which is also the HTTP client of the AWS SDK. With another
//! connector the whole system runs in one process, and tests inject faults into its calls.

pub mod aws;
pub mod callback_url;
pub mod clock;
pub mod config;
pub mod kie;
pub mod logging;
pub mod media;
pub mod metrics;
mod multipart;
pub mod photo_head;
pub mod photo_key;
pub mod prompt_writer;
pub mod queues;
pub mod rng;
pub mod table;
pub mod telegram;
#[cfg(test)]
pub mod testing;
pub mod thumbnail;
pub mod trace;
pub mod wire;
