//! What the tests share: test environments, faults, sellers, request classification, and the permissions that requests need.

pub mod environment;
pub mod fault;
pub mod requests;
pub mod template;
pub mod uses;
