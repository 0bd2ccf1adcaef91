//! Tests of edited messages, and of texts that a client split.

use super::samples::*;
use crate::{
    catalog::{Kind, Style},
    conversation::*,
    photo::{Facts, Flaw},
};
use std::time::Duration;

fn edit(words: &str) -> Input {
    Input::Edited(Edit { words: Some(words.into()), photo: None, unusable: None })
}

/// A step with this message of the seller.
fn said(chat: &Chat, message: i64, input: &Input) -> Step {
    Setting { message, ..Setting::rich() }.step_at(chat, 500 + i64::from(chat.version as u32), input)
}

/// A chat at the summary: message 1 gave the photo and the description, message 2 gave wishes.
fn at_summary() -> Chat {
    let captioned = Input::Image(Upload { caption: Some("a mug".into()), ..upload() });
    let begun = said(&chat(asked(Question::Photo)), 1, &captioned);
    said(&begun.chat, 2, &text("snow")).chat
}

#[test]
fn an_answer_whose_edit_was_refused_can_be_edited_again() {
    let chat = at_summary();
    let long = said(&chat, 2, &edit(&"x".repeat(501)));
    assert_eq!(long.chat.notice, Some(Notice::TextTooLong { max: 500, was: 501 }));
    let rain = said(&long.chat, 2, &edit("rain"));
    assert_eq!(open_order(&rain).0.wishes.words(), Some("rain"), "it replaces the answer and adds none");
}

#[test]
fn an_edit_replaces_the_answer_that_its_message_gave() {
    let chat = at_summary();
    let before = chat.place.draft().unwrap();
    assert_eq!((before.about.words(), before.wishes.words()), (Some("a mug"), Some("snow")));
    let rain = said(&chat, 2, &edit("rain"));
    let (draft, question) = open_order(&rain);
    assert_eq!((question, draft.wishes.words(), draft.about.words()), (&Question::Summary, Some("rain"), Some("a mug")));
    assert!(draft.revision > before.revision, "the button of the old summary charges nothing");
    let twice = said(&rain.chat, 2, &edit("rain and wind"));
    assert_eq!(open_order(&twice).0.wishes.words(), Some("rain and wind"));
    let caption = Input::Edited(Edit { words: Some("a cup".into()), photo: Some(upload()), unusable: None });
    assert_eq!(open_order(&said(&chat, 1, &caption)).0.about.words(), Some("a cup"));
    let none = Input::Edited(Edit { words: None, photo: Some(upload()), unusable: None });
    assert_eq!(open_order(&said(&chat, 1, &none)).0.about, Answer::Skipped);
    let photo_only = Input::Edited(Edit {
        words: Some("a mug".into()),
        photo: Some(Upload { photo: photo("better"), ..upload() }),
        unusable: None,
    });
    assert_eq!(open_order(&said(&chat, 1, &photo_only)).0.photo, Some(photo("better")));
}

#[test]
fn an_edit_of_one_of_several_messages_changes_its_part() {
    let more = said(&at_summary(), 3, &text("slow camera"));
    let changed = said(&more.chat, 2, &edit("rain"));
    assert_eq!(open_order(&changed).0.wishes.words(), Some("rain\nslow camera"));
    let removed = said(&changed.chat, 3, &edit("\u{200b}"));
    assert_eq!(open_order(&removed).0.wishes.words(), Some("rain"));
}

#[test]
fn an_edit_changes_only_what_its_message_said() {
    // The words of one message are a part of another's.
    let colored = said(&chat(summary(Draft { wishes: Answer::Open, ..draft(Style::Ugc) })), 2, &text("colored background"));
    let both = said(&colored.chat, 3, &text("red"));
    assert_eq!(open_order(&said(&both.chat, 3, &edit("blue"))).0.wishes.words(), Some("colored background\nblue"));
    // An answer that was replaced since is not changed by the message that gave it before.
    let asked_again = said(&both.chat, 4, &Input::Tap(Tap::EditWishes));
    let replaced = said(&asked_again.chat, 5, &text("red and green"));
    assert_eq!(said(&replaced.chat, 3, &edit("blue")).silence, Some(Silence::UnchangedAnswer));
    // Words of before stay in front.
    let kept = summary(Draft { wishes: Answer::Given("slow".into()), ..draft(Style::Ugc) });
    let more = said(&chat(kept), 6, &text("snow"));
    assert_eq!(open_order(&said(&more.chat, 6, &edit("rain"))).0.wishes.words(), Some("slow\nrain"));
    // A photo that was replaced is not changed.
    let other = Input::Image(Upload { photo: photo("other"), ..upload() });
    let chosen = said(&said(&at_summary(), 8, &other).chat, 9, &Input::Tap(Tap::ReplacePhoto));
    let late = Input::Edited(Edit { words: None, photo: Some(Upload { photo: photo("late"), ..upload() }), unusable: None });
    assert_eq!(open_order(&chosen).0.photo, Some(photo("other")));
    assert_ne!(said(&chosen.chat, 1, &late).chat.place.draft().unwrap().photo, Some(photo("late")));
}

