//! Fuzz targets for the parsers of input from outside. A target parses bytes as the functions do, and panics if a property does not
//! hold. It returns whether it could parse the input.
//!
//! `make fuzz` runs them under libFuzzer (`libfuzzer/`). The tests run the seeds in `corpus/` and many mutated seeds, on any
//! machine.

mod callback;
mod catalog;
mod job_message;
mod kie_reply;
mod reply;
#[cfg(test)]
mod seeds;
mod thumbnail;
mod update;
mod written_prompt;

pub use callback::callback;
pub use catalog::catalog;
pub use job_message::job_message;
pub use kie_reply::kie_reply;
pub use thumbnail::thumbnail;
pub use update::update;
pub use written_prompt::written_prompt;

/// A target: the bytes, and whether they were understood.
pub type Target = fn(&[u8]) -> bool;

/// Every target by name.
pub const TARGETS: [(&str, Target); 7] = [
    ("callback", callback),
    ("catalog", catalog),
    ("kie_reply", kie_reply),
    ("thumbnail", thumbnail),
    ("update", update),
    ("job_message", job_message),
    ("written_prompt", written_prompt),
];
