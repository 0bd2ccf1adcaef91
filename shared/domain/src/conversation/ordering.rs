//! The steps in an open draft: its questions, answers and photos.

use jiff::Timestamp;

use super::{
    account::{Profile, Settings},
    chat::{Album, Chat, Page, Place, Silence},
    context::Context,
    draft::{ABOUT_MAX_CHARS, Answer, Draft, OwnPrompt, Question, WISHES_MAX_CHARS},
    input::{Input, Tap, Upload},
    notice::Notice,
    outcome::{Destination, Step, plain, quiet, stay},
    sources::AnswerPart,
    words::{count, says_nothing, tidy},
};
use crate::{
    catalog::{Catalog, Style},
    photo::{Facts, Flaw, Photo},
    utf16,
};

/// The place of the draft's next question. At the summary the draft gets its quote. A photo that the chosen product cannot use is
/// refused with a notice and asked for again.
pub(super) fn ask(draft: Draft, context: &Context<'_>) -> Destination {
    let catalog = &context.settings.catalog;
    if draft.finished.is_some() {
        return (at(draft, Question::Summary, context), None);
    }
    // Choices that a newer catalog no longer offers are asked again. The new revision invalidates older confirm buttons.
    let draft = if draft.is_settled(catalog) { draft } else { draft.changed(context.now, catalog) };
    let flaw = draft.photo.as_ref().and_then(|photo| flaw(&draft, &photo.facts(), catalog));
    let draft = if flaw.is_some() { Draft { photo: None, ..draft }.changed(context.now, catalog) } else { draft };
    let question = draft.next_question();
    (at(draft, question, context), flaw.map(Notice::Photo))
}

/// The flaw of a photo for a draft. Until the product is chosen a photo is refused only if no product can use it.
pub(super) fn flaw(draft: &Draft, facts: &Facts, catalog: &Catalog) -> Option<Flaw> {
    if let Some(product) = draft.product(catalog) {
        return product.flaw(facts, product.frame(draft.frame));
    }
    let possible = catalog.offered().filter(|product| draft.kind.is_none_or(|kind| product.kind == kind));
    let flaws: Vec<_> = possible.map(|product| product.flaw(facts, product.frame(draft.frame))).collect();
    if flaws.contains(&None) { None } else { flaws.into_iter().flatten().next() }
}

/// The place of this question of a draft.
pub(super) fn at(mut draft: Draft, question: Question, context: &Context<'_>) -> Place {
    if question == Question::Summary && draft.quote.is_none() {
        let catalog = &context.settings.catalog;
        draft.quote = draft.length(catalog).map(|length| length.credits);
        draft.shown = draft.shape(catalog);
    }
    Place::Order { draft, question }
}

