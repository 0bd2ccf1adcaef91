//! The plan of a run: which faults strike at which calls.

use testkit::fault::FaultKind;

/// The most faults that one random workload gets.
pub const FAULTS_A_WORKLOAD: usize = 8;

/// The faults of a run and the calls at which they strike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// No fault strikes.
    Clean,
    /// A fault strikes at each numbered call. The first number counts from call 0 of the run, each further number from the call
    /// after the previous fault.
    At(Vec<(usize, FaultKind)>),
    /// Faults strike at random calls.
    Random {
        /// The seed of the random numbers.
        seed: u64,
        /// The most faults that strike.
        most: usize,
    },
    /// Processes die at random calls.
    Deaths {
        /// The seed of the random numbers.
        seed: u64,
    },
}
