//! Request classification: what a request is for, and what a role has to allow for it.

mod access;
mod operation;
mod service;

pub use access::{Access, access};
pub use operation::{object_operation, queue_operation, table_operation};
pub use service::{Service, is_by_address, outside_operation, path};
