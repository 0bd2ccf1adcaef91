//! The files of strangers: makes of a seller's photo the picture that a model takes, and reads what a finished film is.
//!
//! **Architecture invariant:** this crate does no I/O, and no other crate of ours is in its dependency tree. Callers hand it bytes.
//! Whatever bytes come, a function returns within its limits of memory; it neither panics nor aborts.

pub mod film;
pub mod photo;
