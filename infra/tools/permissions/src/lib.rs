//! Least privilege: the permissions that the template's roles allow, and the page of the permissions that the functions use.
//! A test compares both sets and `docs/permissions.md`.

mod page;
mod roles;

pub use page::page;
pub use roles::{allowed, by_itself};
