//! The bot's commands for sellers.

/// The commands the bot registers with Telegram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Opens the menu.
    Start,
    /// Begins an order.
    Create,
    /// Shows the last videos.
    Videos,
    /// Shows the balance.
    Balance,
    /// Explains how the bot works.
    Help,
    /// Shows the same page as [`Command::Help`], which links to the support.
    Support,
    /// Shows the choice of the language.
    Language,
    /// Forgets the open draft.
    Cancel,
}

impl Command {
    /// Every command, in the order of the list in Telegram.
    pub const ALL: [Self; 8] =
        [Self::Start, Self::Create, Self::Videos, Self::Balance, Self::Help, Self::Support, Self::Language, Self::Cancel];

    /// The command's name without the slash. Telegram: 1-32 characters of `a-z 0-9 _`.
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
