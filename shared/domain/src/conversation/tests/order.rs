//! Tests of a draft's questions, in both directions.

use super::samples::*;
use crate::{
    catalog::{Kind, Style},
    conversation::*,
    photo::{Facts, Flaw, Light},
};

/// The question whether this photo replaces the draft's photo.
fn replacing(name: &str) -> Question {
    Question::ReplacePhoto { photo: photo(name), about: None }
}

/// The questions asked of a seller who chooses this kind and style.
fn walk(kind: Kind, style: Style) -> Vec<&'static str> {
    let setting = Setting::rich();
    let mut chat = chat(Place::home());
    let mut met = Vec::new();
    for update in 100..120 {
        let input = match &chat.place {
            Place::Menu { .. } => Input::Tap(Tap::Choose(kind)),
            Place::Ordered(_) => break,
            Place::Order { draft, question } => {
                met.push(question.name());
                match question {
                    Question::Kind => Input::Tap(Tap::Choose(kind)),
                    Question::Photo => image(),
                    Question::About => text("a mug"),
                    Question::Style => Input::Tap(Tap::Style(style)),
                    Question::OwnPrompt | Question::MorePrompt => text("my cat"),
                    Question::ReviewPrompt => Input::Tap(Tap::UsePrompt),
                    Question::Wishes => Input::Tap(Tap::Skip),
                    Question::Count => Input::Tap(Tap::Count(3)),
                    Question::Summary => Input::Tap(Tap::Confirm(draft.id, draft.revision)),
                    Question::ReplacePhoto { .. } => Input::Tap(Tap::KeepPhoto),
                }
            }
        };
        chat = setting.step_at(&chat, update, &input).chat;
    }
    assert!(matches!(chat.place, Place::Ordered(_)), "{met:?} and then {:?}", chat.place);
    met
}

#[test]
fn each_kind_and_style_asks_what_applies_to_it_and_no_more() {
    assert_eq!(walk(Kind::Neurocard, Style::Product), ["photo", "about", "wishes", "summary"]);
    let reels = ["photo", "about", "style", "wishes", "count", "summary"];
    assert_eq!((walk(Kind::Reels, Style::Ugc), walk(Kind::Reels, Style::Broll)), (reels.to_vec(), reels.to_vec()));
    let own = ["photo", "about", "style", "own prompt", "review prompt", "count", "summary"];
    assert_eq!(walk(Kind::Reels, Style::Own), own);
}

#[test]
fn a_photo_out_of_the_blue_begins_an_order_and_its_caption_says_what_the_product_is() {
    let captioned = Input::Image(Upload { caption: Some("  a mug\u{7} ".into()), ..upload() });
    let stepped = after(Place::home(), &captioned);
    let (draft, question) = open_order(&stepped);
    assert_eq!((question, &draft.photo, &draft.about), (&Question::Kind, &Some(photo("new")), &Answer::Given("a mug".into())));
    let chosen = tapped(stepped.chat.place.clone(), Tap::Choose(Kind::Reels));
    assert_eq!(open_order(&chosen).1, &Question::Style, "the photo and the product are known already");
    let long = Input::Image(Upload { caption: Some("я".repeat(301)), ..upload() });
    let stepped = after(asked(Question::Photo), &long);
    assert_eq!(
        (open_order(&stepped).1, stepped.chat.notice),
        (&Question::About, Some(Notice::TextTooLong { max: 300, was: 301 }))
    );
}

