//! What a conversation keeps, and how much of it there may be.

use std::time::Duration;

/// Updates remembered per chat. Telegram redelivers one at a time per kind of update, so a few are plenty.
pub const RECENT_UPDATES_MAX: usize = 16;
/// How long a draft that was left is kept, at least.
pub const DRAFT_KEPT: Duration = Duration::from_secs(24 * 3600);
/// Videos of one person that may be in the making at the same time.
pub const OPEN_JOBS_MAX: usize = 10;
/// Updates of one person that are answered in a minute; an album of ten photos is ten.
pub const UPDATES_A_MINUTE_MAX: u32 = 40;
