//! The scenario or workload that a run plays.

use scenarios::Scenario;

/// The scenario or workload that a run plays.
#[derive(Clone, Copy)]
pub enum Play {
    /// One of the scripted scenarios.
    Scenario(Scenario),
    /// A random workload of several sellers, drawn from the run's seed.
    Workload,
    /// Sellers who order one video after another, fifty in all.
    Orders,
}
