//! The operator's commands; `main.rs` is their command line. Each answers with what it found or did, and fails with what to do.

pub mod audit;
pub mod context;
pub mod grant;
pub mod import;
pub mod parked;
pub mod register;
pub mod replay;
pub mod show;
mod text_table;
pub mod views;
