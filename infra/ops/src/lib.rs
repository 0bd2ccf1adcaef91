//! The operator's commands; `main.rs` is their command line. Each answers with what it found or did, and fails with what to do.

pub mod audit;
pub mod desk;
pub mod grant;
mod grid;
pub mod import;
pub mod look;
pub mod parked;
pub mod register;
pub mod replay;
pub mod views;
