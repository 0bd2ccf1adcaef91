//! The keyboards of all screens. Every keyboard has a button to the menu, except those of the menu and of the terms.

use super::{
    screen::{Button, Keyboard},
    viewer::Viewer,
};
use crate::{
    catalog::{Catalog, Kind, Style},
    classify::{Class, Why},
    conversation::{Draft, Page, Question, Settings, Tap, Video, VideoState},
    ids::JobId,
    job::Order,
    locale::Locale,
};

/// Numbered buttons in one row.
const NUMBERS_A_ROW: usize = 5;

/// The keyboard under a finished video.
#[must_use]
pub fn delivered_keyboard(order: &Order, job: JobId, catalog: &Catalog) -> Keyboard {
    let locale = order.locale;
    let mut rows = vec![vec![tap(locale.button_again(), &Tap::Again(job))]];
    if catalog.styles(order.kind).len() > 1 {
        rows.push(vec![tap(locale.button_restyle(), &Tap::Restyle(job))]);
    }
    rows.push(vec![open_menu(locale)]);
    Keyboard(rows)
}

/// The keyboard under the message about a failed job, with the next action that suits the failure.
#[must_use]
pub fn ended_keyboard(locale: Locale, job: JobId, class: Class, why: Option<Why>) -> Keyboard {
    let way_on = match class {
        Class::ContentRejected if why == Some(Why::Words) => Some(tap(locale.button_reword(), &Tap::Reword(job))),
        Class::ContentRejected | Class::BadPhoto => Some(tap(locale.button_other_photo(), &Tap::NewPhoto(job))),
        Class::Overloaded | Class::BrokenUpstream | Class::TookTooLong | Class::CouldNotDeliver | Class::TooLarge => {
            Some(tap(locale.button_retry(), &Tap::Again(job)))
        }
        Class::OurAccount | Class::Unreachable => None,
    };
    Keyboard(way_on.map(|button| vec![button]).into_iter().chain([vec![open_menu(locale)]]).collect())
}

/// The keyboard under the status of an order.
#[must_use]
pub fn status_keyboard(locale: Locale) -> Keyboard {
    Keyboard(vec![vec![open_menu(locale)]])
}

/// The keyboard under a page of the menu.
pub(super) fn page(page: &Page, left: Option<&Draft>, viewer: &Viewer, settings: &Settings) -> Vec<Vec<Button>> {
    let locale = viewer.locale;
    let support = || support(locale, settings);
    match page {
        Page::Home => {
            let resume =
                left.map(|_| vec![tap(locale.button_resume(), &Tap::Resume), tap(locale.button_discard(), &Tap::Cancel)]);
            let rest = [
                kinds(locale),
                vec![tap(locale.button_videos(), &Tap::Videos), tap(locale.button_balance(), &Tap::Balance)],
                vec![tap(locale.button_help(), &Tap::Help), tap(locale.button_language(), &Tap::Language)],
            ];
            resume.into_iter().chain(rest).chain(support()).collect()
        }
        Page::Consent => {
            let link = |label: String, url: &Option<String>| url.as_deref().map(|url| vec![Button::link(label, url)]);
            let links = [link(locale.button_terms(), &settings.terms_url), link(locale.button_privacy(), &settings.privacy_url)];
            let accept = [vec![tap(locale.button_accept(), &Tap::Accept)], languages()];
            links.into_iter().flatten().chain(accept).collect()
        }
        Page::Language => vec![languages(), vec![menu(locale)]],
        Page::Help | Page::Balance => support().into_iter().chain([vec![menu(locale)]]).collect(),
        Page::Videos(videos) => {
            let numbers: Vec<_> =
                (1..).zip(videos).map(|(n, video): (usize, _)| tap(n.to_string(), &Tap::Video(video.job))).collect();
            numbers.chunks(NUMBERS_A_ROW).map(<[_]>::to_vec).chain([vec![menu(locale)]]).collect()
        }
        Page::Video(video) => one_video(video, locale),
        Page::Another(_) => vec![
            vec![tap(locale.button_resume(), &Tap::Resume)],
            vec![tap(locale.button_start_new(), &Tap::StartNew)],
            vec![menu(locale)],
        ],
    }
}