#[test]
fn another_photo_replaces_the_first_after_asking_wherever_it_comes() {
    for (name, place) in every_place() {
        let Some(draft) = place.draft().cloned().filter(|draft| draft.photo.is_some()) else { continue };
        let stepped = after(place.clone(), &image());
        assert_eq!(open_order(&stepped).1, &replacing("new"), "{name}");
        assert_eq!(open_order(&stepped).0.photo, draft.photo);
        let taken = tapped(stepped.chat.place.clone(), Tap::ReplacePhoto);
        assert_eq!(open_order(&taken).0.photo, Some(photo("new")));
        assert!(open_order(&taken).0.revision > draft.revision, "the old confirm button is not this draft's");
        let kept = tapped(stepped.chat.place.clone(), Tap::KeepPhoto);
        assert_eq!(open_order(&kept).0, &Draft { quote: open_order(&kept).0.quote, ..draft }, "{name}");
    }
    // A seller who went back to the question of the photo is not asked again.
    let stepped = after(Place::Order { draft: draft(Style::Ugc), question: Question::Photo }, &image());
    assert_eq!((open_order(&stepped).1, &open_order(&stepped).0.photo), (&Question::Summary, &Some(photo("new"))));
}

#[test]
fn the_same_photo_again_asks_nothing() {
    let same = Input::Image(Upload { photo: photo("mug"), ..upload() });
    assert_eq!(open_order(&after(summary(draft(Style::Ugc)), &same)).1, &Question::Summary);
}

#[test]
fn only_the_first_photo_of_an_album_is_taken_and_one_notice_says_so() {
    let of = |name: &str| Input::Image(Upload { photo: photo(name), album: Some("13".into()), ..upload() });
    let setting = Setting::default();
    let first = setting.step_at(&chat(asked(Question::Photo)), 100, &of("one"));
    assert_eq!((open_order(&first).1, first.chat.notice), (&Question::About, None));
    let second = setting.step_at(&first.chat, 101, &of("two"));
    assert_eq!((&second.chat.place, second.chat.notice, second.silence), (&first.chat.place, Some(Notice::FirstOfAlbum), None));
    let third = setting.step_at(&second.chat, 102, &of("three"));
    assert_eq!((&third.chat.place, third.silence), (&first.chat.place, Some(Silence::Album)));
    assert_eq!(third.chat.silence, Some(Silence::Album), "the same update again is as silent");
    assert_eq!(open_order(&third).0.photo, Some(photo("one")));
    // The first photo of another album is a new photo.
    let other = Input::Image(Upload { photo: photo("four"), album: Some("14".into()), ..upload() });
    assert_eq!(open_order(&setting.step_at(&third.chat, 103, &other)).1, &replacing("four"));
}

#[test]
fn an_album_whose_first_photo_is_refused_gives_its_next_one() {
    let small = Upload { facts: Facts { pixels: Some((10, 10)), ..Facts::default() }, album: Some("13".into()), ..upload() };
    let refused = after(asked(Question::Photo), &Input::Image(small));
    assert_eq!(refused.chat.notice, Some(Notice::Photo(Flaw::TooSmall(300))));
    let second = Upload { album: Some("13".into()), ..upload() };
    let taken = Setting::default().step_at(&refused.chat, 61, &Input::Image(second));
    assert_eq!(open_order(&taken).0.photo, Some(photo("new")));
}

#[test]
fn a_photo_that_would_fail_is_refused_with_the_reason_and_keeps_the_place() {
    let flawed = [
        (Facts { bytes: Some(20_000_001), ..Facts::default() }, Flaw::TooLarge(20)),
        (Facts { pixels: Some((150, 150)), ..Facts::default() }, Flaw::TooSmall(300)),
        (Facts { pixels: Some((100, 1001)), ..Facts::default() }, Flaw::TooNarrow),
        (Facts { light: Some(Light { dark: 0, bright: 9 }), ..Facts::default() }, Flaw::TooDark),
        (Facts { light: Some(Light { dark: 200, bright: 203 }), ..Facts::default() }, Flaw::Plain),
    ];
    for (name, place) in every_place() {
        for (facts, flaw) in &flawed {
            let stepped = after(place.clone(), &Input::Image(Upload { facts: facts.clone(), ..upload() }));
            assert_eq!(where_to(&stepped), (&settled(&place), Some(Notice::Photo(*flaw))), "{name}");
        }
        for (file, notice) in [(Input::File, Notice::NotAnImage), (Input::Heic, Notice::Heic)] {
            assert_eq!(where_to(&after(place.clone(), &file)), (&settled(&place), Some(notice)), "{name}");
        }
    }
}

