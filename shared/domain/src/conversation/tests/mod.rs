//! The conversation: the table of its transitions, and what no input at any place may do.

mod again;
mod documents;
mod gates;
mod money;
mod order;
mod properties;
pub(crate) mod samples;
pub(crate) mod strategies;
