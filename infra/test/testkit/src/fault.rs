//! The faults that tests inject at a call: the same kinds in the simulation and against LocalStack.

/// What goes wrong at one call. The first five also strike the SDK's own retries of the call: the operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// The connection is refused: nothing arrives.
    Refused,
    /// The service answers with an error of its own: 500, 502, or what it says instead.
    ServerError,
    /// The service answers that it received too many requests.
    Throttled,
    /// Another transaction holds the same item.
    Conflict,
    /// The call takes effect, but its reply is lost.
    ReplyLost,
    /// The call takes effect long after the caller gave up, past the lease.
    Late,
    /// The caller's process dies before the call leaves.
    KilledBefore,
    /// The caller's process dies after the call took effect and before it reads the reply.
    KilledAfter,
    /// The call arrives twice.
    Twice,
    /// The call arrives after a delay: minutes in virtual time, seconds on LocalStack.
    Delayed,
    /// The answer is an older one: a copy that lags.
    OldImage,
    /// The message uses up its receives before a handler gets it, as when Lambda is throttled: it is a dead letter at once.
    DeadLetter,
}

impl FaultKind {
    /// Every kind, in the order of the columns of docs/faults.md. The simulation injects them all.
    pub const ALL: [Self; 12] = [
        Self::Refused,
        Self::ServerError,
        Self::Throttled,
        Self::Conflict,
        Self::ReplyLost,
        Self::Late,
        Self::KilledBefore,
        Self::KilledAfter,
        Self::Twice,
        Self::Delayed,
        Self::OldImage,
        Self::DeadLetter,
    ];

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
            Self::OldImage => "old image",
            Self::DeadLetter => "dead letter",
        }
    }

    /// Whether the proxy in front of LocalStack can inject it. The two others change what the services themselves hold.
    #[must_use]
    pub fn is_injected_by_proxy(self) -> bool {
        !matches!(self, Self::OldImage | Self::DeadLetter)
    }

    /// Whether the SDK's retries of the same request meet it again.
    #[must_use]
    pub fn persists(self) -> bool {
        matches!(self, Self::Refused | Self::ServerError | Self::Throttled | Self::Conflict | Self::ReplyLost)
    }

    /// Whether a call, or its second copy, is still on its way when its caller has gone on.
    #[must_use]
    pub fn outlasts_its_caller(self) -> bool {
        matches!(self, Self::Late | Self::Twice | Self::Delayed)
    }
}
