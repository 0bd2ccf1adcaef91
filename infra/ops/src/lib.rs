//! The operator's commands; `main.rs` is their command line. A command returns an answer, or an error that says what to do.

pub mod audit;
pub mod catalog_check;
pub mod context;
pub mod export;
pub mod grant;
pub mod import;
pub mod import_folder;
pub mod parked;
pub mod probe;
pub mod register;
pub mod replay;
pub mod show;
mod text_table;
pub mod views;