#[test]
fn an_answer_can_be_taken_back_and_given_again() {
    let chat = at_summary();
    let none = said(&chat, 2, &edit("no"));
    assert_eq!(open_order(&none).0.wishes, Answer::Skipped);
    let again = said(&none.chat, 2, &edit("rain"));
    assert_eq!(open_order(&again).0.wishes.words(), Some("rain"));
    let bare = Input::Edited(Edit { words: None, photo: Some(upload()), unusable: None });
    let captioned = Input::Edited(Edit { words: Some("a cup".into()), photo: Some(upload()), unusable: None });
    let without = said(&chat, 1, &bare);
    assert_eq!(open_order(&without).0.about, Answer::Skipped);
    assert_eq!(open_order(&said(&without.chat, 1, &captioned)).0.about.words(), Some("a cup"));
    let later = said(&said(&super::samples::chat(asked(Question::Photo)), 1, &image()).chat, 1, &captioned);
    assert_eq!(open_order(&later).0.about.words(), Some("a cup"), "a caption may come later");
}

#[test]
fn a_refused_message_is_corrected_by_an_edit() {
    let start = chat(summary(Draft { wishes: Answer::Open, ..draft(Style::Ugc) }));
    let long = said(&start, 2, &text(&"ж".repeat(600)));
    assert!(matches!(long.chat.notice, Some(Notice::TextTooLong { .. })));
    let shorter = said(&long.chat, 2, &edit("snow"));
    assert_eq!(open_order(&shorter).0.wishes.words(), Some("snow"));
    let facts = Facts { pixels: Some((100, 100)), ..Facts::default() };
    let small = said(&chat(asked(Question::Photo)), 3, &Input::Image(Upload { facts, ..upload() }));
    assert_eq!(small.chat.notice, Some(Notice::Photo(Flaw::TooSmall(300))));
    let better = Input::Edited(Edit { words: None, photo: Some(upload()), unusable: None });
    assert_eq!(open_order(&said(&small.chat, 3, &better)).1, &Question::Summary);
    let other = said(&small.chat, 4, &better);
    assert_eq!(other.silence, Some(Silence::UnchangedAnswer), "only the refused message");
}

#[test]
fn an_edit_loses_no_choice_that_waits() {
    let other = Input::Image(Upload { photo: photo("other"), caption: Some("a hat".into()), ..upload() });
    let waiting = said(&at_summary(), 8, &other);
    let changed = said(&waiting.chat, 2, &edit("rain"));
    assert!(matches!(open_order(&changed).1, Question::ReplacePhoto { .. }));
    assert_eq!(open_order(&changed).0.wishes.words(), Some("rain"));
    let cap = Upload { photo: photo("other"), caption: Some("a cap".into()), ..upload() };
    let captioned = Edit { words: Some("a cap".into()), photo: Some(cap), unusable: None };
    let recaptioned = said(&changed.chat, 8, &Input::Edited(captioned));
    let taken = said(&recaptioned.chat, 9, &Input::Tap(Tap::ReplacePhoto));
    assert_eq!(open_order(&taken).0.about.words(), Some("a cap"));
    let unusable = Input::Edited(Edit { words: None, photo: None, unusable: Some(Notice::Heic) });
    assert_eq!(where_to(&said(&at_summary(), 1, &unusable)), (&at_summary().place, Some(Notice::Heic)));
    let another = said(&at_summary(), 0, &Input::Tap(Tap::Create));
    assert!(matches!(another.chat.place, Place::Menu { page: Page::Another(_), .. }));
    let kept = said(&another.chat, 2, &edit("rain"));
    assert!(matches!(kept.chat.place, Place::Menu { page: Page::Another(_), .. }));
    assert_eq!(kept.chat.place.draft().unwrap().wishes.words(), Some("rain"));
}

#[test]
fn an_edited_own_prompt_is_reviewed_again() {
    let written = said(&chat(asked(Question::OwnPrompt)), 4, &text("a cat"));
    let kept = said(&written.chat, 5, &Input::Tap(Tap::UsePrompt));
    assert_eq!(open_order(&kept).1, &Question::Summary);
    let changed = said(&kept.chat, 4, &edit("a dog"));
    assert_eq!((open_order(&changed).1, open_order(&changed).0.own_prompt.words()), (&Question::ReviewPrompt, Some("a dog")));
}

