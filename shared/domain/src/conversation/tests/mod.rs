//! Tests of the conversation: its table of transitions, and the properties of every input at every place.

mod again;
mod documents;
mod edits;
mod finished;
mod gates;
mod money;
mod order;
mod paths;
mod properties;
pub(crate) mod samples;
pub(crate) mod strategies;
