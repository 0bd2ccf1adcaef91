//! The kinds of fault that tests inject at a call, in the simulation and on LocalStack.

/// A kind of fault at one call. The first six also strike the retries of the call, so the whole operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// The connection is refused: the call does not arrive.
    Refused,
    /// The service answers with its server error: 500, 502 or an equivalent.
    ServerError,
    /// The service answers that it received too many requests.
    Throttled,
    /// The service answers that another transaction holds the same item.
    Conflict,
    /// The service answers so for longer than the caller tries.
    Contended,
    /// The call takes effect, but its reply is lost.
    ReplyLost,
    /// The call takes effect after the caller timed out and its lease expired.
    Late,
    /// The caller's process dies before the call leaves.
    KilledBefore,
    /// The caller's process dies after the call took effect and before it reads the reply.
    KilledAfter,
    /// The call arrives twice.
    Twice,
    /// The call arrives after a delay: minutes in virtual time, seconds on LocalStack.
    Delayed,
    /// The last entry of a batch fails; the others take effect.
    PartlyFailed,
    /// The callback names the right task, but its sender says the opposite of what became of the task.
    Forged,
    /// The read returns an old image of the item.
    OldImage,
    /// The message becomes a dead letter before a handler gets it, as when Lambda is throttled.
    DeadLetter,
}

impl FaultKind {
    /// Every kind, in the order of the columns of docs/faults.md. The simulation injects all of them.
    pub const ALL: [Self; 15] = [
        Self::Refused,
        Self::ServerError,
        Self::Throttled,
        Self::Conflict,
        Self::Contended,
        Self::ReplyLost,
        Self::Late,
        Self::KilledBefore,
        Self::KilledAfter,
        Self::Twice,
        Self::Delayed,
        Self::PartlyFailed,
        Self::Forged,
        Self::OldImage,
        Self::DeadLetter,
    ];

    /// Returns the kind's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::ServerError => "server error",
            Self::Throttled => "throttled",
            Self::Conflict => "conflict",
            Self::Contended => "contended",
            Self::ReplyLost => "reply lost",
            Self::Late => "late",
            Self::KilledBefore => "killed before",
            Self::KilledAfter => "killed after",
            Self::Twice => "twice",
            Self::Delayed => "delayed",
            Self::PartlyFailed => "partly failed",
            Self::Forged => "forged",
            Self::OldImage => "old image",
            Self::DeadLetter => "dead letter",
        }
    }

    /// Whether the proxy in front of LocalStack injects this kind. The others happen inside the AWS services or outside the stack, or
    /// need the proxy to know a caller's own retries.
    #[must_use]
    pub fn is_injected_by_proxy(self) -> bool {
        !matches!(self, Self::OldImage | Self::DeadLetter | Self::Contended | Self::PartlyFailed | Self::Forged)
    }

    /// Whether the fault also strikes the retries of the same request.
    #[must_use]
    pub fn persists(self) -> bool {
        matches!(self, Self::Refused | Self::ServerError | Self::Throttled | Self::Conflict | Self::Contended | Self::ReplyLost)
    }

    /// Whether the call or its second copy may arrive after its caller has continued.
    #[must_use]
    pub fn outlasts_its_caller(self) -> bool {
        matches!(self, Self::Late | Self::Twice | Self::Delayed)
    }
}