#[test]
fn an_edit_that_the_answer_cannot_take_is_refused_with_the_reason() {
    let chat = at_summary();
    let long = said(&chat, 2, &edit(&"ж".repeat(501)));
    assert_eq!(where_to(&long), (&chat.place, Some(Notice::TextTooLong { max: 500, was: 501 })));
    let facts = Facts { pixels: Some((100, 100)), ..Facts::default() };
    let small = Upload { photo: photo("small"), facts, ..upload() };
    let refused = said(&chat, 1, &Input::Edited(Edit { words: Some("a mug".into()), photo: Some(small), unusable: None }));
    assert_eq!(where_to(&refused), (&chat.place, Some(Notice::Photo(Flaw::TooSmall(300)))));
}

#[test]
fn an_edit_that_changes_no_answer_is_silent() {
    let chat = at_summary();
    for (message, words) in [(2, "snow"), (2, " snow "), (9, "anything"), (1, "a mug")] {
        let stepped = said(&chat, message, &edit(words));
        assert_eq!((&stepped.chat.place, stepped.silence), (&chat.place, Some(Silence::UnchangedAnswer)), "{message} {words}");
    }
    for (name, place) in every_place() {
        assert_eq!(after(place.clone(), &edit("a cup")).silence, Some(Silence::UnchangedAnswer), "{name}");
    }
}

#[test]
fn an_edit_after_the_order_is_paid_says_that_it_comes_too_late() {
    let chat = at_summary();
    let draft = chat.place.draft().unwrap();
    let paid = said(&chat, 0, &Input::Tap(Tap::Confirm(draft.id, draft.revision)));
    assert_eq!(paid.order.len(), 1);
    let late = said(&paid.chat, 2, &edit("rain"));
    assert_eq!((late.chat.notice, late.order.len()), (Some(Notice::EditedTooLate), 0));
    let again = said(&late.chat, 2, &edit("wind"));
    assert_eq!(again.chat.notice, Some(Notice::EditedTooLate), "from the menu too");
    assert_eq!(said(&paid.chat, 2, &edit("snow")).silence, Some(Silence::UnchangedAnswer));
}

#[test]
fn an_edit_reaches_an_order_that_was_left() {
    let left = said(&at_summary(), 0, &Input::Tap(Tap::Menu));
    let changed = said(&left.chat, 2, &edit("rain"));
    assert_eq!((open_order(&changed).1, open_order(&changed).0.wishes.words()), (&Question::Summary, Some("rain")));
}

#[test]
fn the_rest_of_a_split_text_is_no_next_answer() {
    let setting = |secs| Setting { now: NOW + Duration::from_secs(secs), ..Setting::rich() };
    let start = chat(summary(draft(Style::Ugc)));
    let part = text(&"ж".repeat(4096));
    let first = setting(0).step_at(&start, 71, &part);
    assert!(matches!(first.chat.notice, Some(Notice::TextTooLong { .. })));
    let second = setting(1).step_at(&first.chat, 72, &text("and the end"));
    assert_eq!((&second.chat.place, second.silence), (&start.place, Some(Silence::RestOfText)));
    let third = setting(3).step_at(&second.chat, 73, &text("of three"));
    assert_eq!(third.silence, Some(Silence::RestOfText));
    let shorter = setting(10).step_at(&third.chat, 74, &text("snow"));
    assert!(open_order(&shorter).0.wishes.words().unwrap().ends_with("snow"));
    // A text that no client splits is followed by the next answer.
    let long = setting(0).step_at(&start, 71, &text(&"ж".repeat(600)));
    assert_eq!(setting(1).step_at(&long.chat, 72, &text("snow")).silence, None);
    // A tap between is an answer of its own.
    let tapped = setting(1).step_at(&first.chat, 72, &Input::Tap(Tap::Choose(Kind::Neurocard)));
    assert_eq!(setting(2).step_at(&tapped.chat, 73, &text("snow")).silence, None);
}

#[test]
fn text_of_which_nothing_is_seen_is_no_answer() {
    for question in [Question::About, Question::Wishes, Question::OwnPrompt, Question::Summary] {
        let stepped = after(asked(question.clone()), &text("\u{2060}\u{200b}\u{3164}"));
        assert_eq!(where_to(&stepped), (&asked(question), Some(Notice::SendText)));
    }
}
