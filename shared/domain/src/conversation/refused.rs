//! Messages that the bot refused: an edit corrects one, and the rest of a split text follows one.

use super::{
    chat::Chat,
    context::Context,
    input::{Edit, Input},
    limits::{SPLIT_TEXT_MIN_UNITS, SPLIT_TEXT_WITHIN},
    notice::Notice,
    outcome::Step,
};
use crate::utf16;

/// The input of a message that the bot refused and the seller has corrected by an edit; `None` for every other edit.
pub(super) fn corrected(chat: &Chat, edit: &Edit, context: &Context<'_>) -> Option<Input> {
    let message = context.seller_message?.id;
    // A message that gave an answer stays an answer, even if an edit of it was refused.
    let is_answer = chat.place.draft().is_some_and(|draft| draft.sources.iter().any(|source| source.message == message));
    if chat.refused_message != Some(message) || is_answer {
        return None;
    }
    match (&edit.photo, edit.unusable, &edit.words) {
        (Some(upload), _, _) => Some(Input::Image(upload.clone())),
        (None, Some(Notice::Heic), _) => Some(Input::Heic),
        (None, Some(_), _) => Some(Input::File),
        (None, None, Some(words)) => Some(Input::Text(words.clone())),
        (None, None, None) => None,
    }
}

/// Whether a notice refuses a message that an edit can correct.
pub(super) fn refuses(notice: Notice) -> bool {
    matches!(
        notice,
        Notice::TextTooLong { .. } | Notice::Photo(_) | Notice::NotAnImage | Notice::Heic | Notice::SendText | Notice::SendAPhoto
    )
}

/// Whether a text is the rest of one that the bot refused as too long: a client splits a long text into messages, which it sends at once.
pub(super) fn is_rest_of_text(chat: &Chat, context: &Context<'_>) -> bool {
    let (Some(split_at), Some(message)) = (chat.split_at, context.seller_message) else { return false };
    (split_at..=split_at + SPLIT_TEXT_WITHIN).contains(&message.sent_at)
}

/// The step with a mark if its message was refused, so that a later update knows.
pub(super) fn marked(mut step: Step, chat: &Chat, input: &Input, context: &Context<'_>) -> Step {
    let message = context.seller_message;
    if step.silence.is_some() {
        step.chat.refused_message = chat.refused_message;
        return step;
    }
    let is_message = matches!(input, Input::Text(_) | Input::Image(_) | Input::File | Input::Heic | Input::Edited(_));
    if is_message && step.chat.place == chat.place && step.chat.notice.is_some_and(refuses) {
        step.chat.refused_message = message.map(|message| message.id);
    }
    let is_too_long = matches!(step.chat.notice, Some(Notice::TextTooLong { .. }));
    if is_too_long && matches!(input, Input::Text(words) if utf16::length(words) >= SPLIT_TEXT_MIN_UNITS) {
        step.chat.split_at = message.map(|message| message.sent_at);
    }
    step
}
