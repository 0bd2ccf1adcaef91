//! Which calls of a run meet which faults.

use testkit::fault::FaultKind;

/// Most faults of a random workload.
pub const FAULTS_A_WORKLOAD: usize = 8;

/// Which calls meet which faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// None.
    Clean,
    /// The n-th call, from 0, and then the n-th call after that one.
    At(Vec<(usize, FaultKind)>),
    /// Any call, drawn from this seed; at most so many.
    Random {
        /// The seed.
        seed: u64,
        /// Most faults.
        most: usize,
    },
}