/// The row with the link to the support, where sellers ask questions and get more credits.
fn support(locale: Locale, settings: &Settings) -> Option<Vec<Button>> {
    settings.support_url.as_deref().map(|url| vec![Button::link(locale.button_support(), url)])
}

fn one_video(video: &Video, locale: Locale) -> Vec<Vec<Button>> {
    let mut rows = Vec::new();
    if video.state == VideoState::Delivered {
        rows.push(vec![tap(locale.button_resend(), &Tap::Resend(video.job))]);
    }
    if !matches!(video.state, VideoState::Making | VideoState::Sending) {
        rows.push(vec![tap(locale.button_again(), &Tap::Again(video.job))]);
    }
    rows.push(vec![tap(locale.button_videos(), &Tap::Videos), menu(locale)]);
    rows
}

/// The keyboard under a question.
pub(super) fn question(draft: &Draft, question: &Question, viewer: &Viewer, settings: &Settings) -> Vec<Vec<Button>> {
    let locale = viewer.locale;
    let mut rows = answers(draft, question, locale, &settings.catalog);
    if *question == Question::Summary && draft.price().zip(viewer.balance).is_some_and(|(price, balance)| balance < price) {
        rows.extend(support(locale, settings));
    }
    let mut ways = vec![tap(locale.button_back(), &Tap::Back)];
    if draft.has_answered(question) {
        ways.push(tap(locale.button_next(), &Tap::Next));
    }
    ways.push(menu(locale));
    rows.push(ways);
    rows
}

/// The buttons that answer a question.
fn answers(draft: &Draft, question: &Question, locale: Locale, catalog: &Catalog) -> Vec<Vec<Button>> {
    match question {
        Question::Kind => vec![kinds(locale)],
        Question::Photo | Question::OwnPrompt | Question::MorePrompt => vec![],
        Question::About => vec![vec![tap(locale.button_skip(), &Tap::Skip)]],
        Question::Wishes => vec![vec![tap(locale.button_no_wishes(), &Tap::Skip)]],
        Question::Style => {
            let styles = draft.kind.map(|kind| catalog.styles(kind)).unwrap_or_default();
            styles.into_iter().map(|style: Style| vec![tap(locale.style(style), &Tap::Style(style))]).collect()
        }
        Question::ReviewPrompt => vec![
            vec![tap(locale.button_use_prompt(), &Tap::UsePrompt)],
            vec![tap(locale.button_add_prompt(), &Tap::AddPrompt), tap(locale.button_rewrite_prompt(), &Tap::RewritePrompt)],
        ],
        Question::Count => {
            let counts = draft.product(catalog).map(|product| product.counts.clone()).unwrap_or_default();
            vec![counts.into_iter().map(|count| tap(count.to_string(), &Tap::Count(count))).collect()]
        }
        Question::Summary => {
            let pay = draft.price().map(|price| tap(locale.button_confirm(price), &Tap::Confirm(draft.id, draft.revision)));
            vec![pay.into_iter().collect(), vec![tap(locale.button_cancel(), &Tap::Discard(draft.id))]]
        }
        Question::ReplacePhoto { .. } => {
            vec![vec![tap(locale.button_replace_photo(), &Tap::ReplacePhoto), tap(locale.button_keep_photo(), &Tap::KeepPhoto)]]
        }
    }
    .into_iter()
    .filter(|row: &Vec<Button>| !row.is_empty())
    .collect()
}

fn tap(label: String, tap: &Tap) -> Button {
    Button::tap(label, tap.data())
}

fn menu(locale: Locale) -> Button {
    tap(locale.button_menu(), &Tap::Menu)
}

fn open_menu(locale: Locale) -> Button {
    tap(locale.button_menu(), &Tap::OpenMenu)
}

fn kinds(locale: Locale) -> Vec<Button> {
    [Kind::Neurocard, Kind::Reels].map(|kind| tap(locale.button_kind(kind), &Tap::Choose(kind))).into()
}

/// A button for each language, labelled with the language's own name.
fn languages() -> Vec<Button> {
    Locale::ALL.map(|locale| tap(locale.own_name().to_owned(), &Tap::Speak(locale))).into()
}