/// The destination of an input at a question.
pub(super) fn answer(draft: &Draft, question: &Question, input: &Input, context: &Context<'_>) -> Destination {
    let catalog = &context.settings.catalog;
    let here = || Place::Order { draft: draft.clone(), question: question.clone() };
    let stay = |notice| (here(), Some(notice));
    let on = |draft: Draft| ask(draft.changed(context.now, catalog), context);
    if draft.finished.is_some() {
        return match input {
            Input::Tap(Tap::Back) => (here().page(Page::Home, context.now), None),
            Input::Tap(_) => stay(Notice::OldButton),
            Input::File => stay(Notice::NotAnImage),
            Input::Heic => stay(Notice::Heic),
            _ => stay(Notice::ChooseAButton),
        };
    }
    match (input, question) {
        (Input::Tap(Tap::Back), _) => match draft.question_before(question) {
            Some(before) => (at(draft.clone(), before, context), None),
            None => (here().page(Page::Home, context.now), None),
        },
        (Input::Tap(Tap::Next), _) if draft.has_answered(question) => ask(draft.clone(), context),
        (Input::Tap(Tap::Choose(kind)), _) => on(Draft { kind: Some(*kind), ..draft.clone() }),
        (Input::Tap(Tap::Style(style)), _) if draft.kind.is_some_and(|kind| catalog.offer(kind, *style).is_some()) => {
            on(Draft { style: Some(*style), ..draft.clone() })
        }
        (Input::Tap(Tap::Count(count)), _) if draft.product(catalog).is_some_and(|product| product.counts.contains(count)) => {
            on(Draft { count: Some(*count), ..draft.clone() })
        }
        (Input::Tap(Tap::Length(secs)), _) if draft.product(catalog).is_some_and(|product| product.offers(*secs)) => {
            on(Draft { secs: Some(*secs), ..draft.clone() })
        }
        (Input::Tap(Tap::Frame(frame)), _) if draft.product(catalog).is_some_and(|product| product.frames.contains(frame)) => {
            reshaped(draft, question, Draft { frame: Some(*frame), ..draft.clone() }, context)
        }
        (Input::Tap(Tap::Shape(frame, least)), _)
            if draft.product(catalog).is_some_and(|product| product.is_offered(*frame, *least)) =>
        {
            let secs = draft.product(catalog).map(|product| product.length(Some(*least)).secs);
            reshaped(draft, question, Draft { frame: Some(*frame), secs, ..draft.clone() }, context)
        }
        (Input::Tap(Tap::Skip), Question::About) => on(Draft { about: Answer::Skipped, ..draft.clone() }),
        (Input::Tap(Tap::Skip), Question::Wishes) => on(Draft { wishes: Answer::Skipped, ..draft.clone() }),
        (Input::Tap(Tap::EditPhoto), _) if draft.is_complete() => (at(draft.clone(), Question::Photo, context), None),
        (Input::Tap(Tap::EditStyle), _) if draft.kind.is_some() => (at(draft.clone(), Question::Style, context), None),
        (Input::Tap(Tap::EditAbout), _) if draft.is_complete() => (at(draft.clone(), Question::About, context), None),
        (Input::Tap(Tap::EditWishes), _) if draft.is_complete() => (at(draft.clone(), Question::Wishes, context), None),
        (Input::Tap(Tap::EditPrompt), _) if draft.is_complete() && draft.style == Some(Style::Own) => {
            (at(draft.clone(), Question::ReviewPrompt, context), None)
        }
        (Input::Tap(Tap::UsePrompt), Question::ReviewPrompt) => match draft.own_prompt.words() {
            Some(words) => on(Draft { own_prompt: OwnPrompt::Kept(words.to_owned()), ..draft.clone() }),
            None => ask(draft.clone(), context),
        },
        (Input::Tap(Tap::AddPrompt), Question::ReviewPrompt) => (at(draft.clone(), Question::MorePrompt, context), None),
        (Input::Tap(Tap::RewritePrompt), Question::ReviewPrompt) => (at(draft.clone(), Question::OwnPrompt, context), None),
        (Input::Tap(Tap::ReplacePhoto), Question::ReplacePhoto { photo, about, message }) => {
            let replaced =
                Draft { photo: Some(photo.clone()), ..draft.clone() }.heard(*message, AnswerPart::Photo(photo.unique_id.clone()));
            // The new photo's caption describes the new product.
            match about {
                Some(about) => {
                    on(Draft { about: Answer::Given(about.clone()), ..replaced }
                        .heard(*message, AnswerPart::About(about.clone())))
                }
                None => on(replaced),
            }
        }
        (Input::Tap(Tap::KeepPhoto), Question::ReplacePhoto { .. }) => ask(draft.clone(), context),
        (Input::Tap(_), _) => stay(Notice::OldButton),
        (Input::Text(words), question) if question.takes_words() => answer_in_words(draft, question, words, context),
        (Input::File, _) => stay(Notice::NotAnImage),
        (Input::Heic, _) => stay(Notice::Heic),
        (_, Question::Photo) => stay(Notice::SendAPhoto),
        (_, question) if question.takes_words() => stay(Notice::SendText),
        _ => stay(Notice::ChooseAButton),
    }
}

