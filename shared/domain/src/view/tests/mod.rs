//! Every screen as a seller sees it, and what holds of any screen.

mod documents;
mod properties;
