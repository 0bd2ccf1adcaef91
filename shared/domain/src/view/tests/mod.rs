//! Tests of the view: every screen as a seller sees it, and the properties of any screen.

mod documents;
mod properties;