/// The destination of another frame. A photo that does not suit the frame keeps the present one.
fn reshaped(draft: &Draft, question: &Question, changed: Draft, context: &Context<'_>) -> Destination {
    let catalog = &context.settings.catalog;
    let flaw = changed.photo.as_ref().and_then(|photo| flaw(&changed, &photo.facts(), catalog));
    match flaw {
        Some(flaw) => (Place::Order { draft: draft.clone(), question: question.clone() }, Some(Notice::Photo(flaw))),
        None => ask(changed.changed(context.now, catalog), context),
    }
}

/// The destination of words at a question.
fn answer_in_words(draft: &Draft, question: &Question, words: &str, context: &Context<'_>) -> Destination {
    let (words, catalog) = (tidy(words), &context.settings.catalog);
    let here = |notice| (Place::Order { draft: draft.clone(), question: question.clone() }, Some(notice));
    if words.is_empty() {
        return here(Notice::SendText);
    }
    let optional = if says_nothing(&words) { Answer::Skipped } else { Answer::Given(words.clone()) };
    let message = context.seller_message.map(|message| message.id);
    let prompt_max = draft.product(catalog).map_or(0, |product| product.prompt.max_chars);
    let more = || format!("{}\n{words}", draft.own_prompt.words().unwrap_or_default());
    // Words at the summary are added to the wishes, so that no words are lost.
    let more_wishes = || match (&optional, draft.wishes.words()) {
        (Answer::Given(words), Some(wishes)) => Answer::Given(format!("{wishes}\n{words}")),
        _ => optional.clone(),
    };
    let (max, changed) = match question {
        Question::About => {
            (ABOUT_MAX_CHARS, Draft { about: optional, ..draft.clone() }.heard(message, AnswerPart::About(words.clone())))
        }
        Question::Wishes => {
            (WISHES_MAX_CHARS, Draft { wishes: optional, ..draft.clone() }.heard(message, AnswerPart::Wishes(words.clone())))
        }
        Question::Summary if draft.style != Some(Style::Own) => {
            let (part, wishes) = (AnswerPart::Wishes(words.clone()), more_wishes());
            let heard = match draft.wishes.words().filter(|_| !says_nothing(&words)) {
                Some(present) => draft.clone().heard_more(message, part, Some(present)),
                None => draft.clone().heard(message, part),
            };
            (WISHES_MAX_CHARS, Draft { wishes, ..heard })
        }
        // Words at the review and at the summary are added to the prompt too, so that no words are lost; the review then shows them.
        question => {
            let part = AnswerPart::OwnPrompt(words.clone());
            let (prompt, heard) = if *question == Question::OwnPrompt {
                (words.clone(), draft.clone().heard(message, part))
            } else {
                (tidy(&more()), draft.clone().heard_more(message, part, draft.own_prompt.words()))
            };
            (prompt_max, Draft { own_prompt: OwnPrompt::Written(prompt), ..heard })
        }
    };
    let length = |draft: &Draft| match question {
        Question::About => draft.about.words().map_or(0, count),
        Question::Wishes => draft.wishes.words().map_or(0, count),
        Question::Summary if draft.style != Some(Style::Own) => draft.wishes.words().map_or(0, count),
        _ => draft.own_prompt.words().map_or(0, utf16::length),
    };
    if length(&changed) > max {
        return here(Notice::TextTooLong { max, was: length(&changed) });
    }
    ask(changed.changed(context.now, catalog), context)
}

