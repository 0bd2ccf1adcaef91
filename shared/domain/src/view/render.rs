//! Renders a stored chat as a screen.

use super::{
    keyboards,
    progress::Progress,
    screen::{Keyboard, Screen},
    viewer::Viewer,
};
use crate::{
    catalog::{Product, Style},
    conversation::{Chat, Draft, Page, Place, Question, Settings, Video},
    locale::Locale,
};

/// The screen that shows a chat's place, with the chat's notice above the text.
#[must_use]
pub fn render(chat: &Chat, viewer: &Viewer, settings: &Settings) -> Screen {
    let locale = viewer.locale;
    let (text, keyboard) = match &chat.place {
        Place::Menu { page, left } => {
            (page_text(page, left.as_ref(), viewer, settings), keyboards::page(page, left.as_ref(), viewer, settings))
        }
        Place::Order { draft, question } => {
            (question_text(draft, question, viewer, settings), keyboards::question(draft, question, viewer, settings))
        }
        Place::Ordered(placed) => {
            let ordered = u32::from(placed.count);
            let accepted = Progress { kind: placed.kind, ordered, waiting: ordered, ..Progress::none(placed.kind) };
            let product = settings.catalog.offer(placed.kind, placed.style);
            let text = format!("{}\n{}", locale.status(accepted, product), locale.charged(placed.price, viewer.balance));
            (text, keyboards::status_keyboard(locale).0)
        }
    };
    let notice = chat.notice.and_then(|notice| viewer.sees(notice));
    let text = notice.map_or(text.clone(), |notice| format!("{}\n\n{text}", locale.notice(notice)));
    Screen { text, keyboard: Keyboard(keyboard) }
}

fn page_text(page: &Page, left: Option<&Draft>, viewer: &Viewer, settings: &Settings) -> String {
    let Viewer { locale, balance } = *viewer;
    match page {
        Page::Home if left.is_some() => format!("{}\n\n{}", locale.home(balance), locale.draft_waits()),
        Page::Home => locale.home(balance),
        Page::Consent => locale.consent(),
        Page::Language => locale.choose_language(),
        Page::Help => locale.help(settings.support_url.as_deref()),
        Page::Balance => locale.balance(balance, settings.support_url.as_deref()),
        Page::Videos(videos) if videos.is_empty() => locale.no_videos(),
        Page::Videos(videos) => {
            let line = |(n, video): (usize, &Video)| format!("{n}. {}", video_line(video, locale));
            let lines: Vec<_> = (1..).zip(videos).map(line).collect();
            format!("{}\n\n{}", locale.videos(), lines.join("\n"))
        }
        Page::Video(video) => video_line(video, locale),
        Page::Another(_) => locale.another_order(),
    }
}

fn video_line(video: &Video, locale: Locale) -> String {
    let day = video.ordered_at.strftime("%d.%m.%Y").to_string();
    format!("<b>{}</b>, {}, {day}: {}", locale.kind(video.kind), locale.style(video.style), locale.video_state(video.state))
}

fn question_text(draft: &Draft, question: &Question, viewer: &Viewer, settings: &Settings) -> String {
    let Viewer { locale, balance } = *viewer;
    let product = draft.product(&settings.catalog);
    match question {
        Question::Kind => locale.ask_kind(),
        Question::Photo => locale.ask_photo(draft.kind),
        Question::About => locale.ask_about(),
        Question::Style => locale.ask_style(),
        Question::OwnPrompt => locale.ask_own_prompt(product.map_or(0, |product| product.prompt.max_chars)),
        Question::MorePrompt => locale.ask_more_prompt(),
        Question::ReviewPrompt => locale.review_prompt(draft.own_prompt.words().unwrap_or_default()),
        Question::Wishes => locale.ask_wishes(),
        Question::Count => {
            let each = product.map(Product::price).unwrap_or_default();
            locale.ask_count(draft.style.unwrap_or(Style::Product), each, balance)
        }
        Question::Summary => locale.summary(draft, product, balance),
        Question::ReplacePhoto { .. } => locale.ask_replace_photo(),
    }
}
