//! Fuzz targets for the parsers of external input. A target parses bytes as the functions do, panics if a property does not hold,
//! and returns whether it could parse the input.
//!
//! `make fuzz` runs the targets under libFuzzer (`libfuzzer/`). The tests run the seeds in `corpus/` and many mutated seeds,
//! without a fuzzer.

mod callback;
mod catalog;
mod job_message;
mod kie_reply;
mod photo;
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
pub use photo::photo;
pub use thumbnail::thumbnail;
pub use update::update;
pub use written_prompt::written_prompt;

/// A fuzz target: takes the input, and returns whether it could parse the input.
pub type Target = fn(&[u8]) -> bool;

/// Every target, sorted by its name. The name is that of its folder in `corpus/` and of its binary in `libfuzzer/bin/`.
pub const TARGETS: [(&str, Target); 8] = [
    ("callback", callback),
    ("catalog", catalog),
    ("job_message", job_message),
    ("kie_reply", kie_reply),
    ("photo", photo),
    ("thumbnail", thumbnail),
    ("update", update),
    ("written_prompt", written_prompt),
];
