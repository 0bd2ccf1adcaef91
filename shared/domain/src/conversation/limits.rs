//! The limits of a conversation. [`crate::limits`] has those of orders.

use std::time::Duration;

/// Update ids stored per chat. Telegram redelivers one update at a time per kind of update, so few ids suffice.
pub const RECENT_UPDATES_MAX: usize = 16;
/// How long a left draft is kept, at least.
pub const DRAFT_KEPT: Duration = Duration::from_secs(24 * 3600);
/// Updates of one seller that the bot answers in a minute. An album of ten photos is ten updates.
pub const UPDATES_A_MINUTE_MAX: u32 = 40;
