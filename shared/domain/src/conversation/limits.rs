//! The limits of a conversation. [`crate::limits`] has those of orders.

use std::time::Duration;

/// Update ids stored per chat. Telegram redelivers one update at a time per kind of update, so few ids suffice.
pub const RECENT_UPDATES_MAX: usize = 16;
/// How long a left draft is kept, at least.
pub const DRAFT_KEPT: Duration = Duration::from_secs(24 * 3600);
/// A client splits a text over 4096 units (core.telegram.org/bots/api#message) into messages, and cuts between sentences or words: the first
/// part has at least half of them.
pub const SPLIT_TEXT_MIN_UNITS: usize = 2048;
/// A client sends the parts of a text within this time of each other.
pub const SPLIT_TEXT_WITHIN: Duration = Duration::from_secs(3);
/// Least time between two films that a seller gets as a file: each is uploaded anew.
pub const FILE_EVERY: Duration = Duration::from_secs(30);
/// Films that a seller gets as files in a day, because each costs the transfer of up to 50 MB.
pub const FILES_A_DAY_MAX: u32 = 20;
/// The time over which they are counted.
pub const FILES_COUNTED: Duration = Duration::from_secs(24 * 3600);
/// Updates of one seller that the bot answers in a minute. An album of ten photos is ten updates.
pub const UPDATES_A_MINUTE_MAX: u32 = 40;
