//! Edited messages: an edit changes the answer that the message gave, as long as the order is not paid.

use super::{
    chat::{Chat, Page, Place, Silence},
    context::Context,
    draft::{ABOUT_MAX_CHARS, Answer, Draft, OwnPrompt, Question, WISHES_MAX_CHARS},
    input::Edit,
    notice::Notice,
    ordering,
    outcome::{Destination, Step, plain, quiet, stay},
    sources::{AnswerPart, Source},
    words::{count, says_nothing, tidy},
};
use crate::{photo::Photo, utf16};

/// Messages of one answer that are kept apart; of more, the oldest two count as one.
const SOURCES_MAX: usize = 16;
/// Stands for words whose message is not known any more.
const NO_MESSAGE: i64 = 0;

/// The step for a message that the seller changed.
pub(super) fn edited(chat: &Chat, update: i64, edit: &Edit, context: &Context<'_>) -> Step {
    let silent = || quiet(chat.at(update, chat.place.clone(), chat.notice), Silence::UnchangedAnswer);
    let Some(message) = context.seller_message.map(|message| message.id) else { return silent() };
    if let Place::Order { draft, question: Question::ReplacePhoto { message: Some(waiting), .. } } = &chat.place
        && *waiting == message
    {
        return waiting_photo(chat, update, draft, edit, context).unwrap_or_else(silent);
    }
    match chat.place.draft().map(|draft| (draft, changed(draft, message, edit, context))) {
        Some((_, Err(notice))) => stay(chat, update, notice),
        Some((draft, Ok(changed))) if changed != *draft => plain(chat, update, shown(chat, changed, context)),
        _ if chat.ordered_sources.iter().any(|source| source.message == message && differs(&source.part, edit)) => {
            stay(chat, update, Notice::EditedTooLate)
        }
        _ => silent(),
    }
}

/// The destination of a draft that an edit changed. A choice that the seller was asked for is asked again, so that it is not lost.
fn shown(chat: &Chat, changed: Draft, context: &Context<'_>) -> Destination {
    let changed = changed.changed(context.now, &context.settings.catalog);
    match &chat.place {
        Place::Order { question: question @ Question::ReplacePhoto { .. }, .. } => {
            (Place::Order { draft: changed, question: question.clone() }, None)
        }
        Place::Menu { page: page @ Page::Another(_), .. } => (Place::Menu { page: page.clone(), left: Some(changed) }, None),
        _ => ordering::ask(changed, context),
    }
}

/// The step for an edit of a photo that waits for the choice between it and the draft's photo; `None` if the edit changes nothing.
fn waiting_photo(chat: &Chat, update: i64, draft: &Draft, edit: &Edit, context: &Context<'_>) -> Option<Step> {
    let Place::Order { question: Question::ReplacePhoto { photo, about, message }, .. } = &chat.place else { return None };
    if let Some(notice) = edit.unusable {
        return Some(stay(chat, update, notice));
    }
    let upload = edit.photo.as_ref()?;
    if let Some(flaw) = ordering::flaw(draft, &upload.facts, &context.settings.catalog) {
        return Some(stay(chat, update, Notice::Photo(flaw)));
    }
    let new = Photo { pixels: upload.facts.pixels, ..upload.photo.clone() };
    let new = if new.unique_id == photo.unique_id { photo.clone() } else { new };
    let caption = ordering::caption_of(upload);
    if (&new, &caption) == (photo, about) {
        return None;
    }
    let question = Question::ReplacePhoto { photo: new, about: caption, message: *message };
    Some(plain(chat, update, (Place::Order { draft: draft.clone(), question }, None)))
}