/// The step for a photo. The photo goes into the open draft, replaces the draft's photo after a question, or begins a draft.
pub(super) fn image(chat: &Chat, update: i64, upload: &Upload, context: &Context<'_>) -> Step {
    if let (Some(album), Some(taken)) = (&upload.album, &chat.album)
        && *album == taken.id
    {
        return further_photo(chat, update, taken.said);
    }
    let open = chat.place.draft().filter(|draft| draft.finished.is_none());
    let catalog = &context.settings.catalog;
    let draft = open.cloned().unwrap_or_else(|| Draft::begun(context.fresh, context.now));
    // Another style may take the photo; the summary shows it. An own prompt keeps its style.
    let needs_another_style = draft.style != Some(Style::Own) && flaw(&draft, &upload.facts, catalog).is_some();
    let draft = if needs_another_style { Draft { style: None, ..draft } } else { draft };
    if let Some(flaw) = flaw(&draft, &upload.facts, catalog) {
        return stay(chat, update, Notice::Photo(flaw));
    }
    let photo = Photo { pixels: upload.facts.pixels, ..upload.photo.clone() };
    let message = context.seller_message.map(|message| message.id);
    let is_asked_for = matches!(chat.place, Place::Order { question: Question::Photo, .. });
    let is_another = draft.photo.as_ref().is_some_and(|known| known.unique_id != photo.unique_id);
    let destination = if is_another && !is_asked_for {
        let about = caption_of(upload);
        (at(draft, Question::ReplacePhoto { photo, about, message }, context), None)
    } else {
        let (about, notice) = described(&draft, upload.caption.as_deref());
        let part = AnswerPart::Photo(photo.unique_id.clone());
        let described = about.words().filter(|_| about != draft.about).map(|words| AnswerPart::About(words.to_owned()));
        let mut draft = Draft { photo: Some(photo), about, ..draft }.heard(message, part);
        if let Some(part) = described {
            draft = draft.heard(message, part);
        }
        let draft = draft.changed(context.now, catalog);
        let (place, flawed) = ask(draft, context);
        (place, flawed.or(notice))
    };
    let mut step = plain(chat, update, destination);
    step.chat.album = upload.album.clone().map(|id| Album { id, said: false });
    step
}

/// The caption that describes the product of a new photo; `None` if the photo has none of a suitable length.
pub(super) fn caption_of(upload: &Upload) -> Option<String> {
    upload.caption.as_deref().map(tidy).filter(|words| (1..=ABOUT_MAX_CHARS).contains(&count(words)))
}

/// The draft's description after a photo: the photo's caption, unless the draft has a description.
fn described(draft: &Draft, caption: Option<&str>) -> (Answer, Option<Notice>) {
    let known = draft.about.clone();
    match caption.map(tidy).filter(|words| !words.is_empty() && known == Answer::Open) {
        Some(words) if count(&words) <= ABOUT_MAX_CHARS => (Answer::Given(words), None),
        Some(words) => (known, Some(Notice::TextTooLong { max: ABOUT_MAX_CHARS, was: count(&words) })),
        None => (known, None),
    }
}

/// The step for a further photo of an album: the first one shows a notice, later ones show nothing.
fn further_photo(chat: &Chat, update: i64, was_announced: bool) -> Step {
    let album = chat.album.clone().map(|album| Album { said: true, ..album });
    let mut step = if was_announced {
        quiet(chat.at(update, chat.place.clone(), chat.notice), Silence::Album)
    } else {
        plain(chat, update, (chat.place.settled(), Some(Notice::FirstOfAlbum)))
    };
    step.chat.album = album;
    step
}

impl Upload {
    /// Whether the thumbnail and the head of the file are worth a download. They are not if the step refuses the photo anyway: for its size, as a further
    /// photo of an album, before consent, or in a flood of updates.
    #[must_use]
    pub fn is_worth_inspecting(&self, chat: &Chat, profile: &Profile, settings: &Settings, now: Timestamp) -> bool {
        let taken = chat.album.as_ref().is_some_and(|album| Some(&album.id) == self.album.as_ref());
        let is_usable =
            settings.catalog.offered().any(|row| row.frames.iter().any(|frame| row.flaw(&self.facts, *frame).is_none()));
        !taken && is_usable && !settings.asks_consent_of(profile) && !chat.pace.is_flooded_by_one_more(now)
    }
}
