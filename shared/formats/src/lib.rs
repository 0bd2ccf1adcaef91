//! Reads what media files from outside are, without decoding their pictures or sound.
//!
//! **Architecture invariant:** this crate does no I/O. Callers hand it bytes.

pub mod film;
