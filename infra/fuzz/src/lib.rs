//! Fuzz targets for the parsers of external input. A target parses bytes as the functions do, panics if a property does not hold,
//! and returns whether it could parse the input.
//!
//! `make fuzz` runs the targets under libFuzzer (`libfuzzer/`). The tests run the seeds in `corpus/` and many mutated seeds,
//! without a fuzzer.

mod callback;
mod catalog;
mod film;
mod job_message;
mod kie_reply;
mod photo;
mod photo_head;
mod reply;
#[cfg(test)]
mod seeds;
mod thumbnail;
mod update;
mod written_prompt;

pub use callback::callback;
pub use catalog::catalog;
pub use film::film;
pub use job_message::job_message;
pub use kie_reply::kie_reply;
pub use photo::photo;
pub use photo_head::photo_head;
pub use thumbnail::thumbnail;
pub use update::update;
pub use written_prompt::written_prompt;

/// A fuzz target: takes the input, and returns whether it could parse the input.
pub type Target = fn(&[u8]) -> bool;

/// Every target, sorted by its name. The name is that of its folder in `corpus/` and of its binary in `libfuzzer/bin/`.
pub const TARGETS: [(&str, Target); 10] = [
    ("callback", callback),
    ("catalog", catalog),
    ("film", film),
    ("job_message", job_message),
    ("kie_reply", kie_reply),
    ("photo", photo),
    ("photo_head", photo_head),
    ("thumbnail", thumbnail),
    ("update", update),
    ("written_prompt", written_prompt),
];
