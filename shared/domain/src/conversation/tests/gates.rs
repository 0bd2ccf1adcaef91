//! Tests of the checks before every step: the terms, a block and the return after it, the pace.

use super::samples::*;
use crate::{conversation::*, credits::Credits, locale::Locale};
use jiff::Timestamp;

fn newcomer() -> Setting {
    let profile = Profile { consented_at: None, ..profile(2, Locale::En) };
    Setting { profile, standing: Standing::Newcomer, ..Setting::default() }
}

#[test]
fn consent_is_asked_once_and_before_anything_else() {
    let setting = newcomer();
    let first = setting.step_at(&Chat::default(), 1, &Input::Start);
    // The greeting with the gift and the examples comes before the terms.
    let greeting = Some(AfterCommit::Greeting(Credits(2)));
    assert_eq!((where_to(&first), first.after_commit.clone()), ((&page(Page::Consent), None), greeting));
    let known = Setting { standing: Standing::Known, ..newcomer() };
    for input in [image(), text("hi"), Input::Tap(Tap::Create), Input::Tap(Tap::Videos), Input::Other] {
        let stepped = known.step_at(&first.chat, 2, &input);
        assert_eq!(where_to(&stepped), (&page(Page::Consent), Some(Notice::ConsentFirst)), "{input:?}");
    }
    let spoken = known.step_at(&first.chat, 2, &Input::Tap(Tap::Speak(Locale::Ru)));
    assert_eq!((where_to(&spoken).0, spoken.change.locale), (&page(Page::Consent), Some(Locale::Ru)));
    let accepted = known.step_at(&first.chat, 3, &Input::Tap(Tap::Accept));
    assert_eq!(where_to(&accepted), (&Place::home(), Some(Notice::Welcome(Credits(2)))));
    assert_eq!((accepted.change.consented_at, accepted.after_commit), (Some(NOW), None));
    let later = Setting::default().step_at(&accepted.chat, 4, &Input::Start);
    assert_eq!((where_to(&later), later.change), ((&Place::home(), None), ProfileChange::default()));
}

#[test]
fn without_terms_no_consent_is_asked() {
    let settings = Settings { terms_url: None, privacy_url: None, ..settings() };
    let setting = Setting { settings, ..newcomer() };
    let first = setting.step_at(&Chat::default(), 1, &Input::Start);
    assert_eq!(
        (where_to(&first), first.after_commit.clone()),
        ((&Place::home(), Some(Notice::Welcome(Credits(2)))), Some(AfterCommit::Greeting(Credits(2))))
    );
}

#[test]
fn a_chat_is_greeted_once_and_an_imported_seller_gets_no_gift() {
    let settings = Settings { terms_url: None, privacy_url: None, ..settings() };
    let profile = Profile { consented_at: None, ..profile(2, Locale::En) };
    let known = Setting { settings, profile, ..Setting::default() };
    let first = known.step_at(&Chat::default(), 1, &image());
    assert_eq!((open_order(&first).1, first.after_commit.clone()), (&Question::Kind, Some(AfterCommit::Greeting(Credits(0)))));
    assert_eq!(known.step_at(&first.chat, 2, &Input::Start).after_commit, None);
    // The import stores a chat that no update has changed.
    assert!(known.step_at(&Chat { version: 1, ..Chat::default() }, 1, &Input::Start).after_commit.is_some());
    // Who accepted the terms knows the bot, though the chat of a week ago is forgotten.
    let back = Setting { profile: Profile { consented_at: Some(NOW), ..known.profile.clone() }, ..Setting::default() };
    assert_eq!(back.step_at(&Chat::default(), 1, &Input::Start).after_commit, None);
    for silent in [Input::Blocked, Input::Edited(Edit { words: None, photo: None, unusable: None })] {
        assert_eq!(known.step_at(&Chat::default(), 1, &silent).after_commit, None);
    }
}

#[test]
fn a_seller_who_blocks_is_unreachable_and_is_greeted_with_their_credits_on_return() {
    for (name, place) in every_place() {
        let blocked = after(place.clone(), &Input::Blocked);
        assert_eq!(
            (blocked.change.reachable, blocked.silence, &blocked.chat.place),
            (Some(false), Some(Silence::Blocked), &place)
        );
        let gone = Setting { profile: Profile { reachable: false, ..profile(5, Locale::En) }, ..Setting::default() };
        for input in [Input::Unblocked, Input::Start] {
            let back = gone.step_at(&blocked.chat, 61, &input);
            assert_eq!(back.change.reachable, Some(true), "{name}");
            assert_eq!(back.chat.notice, Some(Notice::WelcomeBack(Credits(5))));
            assert_eq!(back.chat.place.draft(), place.draft(), "what was begun is still there");
        }
    }
}

#[test]
fn a_flood_is_answered_once_and_then_not_even_written() {
    let (mut chat, setting) = (chat(Place::home()), Setting::default());
    for update in 0..i64::from(UPDATES_A_MINUTE_MAX) {
        let stepped = setting.step_at(&chat, 1000 + update, &Input::Other);
        assert_ne!(stepped.chat.notice, Some(Notice::TooFast));
        chat = stepped.chat;
    }
    let warned = setting.step_at(&chat, 2000, &Input::Tap(Tap::Create));
    assert_eq!((where_to(&warned).1, warned.silence), (Some(Notice::TooFast), None));
    let silent = setting.step_at(&warned.chat, 2001, &Input::Tap(Tap::Create));
    assert_eq!((silent.silence, &silent.chat), (Some(Silence::Flood), &warned.chat));
    let later = Setting { now: NOW + std::time::Duration::from_secs(60), ..Setting::default() };
    assert_eq!(later.step_at(&warned.chat, 2002, &Input::Start).silence, None);
}

#[test]
fn a_chat_remembers_its_last_updates_and_no_more() {
    let mut chat = Chat::default();
    for update in 0..20 {
        assert!(!chat.has_seen(update));
        let now = NOW + std::time::Duration::from_secs(u64::try_from(update).unwrap());
        chat = Setting { now, ..Setting::default() }.step_at(&chat, update, &Input::Start).chat;
    }
    assert_eq!(chat.recent_updates, (4..20).collect::<Vec<_>>());
    assert_eq!(chat.version, 20);
}

#[test]
fn every_chat_reads_back_from_its_json_as_it_was_written() {
    for (_, place) in every_place() {
        for notice in every_notice().into_iter().map(Some).chain([None]) {
            let album = Some(Album { id: "1".into(), said: true });
            let pace = Pace { since: Some(Timestamp::UNIX_EPOCH), updates: 3 };
            let chat = Chat { notice, album, pace, ..chat(place.clone()) };
            let json = serde_json::to_string(&chat).unwrap();
            assert_eq!(serde_json::from_str::<Chat>(&json).unwrap(), chat);
        }
    }
}
