//! Compares the fakes with the known behaviour of the real services, in process and under virtual time.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod bot;
mod calls;
mod films;
mod kie;
mod kie_discovery;
mod kie_films;
mod kie_models;
mod kie_photos;
mod kie_results;
mod kie_uploads;
mod llm;
mod loopback;
mod people;
mod pictures;
mod sent_films;
mod settings;