/// The draft with the answers of an edited message changed; the same draft if the message gave no answer, or still says the same.
///
/// # Errors
/// The notice that refuses the new answer.
fn changed(draft: &Draft, message: i64, edit: &Edit, context: &Context<'_>) -> Result<Draft, Notice> {
    let mut changed = draft.clone();
    let is_source = |source: &&mut Source| source.message == message;
    let gave_the_photo =
        draft.sources.iter().any(|source| source.message == message && matches!(source.part, AnswerPart::Photo(_)));
    if let Some(notice) = edit.unusable.filter(|_| gave_the_photo) {
        return Err(notice);
    }
    if let Some(upload) = edit.photo.as_ref().filter(|_| gave_the_photo) {
        let known = draft.photo.as_ref().map(|photo| photo.unique_id.as_str());
        if known != Some(upload.photo.unique_id.as_str()) {
            if let Some(flaw) = ordering::flaw(&changed, &upload.facts, &context.settings.catalog) {
                return Err(Notice::Photo(flaw));
            }
            changed.photo = Some(Photo { pixels: upload.facts.pixels, ..upload.photo.clone() });
        }
        // A caption that is added later describes the product like one that came with the photo.
        let is_described = draft.about.words().is_some() || draft.sources.iter().any(|source| source.part.is_about());
        let words = tidy(edit.words.as_deref().unwrap_or_default());
        if !is_described && !words.is_empty() {
            changed.sources.push(Source { message, part: AnswerPart::About(String::new()) });
        }
    }
    changed.sources.iter_mut().filter(is_source).for_each(|source| source.part = after(&source.part, edit));
    if changed.sources == draft.sources {
        return Ok(changed);
    }
    let of = |draft: &Draft, is_kind: fn(&AnswerPart) -> bool| {
        draft.sources.iter().filter(|source| is_kind(&source.part)).cloned().collect::<Vec<_>>()
    };
    let differs = |changed: &Draft, is_kind| of(changed, is_kind) != of(draft, is_kind);
    if differs(&changed, AnswerPart::is_about) {
        changed.about = answer(&changed.parts(AnswerPart::is_about), ABOUT_MAX_CHARS)?;
    }
    if differs(&changed, AnswerPart::is_wishes) {
        changed.wishes = answer(&changed.parts(AnswerPart::is_wishes), WISHES_MAX_CHARS)?;
    }
    if differs(&changed, AnswerPart::is_own_prompt) {
        let max = draft.product(&context.settings.catalog).map_or(usize::MAX, |product| product.prompt.max_chars);
        changed.own_prompt = match changed.parts(AnswerPart::is_own_prompt).join("\n") {
            words if words.is_empty() => OwnPrompt::Open,
            words if utf16::length(&words) > max => return Err(Notice::TextTooLong { max, was: utf16::length(&words) }),
            words => OwnPrompt::Written(words),
        };
    }
    Ok(changed)
}

/// The answer that these words make together.
fn answer(parts: &[&str], max: usize) -> Result<Answer, Notice> {
    let words: Vec<&str> = parts.iter().copied().filter(|words| !says_nothing(words)).collect();
    match words.join("\n") {
        words if words.is_empty() => Ok(Answer::Skipped),
        words if count(&words) > max => Err(Notice::TextTooLong { max, was: count(&words) }),
        words => Ok(Answer::Given(words)),
    }
}

impl Draft {
    /// The words of one answer, in the order of its messages.
    fn parts(&self, is_kind: fn(&AnswerPart) -> bool) -> Vec<&str> {
        let of_kind = self.sources.iter().filter(|source| is_kind(&source.part));
        of_kind.filter_map(|source| source.part.words()).filter(|words| !words.is_empty()).collect()
    }

    /// The draft after this message gave an answer in place of the present one.
    #[must_use]
    pub(super) fn heard(mut self, message: Option<i64>, part: AnswerPart) -> Self {
        self.sources.retain(|source| !source.part.is_like(&part));
        self.sources.extend(message.map(|message| Source { message, part }));
        self
    }

    /// The draft after this message added to an answer, whose present words are these.
    #[must_use]
    pub(super) fn heard_more(mut self, message: Option<i64>, part: AnswerPart, present: Option<&str>) -> Self {
        let is_known = self.sources.iter().any(|source| source.part.is_like(&part));
        if let Some(words) = present.filter(|_| !is_known) {
            self.sources.push(Source { message: NO_MESSAGE, part: part.saying(words.to_owned()) });
        }
        self.sources.push(Source { message: message.unwrap_or(NO_MESSAGE), part: part.clone() });
        let alike: Vec<usize> =
            (0..).zip(&self.sources).filter(|(_, source)| source.part.is_like(&part)).map(|(n, _)| n).collect();
        if let [first, second, ..] = alike[..]
            && alike.len() > SOURCES_MAX
        {
            let both = [self.sources.get(first), self.sources.get(second)].into_iter().flatten();
            let words: Vec<&str> = both.filter_map(|source| source.part.words()).collect();
            let merged = Source { message: NO_MESSAGE, part: part.saying(words.join("\n")) };
            self.sources.remove(second);
            if let Some(source) = self.sources.get_mut(first) {
                *source = merged;
            }
        }
        self
    }
}

/// Whether a message says something else after this edit.
fn differs(part: &AnswerPart, edit: &Edit) -> bool {
    after(part, edit) != *part
}

/// What a message says after this edit.
fn after(part: &AnswerPart, edit: &Edit) -> AnswerPart {
    match (part, &edit.photo) {
        (AnswerPart::Photo(_), Some(upload)) => AnswerPart::Photo(upload.photo.unique_id.clone()),
        (AnswerPart::Photo(_), None) => part.clone(),
        _ => part.saying(tidy(edit.words.as_deref().unwrap_or_default())),
    }
}
