//! Request classification: the service and the operation of a request, and the permissions that it needs.

mod access;
mod operation;
mod service;

pub use access::{Access, access};
pub use operation::{object_operation, queue_operation, table_operation};
pub use service::{Service, is_by_address, outside_operation, path};
