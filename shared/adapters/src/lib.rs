//! One adapter a service. An adapter knows its wire and nothing of the business, and its errors say what state the
//! world is in when you get one.
//!
//! Everything outside goes over one HTTP client, the [`wire::Wire`], through the AWS SDK's own seam: swap the
//! connector and the whole system runs in one process, with faults injected at the wire.

pub mod aws;
pub mod callback_url;
pub mod clock;
pub mod config;
pub mod kie;
pub mod logging;
pub mod media;
pub mod metrics;
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