#[test]
fn a_photo_that_fits_no_more_once_the_product_is_chosen_is_asked_for_again() {
    let strip = Upload { facts: Facts { pixels: Some((3000, 500)), ..Facts::default() }, ..upload() };
    let begun = after(Place::home(), &Input::Image(strip));
    assert_eq!(begun.chat.notice, None, "a vertical video can be made of it");
    let vertical = Setting::default().step_at(&begun.chat, 71, &Input::Tap(Tap::Choose(Kind::Reels)));
    assert!(open_order(&vertical).0.photo.is_some());
    let card = Setting::default().step_at(&begun.chat, 71, &Input::Tap(Tap::Choose(Kind::Neurocard)));
    assert_eq!((open_order(&card).0.photo.as_ref(), open_order(&card).1), (None, &Question::Photo));
    assert_eq!(card.chat.notice, Some(Notice::Photo(Flaw::TooNarrow)));
}

#[test]
fn back_walks_to_the_menu_and_next_comes_back_to_the_summary_with_nothing_lost() {
    for begun in [draft(Style::Ugc), draft(Style::Own), neurocard()] {
        let (mut place, mut steps) = (summary(begun.clone()), 0);
        while let Place::Order { question, .. } = &place {
            let question = question.clone();
            let next = tapped(place.clone(), Tap::Next);
            if question != Question::Summary {
                assert_eq!(next.chat.place, summary(begun.clone()), "from {}", question.name());
            }
            place = tapped(place, Tap::Back).chat.place;
            steps += 1;
            assert!(steps < 12);
        }
        assert_eq!(place, Place::Menu { page: Page::Home, left: Some(begun.clone()) });
        assert_eq!(tapped(place, Tap::Resume).chat.place, summary(begun));
    }
}

#[test]
fn an_answer_changed_on_the_way_back_leads_to_what_is_still_open_and_makes_the_old_button_old() {
    let at = |question| Place::Order { draft: draft(Style::Ugc), question };
    let own = tapped(at(Question::Style), Tap::Style(Style::Own));
    assert_eq!(open_order(&own).1, &Question::OwnPrompt);
    let changed = after(at(Question::Wishes), &text("snow"));
    assert_eq!((open_order(&changed).1, open_order(&changed).0.revision), (&Question::Summary, 2));
    let card = tapped(at(Question::Kind), Tap::Choose(Kind::Neurocard));
    let (draft, question) = open_order(&card);
    assert_eq!((question, draft.style, draft.count), (&Question::Summary, Some(Style::Product), Some(1)));
}

#[test]
fn words_are_taken_where_words_are_asked_for_and_may_be_too_long() {
    let about = after(asked(Question::About), &text("  a mug  "));
    assert_eq!(open_order(&about).0.about, Answer::Given("a mug".into()));
    for nothing in ["skip", "Skip", "нет", "-", "Пропустить"] {
        assert_eq!(open_order(&after(asked(Question::About), &text(nothing))).0.about, Answer::Skipped, "{nothing}");
        assert_eq!(open_order(&after(asked(Question::Wishes), &text(nothing))).0.wishes, Answer::Skipped, "{nothing}");
    }
    for (question, max) in [(Question::About, 300), (Question::Wishes, 500), (Question::OwnPrompt, 2500)] {
        assert!(after(asked(question.clone()), &text(&"ж".repeat(max))).chat.notice.is_none(), "{question:?}");
        let long = after(asked(question.clone()), &text(&"ж".repeat(max + 1)));
        assert_eq!(where_to(&long), (&asked(question), Some(Notice::TextTooLong { max, was: max + 1 })));
    }
    assert_eq!(after(asked(Question::Wishes), &text(" \u{1} ")).chat.notice, Some(Notice::SendText));
}

