//! The scenarios: each checks one promise of the system. Every test environment runs the same list.

mod ensure;
pub mod expect;
mod list;
pub mod runner;
mod scenario;
pub mod timeline;

pub use list::all;
pub use scenario::{Scenario, ScenarioRun};
