//! Tests of the conversation: its table of transitions, and the properties of every input at every place.

mod again;
mod documents;
mod gates;
mod money;
mod order;
mod properties;
pub(crate) mod samples;
pub(crate) mod strategies;
