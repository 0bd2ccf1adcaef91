//! What a story lets go wrong.

use super::refusal::Refusal;
use super::{Telegram, World};
use crate::lock;

/// How a call goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429, to be tried again after so many seconds.
    TooManyRequests(u32),
    /// 403: the person blocked the bot (this call only; see [`Telegram::block`] for good).
    Blocked,
    /// 400 "chat not found".
    ChatNotFound,
    /// A server error with this HTTP status.
    Transient(u16),
    /// Never answered, nothing done.
    Hang,
    /// Done, but the connection drops before the answer.
    LoseReply,
    /// Done, but never answered.
    HangAfterDoing,
    /// 400: Telegram could not fetch the URL.
    BadUrl,
    /// 413.
    TooLarge,
    /// Refused with this code and description.
    Refuse(u16, String),
}

/// Faults waiting for their calls.
pub(super) struct Planned {
    pub chat: i64,
    pub method: String,
    pub left: usize,
    pub fault: Fault,
}

/// What becomes of a call.
pub(super) enum Fate {
    Do,
    Refuse(Refusal),
    Hang,
    DoAndDrop,
    DoAndHang,
}

impl Telegram {
    /// Decides a call's fate, using up one planned fault if one fits.
    pub(super) fn fate(&self, method: &str, chat: Option<i64>) -> Fate {
        let mut world = lock(&self.inner.world);
        let Some(chat) = chat else { return Fate::Do };
        if world.chats.get(&chat).is_some_and(|chat| chat.down) {
            return Fate::Refuse(Refusal::transient(502));
        }
        let fault = take(&mut world, method, chat);
        if let (Some(Fault::Blocked | Fault::ChatNotFound | Fault::Refuse(403, _)), Some(chat)) =
            (&fault, world.chats.get_mut(&chat))
        {
            chat.refused_ms = Some(self.inner.clock.now_ms());
        }
        match fault {
            None => Fate::Do,
            Some(Fault::TooManyRequests(seconds)) => Fate::Refuse(Refusal::too_many(seconds)),
            Some(Fault::Blocked) => Fate::Refuse(Refusal::blocked()),
            Some(Fault::ChatNotFound) => Fate::Refuse(Refusal::bad("chat not found")),
            Some(Fault::Transient(code)) => Fate::Refuse(Refusal::transient(code)),
            Some(Fault::Hang) => Fate::Hang,
            Some(Fault::LoseReply) => Fate::DoAndDrop,
            Some(Fault::HangAfterDoing) => Fate::DoAndHang,
            Some(Fault::BadUrl) => Fate::Refuse(Refusal::bad("failed to get HTTP URL content")),
            Some(Fault::TooLarge) => Fate::Refuse(Refusal::too_large()),
            Some(Fault::Refuse(code, description)) => Fate::Refuse(Refusal::new(code, description)),
        }
    }
}

fn take(world: &mut World, method: &str, chat: i64) -> Option<Fault> {
    let fits =
        |planned: &&mut Planned| planned.left > 0 && planned.chat == chat && (planned.method == "*" || planned.method == method);
    let planned = world.faults.iter_mut().find(fits)?;
    planned.left -= 1;
    Some(planned.fault.clone())
}
