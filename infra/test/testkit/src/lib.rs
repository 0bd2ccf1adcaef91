//! Shared tools of the tests: test environments, faults, sellers, request classification, and the permissions of requests.

pub mod environment;
pub mod fault;
pub mod requests;
pub mod template;
pub mod uses;
