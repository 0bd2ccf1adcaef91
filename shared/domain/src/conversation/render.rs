//! Where a chat is, as a screen.

use super::{Chat, Draft, Place, Profile, Tap};
use crate::{
    catalog::{Catalog, Kind},
    ids::JobId,
    screen::{Button, Keyboard, Screen},
    texts::Locale,
};

/// The screen of a chat.
#[must_use]
pub fn render(chat: &Chat, profile: &Profile, catalog: &Catalog) -> Screen {
    let (locale, balance) = (profile.locale, profile.balance);
    let (text, keyboard) = match &chat.place {
        Place::Home => (locale.home(balance), menu(locale)),
        Place::AskPhoto { kind } => (locale.ask_photo(*kind), vec![vec![cancel(locale)]]),
        Place::AskKind { .. } => (locale.ask_kind(), vec![kinds(locale), vec![cancel(locale)]]),
        Place::Summary { draft } => (locale.summary(draft.kind, draft.price, balance), confirm(locale, draft)),
        Place::Ordered { draft } => {
            (locale.ordered(draft.kind, catalog.product(&draft.product), balance), vec![vec![home(locale)]])
        }
    };
    let text = chat.notice.map_or(text.clone(), |notice| format!("{}\n\n{text}", locale.notice(notice)));
    Screen { text, keyboard: Keyboard(keyboard) }
}

/// Under a finished video.
#[must_use]
pub fn delivered_keyboard(locale: Locale, job: JobId) -> Keyboard {
    Keyboard(vec![vec![button(locale.button_again(), &Tap::Again(job))], vec![home(locale)]])
}

/// Under the news that a job failed.
#[must_use]
pub fn ended_keyboard(locale: Locale, job: JobId) -> Keyboard {
    delivered_keyboard(locale, job)
}

fn button(label: String, tap: &Tap) -> Button {
    Button { label, data: tap.data() }
}

fn home(locale: Locale) -> Button {
    button(locale.button_menu(), &Tap::Menu)
}

fn cancel(locale: Locale) -> Button {
    button(locale.button_cancel(), &Tap::Cancel)
}

fn kinds(locale: Locale) -> Vec<Button> {
    [Kind::Neurocard, Kind::Reels].map(|kind| button(locale.kind(kind), &Tap::Choose(kind))).into()
}

fn menu(locale: Locale) -> Vec<Vec<Button>> {
    vec![kinds(locale), vec![button(locale.button_balance(), &Tap::Balance)]]
}

fn confirm(locale: Locale, draft: &Draft) -> Vec<Vec<Button>> {
    let pay = button(locale.button_confirm(draft.price), &Tap::Confirm(draft.id, draft.revision));
    vec![vec![pay], vec![cancel(locale)]]
}
