//! A chat as Telegram shows it: bubbles, buttons, photos, films.

use fakes::telegram::{Author, Body, ChatLine, KeyButton, SentAs, SentVideo};
use maud::{Markup, PreEscaped, html};
use serde_json::Value;

use crate::{
    App,
    people::{Chats, Contact},
};

/// How long Telegram shows an action of the bot, in milliseconds.
const ACTION_SHOWN_MS: i64 = 5000;

/// The lines of a chat. A line keeps its id, and its version changes with its content, so the script replaces only what changed.
pub(super) fn chat(app: &App, chats: &Chats, contact: &Contact) -> Markup {
    let lines = contact.person.chat();
    let action = chats.telegram.actions(contact.person.id()).pop();
    let now_ms = app.sandbox.now().as_millisecond();
    let shown_ms = action.as_ref().map_or(0, |(at_ms, _)| (at_ms + ACTION_SHOWN_MS - now_ms).max(0));
    html! {
        @if chats.telegram.is_down(contact.person.id()) {
            p.state lang="en" data-key="down" data-version="0" { "Telegram is down for this chat." }
        }
        @if chats.telegram.is_blocked(contact.person.id()) {
            p.state lang="en" data-key="blocked" data-version="0" { "The seller has blocked the bot." }
        }
        @if lines.is_empty() {
            div.empty lang="en" data-key="empty" data-version="0" {
                p { "This chat is empty. As in Telegram, it begins with Start." }
                button type="button" data-say="/start" { "Start" }
            }
        }
        @for (number, line) in lines.iter().enumerate() {
            @if is_shown(line) {
                (bubble(number, line))
            }
        }
        @if shown_ms > 0 {
            p.action lang="en" data-key="action" data-version=(shown_ms) data-for=(shown_ms) { "sending a video…" }
        }
    }
}

/// Taps are not shown: Telegram shows none.
fn is_shown(line: &ChatLine) -> bool {
    !matches!(line.body, Body::Tap { .. })
}

fn bubble(number: usize, line: &ChatLine) -> Markup {
    let side = match (&line.body, line.author) {
        (Body::Notice { .. }, _) => "notice",
        (_, Author::Bot) => "bot",
        (_, Author::Person) => "own",
    };
    let edits = line.earlier.len();
    let version = format!("{}.{}.{edits}.{}", line.message_id, line.at_ms, line.keyboard.iter().flatten().count());
    html! {
        article class=(side) data-key=(number) data-version=(version) {
            div.bubble {
                (content(&line.body))
                footer { @if edits > 0 { "edited " } (time(line.edited_ms.unwrap_or(line.at_ms))) }
            }
            @if !line.keyboard.is_empty() {
                div.keys {
                    @for row in &line.keyboard {
                        div.row { @for key in row { (button(line.message_id, key)) } }
                    }
                }
            }
        }
    }
}

fn content(body: &Body) -> Markup {
    match body {
        Body::Text { text, entities, .. } => html! { div.text { (formatted(text, entities)) } },
        Body::Video(video) => film(video),
        Body::Sent(fields) => sent(fields),
        Body::Notice { text } => html! { div.text { (text) } },
        Body::Tap { .. } => html! {},
    }
}

fn film(video: &SentVideo) -> Markup {
    let address = format!("/files/{}", video.file_id);
    html! {
        @match (video.film, video.sent_as) {
            (Some((width, height, _)), SentAs::Video | SentAs::Animation) => {
                video controls playsinline preload="metadata" width=(width) height=(height) src=(address) {}
            }
            _ => { a.file href=(address) download="video.mp4" { "📄 video.mp4, " (video.size / 1000) " kB" } }
        }
        div.text { (video.caption) }
    }
}

fn sent(fields: &Value) -> Markup {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let largest =
        fields.get("photo").and_then(Value::as_array).and_then(|sizes| sizes.last()).and_then(|size| size.get("file_id"));
    let caption = fields.get("caption").map(text);
    html! {
        @if let Some(id) = largest.map(text) {
            img src=(format!("/files/{id}")) alt="the photo that was sent";
        } @else if let Some(document) = fields.get("document") {
            span.file { "📄 " (document.get("file_name").map(text).unwrap_or_else(|| "file".to_owned())) }
        }
        @if let Some(caption) = caption { div.text { (caption) } }
    }
}

fn button(message: i64, key: &KeyButton) -> Markup {
    match (&key.data, &key.url) {
        (Some(data), _) => html! { button type="button" data-tap=(data) data-message=(message) { (key.label) } },
        (None, Some(url)) => html! { a href=(url) target="_blank" rel="noopener noreferrer" { (key.label) " ↗" } },
        (None, None) => html! {},
    }
}

/// A text with its entities as HTML. Offsets and lengths count UTF-16 units (core.telegram.org/bots/api#messageentity).
fn formatted(text: &str, entities: &[Value]) -> Markup {
    let number = |entity: &Value, name: &str| entity.get(name).and_then(Value::as_u64).unwrap_or_default();
    let mut html = String::new();
    let mut at = 0;
    let marks = |at: u64, begins: bool, html: &mut String| {
        let here = |entity: &&Value| {
            let offset = number(entity, "offset");
            let place = if begins { offset } else { offset + number(entity, "length") };
            place == at && number(entity, "length") > 0
        };
        // The outer entity begins first and ends last.
        let mut found: Vec<&Value> = entities.iter().filter(here).collect();
        found.sort_by_key(|entity| number(entity, "length"));
        if begins {
            found.reverse();
        }
        for tag in found.into_iter().filter_map(tag) {
            html.push_str(if begins { "<" } else { "</" });
            html.push_str(tag);
            html.push('>');
        }
    };
    for character in text.chars() {
        marks(at, false, &mut html);
        marks(at, true, &mut html);
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
        at += character.len_utf16() as u64;
    }
    marks(at, false, &mut html);
    PreEscaped(html)
}

/// The HTML element of an entity; `None` for an entity that changes nothing on the page.
fn tag(entity: &Value) -> Option<&'static str> {
    match entity.get("type")?.as_str()? {
        "bold" => Some("b"),
        "italic" => Some("i"),
        "underline" => Some("u"),
        "strikethrough" => Some("s"),
        "code" => Some("code"),
        "pre" => Some("pre"),
        "blockquote" => Some("blockquote"),
        _ => None,
    }
}

/// The time of day in UTC.
fn time(at_ms: i64) -> String {
    let secs = at_ms.div_euclid(1000).rem_euclid(86_400);
    format!("{:02}:{:02}", secs / 3600, secs / 60 % 60)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_escaped_and_has_its_marks() {
        let bold = json!({"type": "bold", "offset": 3, "length": 6});
        let italic = json!({"type": "italic", "offset": 6, "length": 3});
        assert_eq!(formatted("🎬 <b>me & ok", &[bold, italic]).into_string(), "🎬 <b>&lt;b&gt;<i>me </i></b>&amp; ok");
        assert_eq!(formatted("a\n\"b\"", &[]).into_string(), "a<br>\"b\"");
    }
}
