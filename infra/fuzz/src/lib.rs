//! What strangers send, as bytes: parsed as the functions parse it, and judged. A target panics where a property does not hold;
//! it tells whether it understood what came.
//!
//! `make fuzz` runs them under libFuzzer (`libfuzzer/`). The tests run the seeds in `corpus/` and many changed ones, everywhere.

mod callback;
mod catalog;
mod kie_reply;
mod reply;
#[cfg(test)]
mod seeds;
mod thumbnail;
mod update;
mod wake;
mod written_prompt;

pub use callback::callback;
pub use catalog::catalog;
pub use kie_reply::kie_reply;
pub use thumbnail::thumbnail;
pub use update::update;
pub use wake::wake;
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
    ("wake", wake),
    ("written_prompt", written_prompt),
];
