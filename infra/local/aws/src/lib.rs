//! AWS in one process: DynamoDB, SQS and S3 behind the HTTP interface of the AWS SDK.
//!
//! - [`net`] is the wire: every call of every client passes through one [`net::Net`], where faults are injected;
//! - [`dynamodb`] is an embedded table store with a guard that refuses a balance change without its ledger entry;
//! - [`sqs`] is a small queue service that behaves like SQS wherever our code can observe it;
//! - [`s3`] is an in-memory media store, in process and on loopback, with real signatures;
//! - [`errors`] has the error replies of AWS, for injected faults;
//! - [`contract`] has checks of the promises of SQS and S3 that our code relies on; they run against any endpoint.
//!
//! Time is tokio's, so a paused clock drives all of it ([`clock::AwsClock`]).

mod aws_json;
pub mod clock;
pub mod contract;
pub mod dynamodb;
pub mod errors;
mod message;
pub mod net;
pub mod s3;
pub mod sqs;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, also after another holder panicked: the data behind our locks is valid between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
