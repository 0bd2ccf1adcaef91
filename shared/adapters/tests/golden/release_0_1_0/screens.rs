//! Conversations with every notice, and with every other field that is stored next to the place.

use domain::{
    conversation::{Album, Chat, Notice, Pace, Page, Place, Silence},
    credits::Credits,
    photo::Flaw,
};

use super::{at, now};

fn home() -> Chat {
    let place = Place::Menu { page: Page::Home, left: None };
    Chat { version: 2, recent_updates: vec![870_000_001], place, ..nothing() }
}

/// A conversation at the menu, without any other field.
pub fn nothing() -> Chat {
    Chat {
        version: 1,
        recent_updates: vec![],
        place: Place::Menu { page: Page::Home, left: None },
        notice: None,
        album: None,
        pace: Pace { since: None, updates: 0 },
        status_message: None,
        silence: None,
        split_at: None,
        ordered_sources: vec![],
        filed: None,
        refused_message: None,
    }
}

fn notices() -> Vec<(&'static str, Notice)> {
    vec![
        ("welcome", Notice::Welcome(Credits(2))),
        ("welcome back", Notice::WelcomeBack(Credits(0))),
        ("consent first", Notice::ConsentFirst),
        ("send a photo", Notice::SendAPhoto),
        ("send text", Notice::SendText),
        ("choose a button", Notice::ChooseAButton),
        ("not an image", Notice::NotAnImage),
        ("photo too large", Notice::Photo(Flaw::TooLarge(10))),
        ("photo too small", Notice::Photo(Flaw::TooSmall(300))),
        ("photo too narrow", Notice::Photo(Flaw::TooNarrow)),
        ("photo too dark", Notice::Photo(Flaw::TooDark)),
        ("photo plain", Notice::Photo(Flaw::Plain)),
        ("first of album", Notice::FirstOfAlbum),
        ("text too long", Notice::TextTooLong { max: 300, was: 4096 }),
        ("already ordered", Notice::AlreadyOrdered),
        ("old button", Notice::OldButton),
        ("not enough credits", Notice::NotEnoughCredits(Credits(1))),
        ("too many open", Notice::TooManyOpen(10)),
        ("too fast", Notice::TooFast),
        ("cancelled", Notice::Cancelled),
        ("nothing to cancel", Notice::NothingToCancel),
        ("resent", Notice::Resent),
        ("cannot resend", Notice::CannotResend),
        ("resend later", Notice::ResendLater),
        ("draft gone", Notice::DraftGone),
    ]
}

/// Conversations at the menu, each with another field set, with their names.
pub fn values() -> Vec<(String, Chat)> {
    let with_notice = |(name, notice)| (format!("notice {name}"), Chat { notice: Some(notice), ..home() });
    let album = |said| Some(Album { id: "13900000000000001".into(), said });
    let since = Some(at("2026-12-01T09:59:58Z"));
    let silent = |silence| Chat { silence: Some(silence), ..home() };
    let full = Chat {
        version: 4_000,
        recent_updates: vec![i64::MIN, 0, i64::MAX],
        notice: Some(Notice::OldButton),
        album: album(true),
        pace: Pace { since: Some(now()), updates: 41 },
        status_message: Some(501),
        ..home()
    };
    let others = [
        ("nothing beside the place", nothing()),
        ("everything beside the place", full),
        ("album, its sender not notified", Chat { album: album(false), ..home() }),
        ("pace", Chat { pace: Pace { since, updates: 3 }, ..home() }),
        ("status message", Chat { status_message: Some(501), ..home() }),
        ("silence for an album", silent(Silence::Album)),
        ("silence for a flood", silent(Silence::Flood)),
        ("silence for a block", silent(Silence::Blocked)),
    ];
    let others = others.into_iter().map(|(name, chat)| (name.to_owned(), chat));
    notices().into_iter().map(with_notice).chain(others).collect()
}
