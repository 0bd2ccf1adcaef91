//! What goes wrong at a call: the faults of the simulator, against LocalStack.

/// A fault at one call. The first five strike the SDK's own retries of the request as well: the operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The connection closes: nothing arrives.
    Refused,
    /// The service answers with an error of its own.
    ServerError,
    /// The service says that it was too much.
    Throttled,
    /// Another transaction is at the same item.
    Conflict,
    /// It is done, but the reply is lost.
    ReplyLost,
    /// It is done long after the caller gave up, past the lease.
    Late,
    /// The caller's process dies before the call leaves.
    KilledBefore,
    /// The caller's process dies when the call is done and its reply was not read.
    KilledAfter,
    /// It arrives twice.
    Twice,
    /// It arrives seconds later.
    Delayed,
}

impl Fault {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::ServerError => "server error",
            Self::Throttled => "throttled",
            Self::Conflict => "conflict",
            Self::ReplyLost => "reply lost",
            Self::Late => "late",
            Self::KilledBefore => "killed before",
            Self::KilledAfter => "killed after",
            Self::Twice => "twice",
            Self::Delayed => "delayed",
        }
    }

    /// Whether the SDK's retries of the same request meet it again.
    #[must_use]
    pub fn persists(self) -> bool {
        matches!(self, Self::Refused | Self::ServerError | Self::Throttled | Self::Conflict | Self::ReplyLost)
    }

    /// Whether a call, or its second copy, is still on its way when its caller has gone on.
    pub(super) fn keeps(self) -> bool {
        matches!(self, Self::Late | Self::Twice | Self::Delayed)
    }
}
