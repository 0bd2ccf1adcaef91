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
};
use crate::{
    catalog::Catalog,
    photo::{Facts, Flaw, Photo},
    utf16,
};

/// Texts that skip a question, in either language.
const NOTHING_TO_SAY: [&str; 10] =
    ["skip", "no", "none", "nothing", "-", "пропустить", "нет", "без пожеланий", "ничего", "не надо"];

/// The place of the draft's next question. At the summary the draft gets its quote. A photo that the chosen product cannot use is
/// refused with a notice and asked for again.
pub(super) fn ask(draft: Draft, context: &Context<'_>) -> Destination {
    let catalog = &context.settings.catalog;
    // Choices that a newer catalog no longer offers are asked again. The new revision invalidates older confirm buttons.
    let draft = if draft.is_settled(catalog) { draft } else { draft.changed(context.now, catalog) };
    let flaw = draft.photo.as_ref().and_then(|photo| flaw(&draft, &photo.facts(), catalog));
    let draft = if flaw.is_some() { Draft { photo: None, ..draft }.changed(context.now, catalog) } else { draft };
    let question = draft.next_question(catalog);
    (at(draft, question, context), flaw.map(Notice::Photo))
}

/// The flaw of a photo for a draft. Until the product is chosen a photo is refused only if no product can use it.
fn flaw(draft: &Draft, facts: &Facts, catalog: &Catalog) -> Option<Flaw> {
    if let Some(product) = draft.product(catalog) {
        return product.flaw(facts);
    }
    let possible = catalog.offered().filter(|product| draft.kind.is_none_or(|kind| product.kind == kind));
    let flaws: Vec<_> = possible.map(|product| product.flaw(facts)).collect();
    if flaws.contains(&None) { None } else { flaws.into_iter().flatten().next() }
}

/// The place of this question of a draft.
fn at(mut draft: Draft, question: Question, context: &Context<'_>) -> Place {
    if question == Question::Summary && draft.quote.is_none() {
        draft.quote = draft.product(&context.settings.catalog).map(|product| product.price());
    }
    Place::Order { draft, question }
}

/// The destination of an input at a question.
pub(super) fn answer(draft: &Draft, question: &Question, input: &Input, context: &Context<'_>) -> Destination {
    let catalog = &context.settings.catalog;
    let here = || Place::Order { draft: draft.clone(), question: question.clone() };
    let stay = |notice| (here(), Some(notice));
    let on = |draft: Draft| ask(draft.changed(context.now, catalog), context);
    match (input, question) {
        (Input::Tap(Tap::Back), _) => match draft.question_before(question, catalog) {
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
        (Input::Tap(Tap::Skip), Question::About) => on(Draft { about: Answer::Skipped, ..draft.clone() }),
        (Input::Tap(Tap::Skip), Question::Wishes) => on(Draft { wishes: Answer::Skipped, ..draft.clone() }),
        (Input::Tap(Tap::UsePrompt), Question::ReviewPrompt) => match draft.own_prompt.words() {
            Some(words) => on(Draft { own_prompt: OwnPrompt::Kept(words.to_owned()), ..draft.clone() }),
            None => ask(draft.clone(), context),
        },
        (Input::Tap(Tap::AddPrompt), Question::ReviewPrompt) => (at(draft.clone(), Question::MorePrompt, context), None),
        (Input::Tap(Tap::RewritePrompt), Question::ReviewPrompt) => (at(draft.clone(), Question::OwnPrompt, context), None),
        (Input::Tap(Tap::ReplacePhoto), Question::ReplacePhoto { photo, about }) => {
            // The new photo's caption describes the new product.
            let about = about.clone().map_or_else(|| draft.about.clone(), Answer::Given);
            on(Draft { photo: Some(photo.clone()), about, ..draft.clone() })
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

/// The destination of words at a question.
fn answer_in_words(draft: &Draft, question: &Question, words: &str, context: &Context<'_>) -> Destination {
    let (words, catalog) = (tidy(words), &context.settings.catalog);
    let here = |notice| (Place::Order { draft: draft.clone(), question: question.clone() }, Some(notice));
    if words.is_empty() {
        return here(Notice::SendText);
    }
    let optional =
        if NOTHING_TO_SAY.contains(&words.to_lowercase().as_str()) { Answer::Skipped } else { Answer::Given(words.clone()) };
    let prompt_max = draft.product(catalog).map_or(0, |product| product.prompt.max_chars);
    let more = || format!("{}\n{words}", draft.own_prompt.words().unwrap_or_default());
    let (max, changed) = match question {
        Question::About => (ABOUT_MAX_CHARS, Draft { about: optional, ..draft.clone() }),
        Question::Wishes => (WISHES_MAX_CHARS, Draft { wishes: optional, ..draft.clone() }),
        Question::OwnPrompt => (prompt_max, Draft { own_prompt: OwnPrompt::Written(words.clone()), ..draft.clone() }),
        // Words at the review are added to the prompt too, so that no words are lost; the review then shows them.
        _ => (prompt_max, Draft { own_prompt: OwnPrompt::Written(tidy(&more())), ..draft.clone() }),
    };
    let length = |draft: &Draft| match question {
        Question::About => draft.about.words().map_or(0, count),
        Question::Wishes => draft.wishes.words().map_or(0, count),
        _ => draft.own_prompt.words().map_or(0, utf16::length),
    };
    if length(&changed) > max {
        return here(Notice::TextTooLong { max, was: length(&changed) });
    }
    ask(changed.changed(context.now, catalog), context)
}

fn count(words: &str) -> usize {
    words.chars().count()
}

/// The words without control characters other than line ends, and without white space at both ends.
fn tidy(words: &str) -> String {
    let plain: String = words.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    plain.trim().to_owned()
}

/// The step for a photo. The photo goes into the open draft, replaces the draft's photo after a question, or begins a draft.
pub(super) fn image(chat: &Chat, update: i64, upload: &Upload, context: &Context<'_>) -> Step {
    if let (Some(album), Some(taken)) = (&upload.album, &chat.album)
        && *album == taken.id
    {
        return further_photo(chat, update, taken.said);
    }
    let open = chat.place.draft();
    let catalog = &context.settings.catalog;
    let draft = open.cloned().unwrap_or_else(|| Draft::begun(context.fresh, context.now));
    if let Some(flaw) = flaw(&draft, &upload.facts, catalog) {
        return stay(chat, update, Notice::Photo(flaw));
    }
    let photo = Photo { pixels: upload.facts.pixels, ..upload.photo.clone() };
    let is_asked_for = matches!(chat.place, Place::Order { question: Question::Photo, .. });
    let is_another = draft.photo.as_ref().is_some_and(|known| known.unique_id != photo.unique_id);
    let destination = if is_another && !is_asked_for {
        let about = upload.caption.as_deref().map(tidy).filter(|words| (1..=ABOUT_MAX_CHARS).contains(&count(words)));
        (at(draft, Question::ReplacePhoto { photo, about }, context), None)
    } else {
        let (about, notice) = described(&draft, upload.caption.as_deref());
        let draft = Draft { photo: Some(photo), about, ..draft }.changed(context.now, catalog);
        let (place, flawed) = ask(draft, context);
        (place, flawed.or(notice))
    };
    let mut step = plain(chat, update, destination);
    step.chat.album = upload.album.clone().map(|id| Album { id, said: false });
    step
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
        let is_usable = settings.catalog.offered().any(|product| product.flaw(&self.facts).is_none());
        !taken && is_usable && !settings.asks_consent_of(profile) && !chat.pace.is_flooded_by_one_more(now)
    }
}
