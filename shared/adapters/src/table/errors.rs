//! The errors of the table. Each variant says what state the table is in and what the caller has to do.

use aws_sdk_dynamodb::{
    error::{BuildError, ProvideErrorMetadata, SdkError},
    types::CancellationReason,
};
use domain::limits::Limit;

/// A call on the table failed. The variant says whether something was written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Another write changed the item first: nothing was written. Read the item again and decide again.
    #[error("nothing was written: another write changed the item first; read it again and decide again")]
    Stale,
    /// The balance is lower than the charge: nothing was written.
    #[error("nothing was written: insufficient credits, the balance is lower than the charge")]
    InsufficientCredits,
    /// A limit is reached: nothing was written, and nothing was charged or given.
    #[error("nothing was written: the limit {} is reached", .0.name())]
    LimitReached(Limit),
    /// The person to whom the credits are given has no account: nothing was written. The first `/start` opens an account.
    #[error("nothing was written: the person has no account; the first /start opens one")]
    NoAccount,
    /// A money invariant is violated: the job has the version that the settlement was decided on, but a settlement exists already
    /// or the account is missing. Nothing was written. Our code cannot have done this: an operator must compare the job with its
    /// ledger.
    #[error(
        "nothing was written: the ledger contradicts job {job} (transaction action {action} failed); \
         compare the job with its ledger"
    )]
    InvariantViolated {
        /// The job.
        job: String,
        /// The index of the transaction's action whose condition failed.
        action: usize,
    },
    /// DynamoDB refused the call or did not answer. After a lost reply a write may have been applied: repeat the same write,
    /// or read the item again.
    #[error("the DynamoDB call {operation} failed: {reason}; repeat it")]
    Unavailable {
        /// The DynamoDB operation.
        operation: &'static str,
        /// DynamoDB's code and message, or what happened on the way to DynamoDB.
        reason: String,
    },
    /// An item has a form that this release cannot read: nothing was written. Another release or a person wrote it.
    #[error("item {key} cannot be read: {reason}")]
    Unreadable {
        /// The item's sort key.
        key: String,
        /// What is wrong with the item, without its contents.
        reason: String,
    },
}

impl TableError {
    pub(super) fn unbuilt(error: BuildError) -> Self {
        Self::Unavailable { operation: "request", reason: error.to_string() }
    }

    pub(super) fn unreadable(key: &str, reason: &dyn std::fmt::Display) -> Self {
        // An item may hold personal data: the reason is cut at the first character that may begin a quotation of it.
        let reason = reason.to_string();
        let reason = reason.split(['"', '`', ':']).next().unwrap_or_default().trim().to_owned();
        Self::Unreadable { key: key.to_owned(), reason }
    }

    /// Converts an error of the AWS SDK. The reason is DynamoDB's code and message, if DynamoDB answered.
    pub(super) fn unavailable<E: ProvideErrorMetadata, R>(operation: &'static str, error: &SdkError<E, R>) -> Self {
        let reason = match (error.code(), error.message()) {
            (Some(code), message) => format!("{code}: {}", message.unwrap_or("no message")),
            (None, _) => match error {
                SdkError::TimeoutError(_) => "no reply in time".to_owned(),
                SdkError::DispatchFailure(_) => "DynamoDB was not reached".to_owned(),
                _ => "the reply cannot be read".to_owned(),
            },
        };
        Self::Unavailable { operation, reason }
    }
}

/// DynamoDB's reasons for cancelling a transaction when it throttles an item.
const THROTTLED: [&str; 2] = ["ThrottlingError", "ProvisionedThroughputExceeded"];

/// Why DynamoDB cancelled a transaction.
pub(super) enum Cancelled {
    /// Another transaction used one of the items at the same time: the same transaction may be tried again.
    Conflict,
    /// DynamoDB throttles the item of the action with this index: the same transaction may be tried again.
    Throttled(usize),
    /// The condition of the action with this index failed: never try it again.
    Failed(usize),
    /// DynamoDB gave another reason, such as a validation error.
    Other(String),
}

/// Reads the cancellation reasons. Reason n is about action n; its code is "None" if the action is not at fault.
pub(super) fn cancelled(reasons: &[CancellationReason]) -> Cancelled {
    let code = |reason: &CancellationReason| reason.code().unwrap_or("None").to_owned();
    if let Some(at) = reasons.iter().position(|reason| code(reason) == "ConditionalCheckFailed") {
        return Cancelled::Failed(at);
    }
    if let Some(at) = reasons.iter().position(|reason| THROTTLED.contains(&code(reason).as_str())) {
        return Cancelled::Throttled(at);
    }
    if reasons.iter().any(|reason| code(reason) == "TransactionConflict") {
        return Cancelled::Conflict;
    }
    Cancelled::Other(reasons.iter().map(code).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(codes: &[&str]) -> Vec<CancellationReason> {
        codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect()
    }

    #[test]
    fn reasons_are_read_by_position_and_a_failed_condition_outweighs_a_conflict() {
        let failed = reasons(&["None", "TransactionConflict", "ConditionalCheckFailed"]);
        assert!(matches!(cancelled(&failed), Cancelled::Failed(2)));
        assert!(matches!(cancelled(&reasons(&["None", "TransactionConflict"])), Cancelled::Conflict));
        for throttled in ["ThrottlingError", "ProvisionedThroughputExceeded"] {
            assert!(matches!(cancelled(&reasons(&["TransactionConflict", "None", throttled])), Cancelled::Throttled(2)));
        }
        assert!(matches!(cancelled(&reasons(&["ValidationError"])), Cancelled::Other(codes) if codes == "ValidationError"));
    }
}
