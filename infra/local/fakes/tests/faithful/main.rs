//! The fakes against what is known of the real ones, in process and under virtual time.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod bot;
mod calls;
mod films;
mod kie;
mod llm;
mod loopback;
mod people;
mod pictures;
mod settings;
