//! The bot's commands.

/// The commands the bot registers with Telegram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// The menu.
    Start,
    /// An order.
    Create,
    /// The last videos.
    Videos,
    /// The balance.
    Balance,
    /// How it works.
    Help,
    /// Whom to ask: the same page.
    Support,
    /// The languages.
    Language,
    /// Forget what was begun.
    Cancel,
}

impl Command {
    /// Every command, in the order of the list people see.
    pub const ALL: [Self; 8] =
        [Self::Start, Self::Create, Self::Videos, Self::Balance, Self::Help, Self::Support, Self::Language, Self::Cancel];

    /// Its name without the slash. Telegram: 1-32 of `a-z 0-9 _`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Create => "create",
            Self::Videos => "videos",
            Self::Balance => "balance",
            Self::Help => "help",
            Self::Support => "support",
            Self::Language => "language",
            Self::Cancel => "cancel",
        }
    }
}
