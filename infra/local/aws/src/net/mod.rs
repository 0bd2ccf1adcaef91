//! The wire of a local environment: routes every call to a service in this process, and lets interceptors inject faults.

mod connector;
mod error;
mod fallback;
mod interceptor;
mod loopback;
mod network;
mod service;
mod tower;

pub use error::NetError;
pub use interceptor::{Action, CALLER, CallInfo, Interceptor, Moment};
pub use loopback::{Loopback, serve};
pub use network::Net;
pub use service::Service;
pub use tower::Tower;

pub use crate::message::{Request, Response};

#[cfg(test)]
mod tests;
