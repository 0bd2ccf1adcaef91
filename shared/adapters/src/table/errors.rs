//! What state the table is in after an error.

use aws_sdk_dynamodb::{
    error::{BuildError, ProvideErrorMetadata, SdkError},
    types::CancellationReason,
};

/// Why a call on the table did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Somebody else wrote first: nothing was written. Read again and decide again.
    #[error("somebody else wrote first")]
    Stale,
    /// The balance does not cover the charge: nothing was written.
    #[error("the balance does not cover the charge")]
    NotEnough,
    /// Whom credits were meant for has no account: nothing was written.
    #[error("there is no such account")]
    NoAccount,
    /// The job is as it was decided on, and yet its settlement exists or its account does not: somebody else wrote here.
    /// Nothing was written; an operator is needed.
    #[error("job {job}: the ledger contradicts the job (action {action} of its settlement)")]
    BrokenLaw {
        /// The job.
        job: String,
        /// Which action of the transaction was refused.
        action: usize,
    },
    /// The table said no, or could not be asked; whether anything was written is unknown after a lost reply.
    #[error("DynamoDB {operation}: {reason}")]
    Unavailable {
        /// The call.
        operation: &'static str,
        /// What it said.
        reason: String,
    },
    /// An item cannot be read: nothing was written.
    #[error("item {key} cannot be read: {reason}")]
    Unreadable {
        /// Its sort key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl TableError {
    pub(super) fn unbuilt(error: BuildError) -> Self {
        Self::Unavailable { operation: "request", reason: error.to_string() }
    }

    pub(super) fn unreadable(key: &str, reason: &dyn std::fmt::Display) -> Self {
        // What an item holds may be personal: the words of the error up to the first that quotes it.
        let reason = reason.to_string();
        let reason = reason.split(['"', '`', ':']).next().unwrap_or_default().trim().to_owned();
        Self::Unreadable { key: key.to_owned(), reason }
    }

    /// An SDK error, with the service's code and message where there is one.
    pub(super) fn unavailable<E: ProvideErrorMetadata, R>(operation: &'static str, error: &SdkError<E, R>) -> Self {
        let reason = match (error.code(), error.message()) {
            (Some(code), message) => format!("{code}: {}", message.unwrap_or("no message")),
            (None, _) => match error {
                SdkError::TimeoutError(_) => "no answer in time".to_owned(),
                SdkError::DispatchFailure(_) => "not reached".to_owned(),
                _ => "no readable answer".to_owned(),
            },
        };
        Self::Unavailable { operation, reason }
    }
}

/// What a cancelled transaction means, read by position.
pub(super) enum Cancelled {
    /// Another transaction was at one of the items: the same one may be tried again.
    Conflict,
    /// The condition of this action failed; a failed condition is never tried again.
    Failed(usize),
    /// Throttled, or something the code cannot help.
    Other(String),
}

/// Reads cancellation reasons: same order and length as the actions, "None" for the innocent.
pub(super) fn cancelled(reasons: &[CancellationReason]) -> Cancelled {
    let code = |reason: &CancellationReason| reason.code().unwrap_or("None").to_owned();
    if let Some(at) = reasons.iter().position(|reason| code(reason) == "ConditionalCheckFailed") {
        return Cancelled::Failed(at);
    }
    if reasons.iter().any(|reason| matches!(code(reason).as_str(), "TransactionConflict" | "ThrottlingError")) {
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
        assert!(matches!(cancelled(&reasons(&["ValidationError"])), Cancelled::Other(what) if what == "ValidationError"));
    }
}
