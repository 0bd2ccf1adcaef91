//! The scenarios: each plays one promise of the system. The same list runs in every test environment.

mod ensure;
pub mod expect;
mod list;
pub mod runner;
mod scenario;
pub mod timeline;

pub use list::all;
pub use scenario::{Scenario, ScenarioRun};
