//! Reads and writes the files of strangers: pure functions from bytes to bytes. No I/O, no async code, no dependency on the other crates.
//!
//! **Invariant:** whatever bytes come, a function returns within its limits of memory. It neither panics nor aborts.

pub mod photo;
