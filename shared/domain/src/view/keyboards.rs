//! The keyboards of all screens. Every keyboard has a button to the menu, except those of the menu and of the terms.

use super::{
    screen::{Button, Keyboard},
    viewer::Viewer,
};
use crate::{
    catalog::{Catalog, Frame, Kind, Length, Preset, Style},
    classify::{Class, Why},
    conversation::{Draft, Page, Question, Settings, Tap, VIDEOS_SHOWN_MAX, Video, VideoState},
    credits::Credits,
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
    let restyle = (catalog.styles(order.kind).len() > 1).then(|| tap(locale.button_restyle(), &Tap::Restyle(job)));
    let rest = restyle.into_iter().chain([tap(locale.button_file(), &Tap::AsFile(job))]).collect();
    Keyboard(vec![
        vec![tap(locale.button_again(), &Tap::Again(job))],
        rest,
        vec![tap(locale.button_new_product(), &Tap::More), open_menu(locale)],
    ])
}

/// The keyboard under the message about a failed job, with the next action that suits the failure. `is_finished` is whether the film was
/// made and is kept.
#[must_use]
pub fn ended_keyboard(locale: Locale, job: JobId, class: Class, why: Option<Why>, is_finished: bool) -> Keyboard {
    let way_on = match class {
        Class::ContentRejected if why == Some(Why::Words) => Some(tap(locale.button_reword(), &Tap::Reword(job))),
        Class::CouldNotDeliver if is_finished => Some(tap(locale.button_send_finished(), &Tap::SendFinished(job))),
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
    Keyboard(vec![vec![tap(locale.button_more(), &Tap::More), open_menu(locale)]])
}

/// The keyboard under a page of the menu.
pub(super) fn page(page: &Page, left: Option<&Draft>, viewer: &Viewer, settings: &Settings) -> Vec<Vec<Button>> {
    let locale = viewer.locale;
    let support = || support(locale, settings);
    match page {
        Page::Home => {
            let resume = left
                .filter(|draft| draft.has_content())
                .map(|_| vec![tap(locale.button_resume(), &Tap::Resume), tap(locale.button_discard(), &Tap::Cancel)]);
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
        Page::Help => support().into_iter().chain([vec![menu(locale)]]).collect(),
        Page::Balance => {
            let operations = vec![tap(locale.button_operations(), &Tap::Operations)];
            support().into_iter().chain([operations, vec![menu(locale)]]).collect()
        }
        Page::Videos(videos) => {
            let shown = || videos.iter().take(VIDEOS_SHOWN_MAX);
            let numbers: Vec<_> =
                (1..).zip(shown()).map(|(n, video): (usize, _)| tap(n.to_string(), &Tap::Video(video.job))).collect();
            let last = shown().next_back().filter(|_| videos.len() > VIDEOS_SHOWN_MAX);
            let older = last.map(|video| tap(locale.button_older(), &Tap::OlderVideos(video.job)));
            let turn = vec![tap(locale.button_newest(), &Tap::Videos)].into_iter().chain(older).collect();
            numbers.chunks(NUMBERS_A_ROW).map(<[_]>::to_vec).chain([turn, vec![menu(locale)]]).collect()
        }
        Page::Operations(_, more) => {
            let older = more.map(|job| tap(locale.button_older(), &Tap::OlderOperations(job)));
            let turn = vec![tap(locale.button_newest(), &Tap::Operations)].into_iter().chain(older).collect();
            vec![turn, vec![tap(locale.button_balance(), &Tap::Balance), menu(locale)]]
        }
        Page::Video(video) => one_video(video, locale, &settings.catalog),
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

fn one_video(video: &Video, locale: Locale, catalog: &Catalog) -> Vec<Vec<Button>> {
    let mut rows = Vec::new();
    if video.state == VideoState::Delivered {
        rows.push(vec![tap(locale.button_resend(), &Tap::Resend(video.job))]);
    }
    if video.is_kept && video.state == VideoState::Failed {
        rows.push(vec![tap(locale.button_send_finished(), &Tap::SendFinished(video.job))]);
    } else if video.is_kept {
        rows.push(vec![tap(locale.button_file(), &Tap::AsFile(video.job))]);
    }
    if !matches!(video.state, VideoState::Making | VideoState::Sending) {
        rows.push(vec![tap(locale.button_again(), &Tap::Again(video.job))]);
        if catalog.styles(video.kind).len() > 1 {
            rows.push(vec![tap(locale.button_restyle(), &Tap::Restyle(video.job))]);
        }
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
    if *question == Question::Summary {
        rows.extend(edits(draft, viewer, &settings.catalog));
        rows.push(vec![tap(locale.button_cancel(), &Tap::Discard(draft.id)), menu(locale)]);
    } else {
        rows.push(vec![tap(locale.button_back(), &Tap::Back), menu(locale)]);
    }
    rows
}

/// The buttons of the summary that change the order: each leads back to the summary in one tap, or is one.
fn edits(draft: &Draft, viewer: &Viewer, catalog: &Catalog) -> Vec<Vec<Button>> {
    if draft.finished.is_some() {
        return vec![];
    }
    let (locale, product) = (viewer.locale, draft.product(catalog));
    let (Some(product), Some(length)) = (product, draft.length(catalog)) else { return vec![] };
    let each = draft.quote.unwrap_or(length.credits);
    let choice = |label: String, is_chosen: bool, price: Option<Credits>, data: Tap| {
        let lacks = price.zip(viewer.balance).is_some_and(|(price, balance)| balance < price);
        tap(locale.button_choice(label, is_chosen, price, lacks), &data)
    };
    let count = |count: &u8| choice(format!("×{count}"), draft.count == Some(*count), each.times(*count), Tap::Count(*count));
    // The price stands on a choice only if the choice changes it.
    let other_price = |credits: Credits| credits.times(draft.count.unwrap_or(1)).filter(|_| credits != each);
    let secs = |offered: &Length| {
        choice(locale.seconds(offered.secs), offered.secs == length.secs, other_price(offered.credits), Tap::Length(offered.secs))
    };
    let frame = product.frame(draft.frame);
    let framed = |offered: &Frame| choice(locale.frame(*offered), *offered == frame, None, Tap::Frame(*offered));
    // The rows below show what a preset has set: two presets may have the same frame and length.
    let preset = |(preset, offered): (&Preset, Length)| {
        choice(preset.name.clone(), false, other_price(offered.credits), Tap::Shape(preset.frame, preset.secs))
    };
    let styles = catalog.styles(product.kind);
    let own = product.style == Style::Own;
    let other_styles = styles.len() > 1;
    let prompt = if own {
        Some(tap(locale.button_edit_prompt(), &Tap::EditPrompt))
    } else {
        let price = catalog.offer(product.kind, Style::Own).map(|own| own.length(draft.secs).credits);
        let label = format!("✍️ {}", locale.style(Style::Own));
        price.map(|price| choice(label, false, other_price(price), Tap::Style(Style::Own)))
    };
    let style = other_styles.then(|| tap(locale.button_edit_style(), &Tap::EditStyle));
    let about = (!own).then(|| tap(locale.button_edit_about(), &Tap::EditAbout));
    let wishes = (!own).then(|| tap(locale.button_edit_wishes(), &Tap::EditWishes));
    let several = |row: Vec<Button>| if row.len() > 1 { row } else { vec![] };
    let rows = [
        several(product.counts.iter().map(count).collect()),
        catalog.presets(product).map(preset).collect(),
        several(product.frames.iter().map(framed).collect()),
        several(product.lengths.iter().map(secs).collect()),
        style.into_iter().chain(prompt).collect(),
        about.into_iter().chain(wishes).collect(),
        vec![tap(locale.button_edit_photo(), &Tap::EditPhoto)],
    ];
    rows.into_iter().filter(|row: &Vec<Button>| !row.is_empty()).collect()
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
            let price =
                |style| draft.kind.and_then(|kind| catalog.offer(kind, style)).map(|product| product.length(draft.secs).credits);
            let button = |style: Style| {
                let label = locale.button_choice(locale.style(style), draft.style == Some(style), price(style), false);
                vec![tap(label, &Tap::Style(style))]
            };
            styles.into_iter().map(button).collect()
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
            let label = |price| match draft.finished {
                Some(_) => locale.button_confirm_finished(price),
                None => locale.button_confirm(price),
            };
            let pay = draft.price().map(|price| tap(label(price), &Tap::Confirm(draft.id, draft.revision)));
            vec![pay.into_iter().collect()]
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