#[test]
fn a_seller_s_own_prompt_is_reviewed_extended_and_replaced() {
    let written = after(asked(Question::OwnPrompt), &text("a cat"));
    assert_eq!(open_order(&written).1, &Question::ReviewPrompt);
    let more = tapped(written.chat.place.clone(), Tap::AddPrompt);
    assert_eq!(open_order(&more).1, &Question::MorePrompt);
    assert_eq!(open_order(&tapped(more.chat.place.clone(), Tap::Back)).1, &Question::ReviewPrompt);
    let longer = after(more.chat.place.clone(), &text("by the sea"));
    assert_eq!(open_order(&longer).0.own_prompt, OwnPrompt::Written("a cat\nby the sea".into()));
    let typed = after(longer.chat.place.clone(), &text("at dusk"));
    assert_eq!(open_order(&typed).0.own_prompt.words(), Some("a cat\nby the sea\nat dusk"));
    let anew = tapped(typed.chat.place.clone(), Tap::RewritePrompt);
    let replaced = after(anew.chat.place.clone(), &text("a dog"));
    assert_eq!(open_order(&replaced).0.own_prompt, OwnPrompt::Written("a dog".into()));
    let used = tapped(replaced.chat.place.clone(), Tap::UsePrompt);
    assert_eq!((open_order(&used).1, &open_order(&used).0.own_prompt), (&Question::Count, &OwnPrompt::Kept("a dog".into())));
    let full = Place::Order {
        draft: Draft { own_prompt: OwnPrompt::Written("x".repeat(2500)), ..draft(Style::Own) },
        question: Question::MorePrompt,
    };
    assert_eq!(after(full, &text("y")).chat.notice, Some(Notice::TextTooLong { max: 2500, was: 2502 }));
}

#[test]
fn an_input_that_does_not_answer_the_question_gets_a_notice_about_what_does() {
    for (question, notice) in [
        (Question::Photo, Notice::SendAPhoto),
        (Question::Style, Notice::ChooseAButton),
        (Question::Count, Notice::ChooseAButton),
        (Question::Summary, Notice::ChooseAButton),
    ] {
        for input in [text("hello"), Input::Other] {
            assert_eq!(where_to(&after(asked(question.clone()), &input)), (&asked(question.clone()), Some(notice)));
        }
    }
    assert_eq!(after(asked(Question::Wishes), &Input::Other).chat.notice, Some(Notice::SendText));
    assert_eq!(after(Place::home(), &text("hello")).chat.notice, Some(Notice::ChooseAButton));
}

#[test]
fn a_draft_survives_a_visit_to_any_page_and_a_day() {
    let begun = draft(Style::Ugc);
    for tap in [Tap::Menu, Tap::Balance, Tap::Videos, Tap::Help, Tap::Language, Tap::OpenMenu] {
        let away = tapped(summary(begun.clone()), tap);
        assert_eq!(away.chat.place.draft(), Some(&begun));
        let mut setting = Setting { now: NOW + DRAFT_KEPT, ..Setting::default() };
        let back = setting.step(&away.chat, &Input::Tap(Tap::Resume));
        assert_eq!(back.chat.place, summary(begun.clone()));
        setting.now += std::time::Duration::from_secs(1);
        assert_eq!(where_to(&setting.step(&away.chat, &Input::Tap(Tap::Resume))).1, Some(Notice::DraftGone));
    }
    let away = tapped(asked(Question::Photo), Tap::Help).chat;
    let stepped = Setting::default().step(&away, &image());
    assert_eq!(open_order(&stepped).1, &Question::About, "a photo that was waited for finds its order");
}

#[test]
fn cancel_forgets_the_draft_and_claims_nothing_about_a_paid_order() {
    for (name, place) in every_place() {
        let stepped = tapped(place.clone(), Tap::Cancel);
        let notice = if place.draft().is_some() { Notice::Cancelled } else { Notice::NothingToCancel };
        assert_eq!(where_to(&stepped), (&Place::home(), Some(notice)), "{name}");
    }
}
