//! Planned failures of the bot's calls.

use super::refusal::Refusal;
use super::{State, Telegram};
use crate::lock;

/// Stands for the chat of calls that are about none, such as the settings of the bot.
pub const NO_CHAT: i64 = 0;

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// The call is refused with 429, to be repeated after this many seconds.
    TooManyRequests(u32),
    /// The call is refused with 403, as if the person had blocked the bot. [`Telegram::block`] blocks it for all calls.
    Blocked,
    /// The call is refused with 400 "chat not found".
    ChatNotFound,
    /// The call fails with a server error with this HTTP status.
    Transient(u16),
    /// The call is neither carried out nor answered.
    Hang,
    /// The call is carried out, but the connection drops before the answer.
    LoseReply,
    /// The call is carried out, but never answered.
    HangAfterDoing,
    /// The call is refused with 400: Telegram could not fetch the URL.
    BadUrl,
    /// The call is refused with 413: the upload is too large.
    TooLarge,
    /// The call is refused with this code and description.
    Refuse(u16, String),
}

/// A planned failure of the next calls of a method about a chat.
pub(super) struct Planned {
    pub chat: i64,
    pub method: String,
    pub left: usize,
    pub fault: CallFailure,
}

/// What happens to a call.
pub(super) enum Fate {
    Do,
    Refuse(Refusal),
    Hang,
    DoAndDrop,
    DoAndHang,
}

impl Telegram {
    /// Decides what happens to a call, and uses up a planned failure if one applies.
    pub(super) fn fate(&self, method: &str, chat: Option<i64>) -> Fate {
        let mut state = lock(&self.inner.state);
        let chat = chat.unwrap_or(NO_CHAT);
        if state.chats.get(&chat).is_some_and(|chat| chat.down) {
            return Fate::Refuse(Refusal::transient(502));
        }
        let fault = take(&mut state, method, chat);
        if let (Some(CallFailure::Blocked | CallFailure::ChatNotFound | CallFailure::Refuse(403, _)), Some(chat)) =
            (&fault, state.chats.get_mut(&chat))
        {
            chat.refused_ms = Some(self.inner.clock.now_ms());
        }
        match fault {
            None => Fate::Do,
            Some(CallFailure::TooManyRequests(seconds)) => Fate::Refuse(Refusal::too_many(seconds)),
            Some(CallFailure::Blocked) => Fate::Refuse(Refusal::blocked()),
            Some(CallFailure::ChatNotFound) => Fate::Refuse(Refusal::bad("chat not found")),
            Some(CallFailure::Transient(code)) => Fate::Refuse(Refusal::transient(code)),
            Some(CallFailure::Hang) => Fate::Hang,
            Some(CallFailure::LoseReply) => Fate::DoAndDrop,
            Some(CallFailure::HangAfterDoing) => Fate::DoAndHang,
            Some(CallFailure::BadUrl) => Fate::Refuse(Refusal::bad("failed to get HTTP URL content")),
            Some(CallFailure::TooLarge) => Fate::Refuse(Refusal::too_large()),
            Some(CallFailure::Refuse(code, description)) => Fate::Refuse(Refusal::new(code, description)),
        }
    }
}

fn take(state: &mut State, method: &str, chat: i64) -> Option<CallFailure> {
    let fits =
        |planned: &&mut Planned| planned.left > 0 && planned.chat == chat && (planned.method == "*" || planned.method == method);
    let planned = state.faults.iter_mut().find(fits)?;
    planned.left -= 1;
    Some(planned.fault.clone())
}
