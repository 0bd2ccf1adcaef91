//! Transitions of an ended job whose end the order's status message does not show yet. An edit fails without effect on the job, so
//! the sweeper repeats it.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::InvalidTransition;
use crate::{
    job::entity::Job,
    rules::{Rules, STATUS_EDITS_MAX, WAIT_MAX},
};

impl Job {
    /// The same job, of which the order's status message has to show the end. A replay has no status message.
    pub(super) fn with_end_unshown(self) -> Self {
        Self { unshown: self.order.status_message.map(|_| 0), ..self }
    }

    /// The same ended job. It needs nothing more, unless its end is unshown: then it is due when this handler's lease would end.
    pub(super) fn closed(self, now: Timestamp, rules: &Rules) -> Self {
        let due_at = self.unshown.map(|_| now + rules.lease);
        Self { due_at, ..self }
    }

    /// Records that the status message shows the end, or can never show it.
    ///
    /// # Errors
    /// The end is not unshown, or the seller is not notified yet.
    pub fn end_shown(&self) -> Result<Self, InvalidTransition> {
        self.edits_of_end("have its end shown")?;
        Ok(Self { unshown: None, due_at: None, ..self.released() })
    }

    /// Records an edit of the status message that failed. The sweeper repeats it after the wait, [`STATUS_EDITS_MAX`] edits in all.
    ///
    /// # Errors
    /// The end is not unshown, or the seller is not notified yet.
    pub fn end_not_shown(&self, wait: Option<Duration>, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        let edits = self.edits_of_end("fail to have its end shown")?;
        if edits.saturating_add(1) >= STATUS_EDITS_MAX {
            return self.end_shown();
        }
        let mut job = Self { unshown: Some(edits + 1), ..self.released() };
        job.due_in(wait.unwrap_or_else(|| rules.retry_delays.after(edits)).min(WAIT_MAX), now, rules);
        Ok(job)
    }

    /// The edits that failed. A seller who cannot be notified cannot be shown anything, so the edits begin after the notification.
    fn edits_of_end(&self, what: &'static str) -> Result<u32, InvalidTransition> {
        self.unshown.filter(|_| self.is_settled()).ok_or_else(|| self.invalid(what))
    }
}
