//! Renders a stored chat as a screen.

use super::{
    html::escape_html,
    keyboards,
    progress::Progress,
    screen::{Keyboard, Screen},
    viewer::Viewer,
};
use crate::{
    catalog::{Product, Style},
    conversation::{Chat, Draft, Page, Place, Question, Settings, VIDEOS_SHOWN_MAX, Video, VideoState},
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
            let none = Progress { ordered, ..Progress::none(placed.kind) };
            let accepted =
                if placed.is_finished { Progress { sending: ordered, ..none } } else { Progress { waiting: ordered, ..none } };
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
        Page::Home if left.is_some_and(Draft::has_content) => format!("{}\n\n{}", locale.home(balance), locale.draft_waits()),
        Page::Home => locale.home(balance),
        Page::Consent => locale.consent(),
        Page::Language => locale.choose_language(),
        Page::Help => locale.help(settings.support_url.as_deref()),
        Page::Balance => locale.balance(balance, settings.support_url.as_deref()),
        Page::Videos(videos) if videos.is_empty() => locale.no_videos(),
        Page::Videos(videos) => {
            let line = |(n, video): (usize, &Video)| format!("{n}. {}", video_line(video, locale));
            let lines: Vec<_> = (1..).zip(videos.iter().take(VIDEOS_SHOWN_MAX)).map(line).collect();
            format!("{}\n\n{}", locale.videos(), lines.join("\n"))
        }
        Page::Operations(operations, None) if operations.is_empty() => locale.no_operations(),
        Page::Operations(operations, _) => {
            let lines: Vec<_> = operations.iter().map(|operation| locale.operation(operation)).collect();
            format!("{}\n\n{}", locale.operations(balance), lines.join("\n"))
        }
        Page::Video(video) if video.is_kept && video.state == VideoState::Failed => {
            format!("{}\n\n{}", video_line(video, locale), locale.finished_waits())
        }
        Page::Video(video) => video_line(video, locale),
        Page::Another(_) => locale.another_order(),
    }
}

fn video_line(video: &Video, locale: Locale) -> String {
    let when = locale.day_and_time(video.ordered_at);
    let about = video.about.as_deref().map(|about| format!("<i>{}</i>, ", escape_html(about))).unwrap_or_default();
    // A kind with one style needs no name of it.
    let style = if video.style == Style::Product { String::new() } else { format!(", {}", locale.style(video.style)) };
    format!("<b>{}</b>{style}, {about}{when}: {}", locale.kind(video.kind), locale.video_state(video.state))
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
        Question::Summary => match &draft.finished {
            Some(finished) => locale.summary_of_finished(finished.order.kind, draft.price().unwrap_or_default(), balance),
            None => locale.summary(draft, product, balance),
        },
        Question::ReplacePhoto { .. } => locale.ask_replace_photo(),
    }
}
