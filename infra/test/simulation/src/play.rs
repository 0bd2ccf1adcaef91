//! What a run plays.

use scenarios::Scenario;

/// What is played.
#[derive(Clone, Copy)]
pub enum Play {
    /// One of the scenarios.
    Scenario(Scenario),
    /// A random workload of several sellers, drawn from the run's seed.
    Workload,
}
