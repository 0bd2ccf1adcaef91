//! Least privilege: the permissions that the template's roles allow, and the page of the permissions that the functions use.
//! A test compares the two in both directions and keeps `docs/permissions.md` true.

mod page;
mod roles;

pub use page::page;
pub use roles::{allowed, by_itself};
