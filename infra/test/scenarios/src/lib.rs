//! The scenarios: each plays one promise of the system. The same list runs in every test environment.

pub mod list;
pub mod runner;
pub mod timeline;
