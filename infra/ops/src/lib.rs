//! The operator's commands; `main.rs` is their command line. Each writes what it did, a line a thing, and fails with what to do.

pub mod register;
