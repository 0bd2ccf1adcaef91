//! Tests of a draft's questions, in both directions.

use super::samples::*;
use crate::{
    catalog::{Frame, Kind, Style},
    conversation::*,
    credits::Credits,
    photo::{Facts, Flaw, Light, Photo},
};

/// The question whether this photo replaces the draft's photo.
fn replacing(name: &str) -> Question {
    Question::ReplacePhoto { photo: photo(name), about: None, message: Some(MESSAGE) }
}

/// The inputs of a seller who orders this kind and style, and the questions that the bot asks on the way. The first input leads from
/// the menu.
fn walk(kind: Kind, style: Option<Style>) -> (usize, Vec<&'static str>) {
    let setting = Setting::rich();
    let mut chat = chat(Place::home());
    let (mut inputs, mut met) = (0, Vec::new());
    for update in 100..120 {
        let input = match &chat.place {
            Place::Menu { .. } => Input::Tap(Tap::Choose(kind)),
            Place::Ordered(_) => break,
            Place::Order { draft, question } => {
                met.push(question.name());
                match question {
                    Question::Photo => image(),
                    Question::OwnPrompt => text("my cat"),
                    Question::ReviewPrompt => Input::Tap(Tap::UsePrompt),
                    Question::Summary => match style.filter(|style| draft.style != Some(*style)) {
                        Some(style) => Input::Tap(Tap::Style(style)),
                        None => Input::Tap(Tap::Confirm(draft.id, draft.revision)),
                    },
                    other => panic!("{other:?} is not asked"),
                }
            }
        };
        inputs += 1;
        chat = setting.step_at(&chat, update, &input).chat;
    }
    assert!(matches!(chat.place, Place::Ordered(_)), "{met:?} and then {:?}", chat.place);
    (inputs, met)
}

#[test]
fn kind_photo_and_make_are_an_order_and_nothing_else_is_asked() {
    let short = (3, vec!["photo", "summary"]);
    assert_eq!((walk(Kind::Neurocard, None), walk(Kind::Reels, None)), (short.clone(), short));
    assert_eq!(walk(Kind::Reels, Some(Style::Broll)), (4, vec!["photo", "summary", "summary"]));
    let own = vec!["photo", "summary", "own prompt", "review prompt", "summary"];
    assert_eq!(walk(Kind::Reels, Some(Style::Own)), (6, own));
}

#[test]
fn a_photo_that_comes_first_asks_only_for_the_kind() {
    let setting = Setting::rich();
    let kind = setting.step_at(&chat(Place::home()), 100, &image());
    assert_eq!(open_order(&kind).1, &Question::Kind);
    let summary = setting.step_at(&kind.chat, 101, &Input::Tap(Tap::Choose(Kind::Reels)));
    let (draft, question) = open_order(&summary);
    assert_eq!(question, &Question::Summary);
    let ordered = setting.step_at(&summary.chat, 102, &Input::Tap(Tap::Confirm(draft.id, draft.revision)));
    assert_eq!(ordered.order.len(), 1);
}

#[test]
fn the_summary_has_every_answer_and_each_edit_leads_back_to_it_in_one_input() {
    let begun = after(asked(Question::Photo), &image());
    let (draft, question) = open_order(&begun);
    assert_eq!(
        (question, draft.style, draft.count, draft.price()),
        (&Question::Summary, Some(Style::Ugc), Some(1), Some(Credits(1)))
    );
    let catalog = settings().catalog;
    assert_eq!(draft.length(&catalog).map(|length| length.secs), Some(8));
    let edits: [(Tap, Input); 4] = [
        (Tap::EditStyle, Input::Tap(Tap::Style(Style::Broll))),
        (Tap::EditAbout, text("a mug")),
        (Tap::EditWishes, text("snow")),
        (Tap::EditPhoto, Input::Image(Upload { photo: photo("other"), ..upload() })),
    ];
    for (edit, answer) in edits {
        let asked = tapped(begun.chat.place.clone(), edit.clone());
        assert_ne!(open_order(&asked).1, &Question::Summary, "{edit:?}");
        assert_eq!(tapped(asked.chat.place.clone(), Tap::Back).chat.place, begun.chat.place, "{edit:?}");
        let answered = after(asked.chat.place.clone(), &answer);
        assert_eq!(open_order(&answered).1, &Question::Summary, "{edit:?}");
        assert!(open_order(&answered).0.revision > draft.revision, "{edit:?}");
    }
    for (tap, price) in [(Tap::Count(3), Credits(3)), (Tap::Length(10), Credits(1)), (Tap::Style(Style::Broll), Credits(2))] {
        let changed = tapped(begun.chat.place.clone(), tap);
        assert_eq!((open_order(&changed).1, open_order(&changed).0.price()), (&Question::Summary, Some(price)));
    }
    for (place, tap) in
        [(asked(Question::Photo), Tap::EditWishes), (Place::home(), Tap::EditStyle), (summary(neurocard()), Tap::EditPrompt)]
    {
        assert_eq!(where_to(&tapped(place.clone(), tap)), (&place, Some(Notice::OldButton)));
    }
}

#[test]
fn a_frame_and_a_preset_are_one_tap_on_the_summary() {
    let catalog = settings().catalog;
    let shape = |step: &Step| {
        let (draft, question) = open_order(step);
        assert_eq!(question, &Question::Summary);
        (draft.frame(&catalog).unwrap(), draft.length(&catalog).unwrap().secs)
    };
    let reels = summary(draft(Style::Ugc));
    assert_eq!(shape(&tapped(reels.clone(), Tap::Frame(Frame::Square))), (Frame::Square, 8));
    let card = tapped(reels.clone(), Tap::Shape(Frame::Card, 9));
    assert_eq!(shape(&card), (Frame::Card, 10), "the shortest length that is long enough");
    let restyled = tapped(card.chat.place.clone(), Tap::Style(Style::Broll));
    assert_eq!(shape(&restyled), (Frame::Card, 10), "another style keeps the frame and the length");
    // The neurocard has one length, and no square.
    let kind = tapped(card.chat.place.clone(), Tap::Choose(Kind::Neurocard));
    assert_eq!(shape(&kind), (Frame::Card, 10));
    let square = tapped(reels.clone(), Tap::Frame(Frame::Square));
    assert_eq!(shape(&tapped(square.chat.place.clone(), Tap::Choose(Kind::Neurocard))), (Frame::Own, 10));
    for tap in [Tap::Frame(Frame::Own), Tap::Shape(Frame::Card, 11), Tap::Shape(Frame::Own, 8)] {
        assert_eq!(where_to(&tapped(reels.clone(), tap)), (&reels, Some(Notice::OldButton)));
    }
}

#[test]
fn a_frame_that_does_not_suit_the_photo_leaves_the_order_as_it_is() {
    // A photo of 1200 × 500 has the proportions that a model takes only once it is extended.
    let wide = |sides| Draft { photo: Some(Photo { pixels: Some(sides), ..photo("wide") }), ..neurocard() };
    let card = summary(Draft { frame: Some(Frame::Card), ..wide((1600, 500)) });
    assert_eq!(where_to(&tapped(card.clone(), Tap::Frame(Frame::Own))), (&card, Some(Notice::Photo(Flaw::TooNarrow))));
    let step = tapped(card, Tap::Frame(Frame::Vertical));
    assert_eq!((open_order(&step).0.frame, step.chat.notice), (Some(Frame::Vertical), None));
}

#[test]
fn an_order_has_the_frame_of_its_summary() {
    let place = summary(Draft { frame: Some(Frame::Card), ..draft(Style::Ugc) });
    let ordered = tapped(place, Tap::Confirm(draft_id(7), 1));
    assert_eq!(ordered.order.iter().map(|(job, _)| job.order.frame).collect::<Vec<_>>(), [Some(Frame::Card)]);
    let again = Draft::again(&ordered.order[0].0, draft_id(9), NOW, &settings().catalog);
    assert_eq!(again.frame, Some(Frame::Card));
}

#[test]
fn a_summary_whose_shape_the_catalog_no_longer_makes_orders_nothing() {
    for shown in [Shape { frame: Frame::Square, secs: 8 }, Shape { frame: Frame::Vertical, secs: 10 }] {
        let place = summary(Draft { shown: Some(shown), ..draft(Style::Ugc) });
        let step = tapped(place, Tap::Confirm(draft_id(7), 1));
        assert_eq!((step.order.len(), step.chat.notice), (0, Some(Notice::OldButton)));
        let (draft, question) = open_order(&step);
        assert_eq!((question, draft.shown), (&Question::Summary, Some(Shape { frame: Frame::Vertical, secs: 8 })));
        assert_eq!(tapped(step.chat.place.clone(), Tap::Confirm(draft.id, draft.revision)).order.len(), 1);
    }
}

#[test]
fn words_at_the_summary_are_wishes_or_more_of_the_own_prompt() {
    let bare = summary(Draft { wishes: Answer::Open, ..draft(Style::Ugc) });
    let first = after(bare, &text("snow"));
    assert_eq!((open_order(&first).1, open_order(&first).0.wishes.words()), (&Question::Summary, Some("snow")));
    let second = after(first.chat.place.clone(), &text("slow camera"));
    assert_eq!(open_order(&second).0.wishes.words(), Some("snow\nslow camera"), "no words are lost");
    let long = after(second.chat.place.clone(), &text(&"ж".repeat(500)));
    assert_eq!(where_to(&long), (&second.chat.place, Some(Notice::TextTooLong { max: 500, was: 517 })));
    let none = after(second.chat.place.clone(), &text("нет"));
    assert_eq!(open_order(&none).0.wishes, Answer::Skipped);
    let own = after(summary(draft(Style::Own)), &text("at dusk"));
    assert_eq!(open_order(&own).1, &Question::ReviewPrompt);
    assert!(open_order(&own).0.own_prompt.words().unwrap().ends_with("\nat dusk"));
}

#[test]
fn a_photo_out_of_the_blue_begins_an_order_and_its_caption_says_what_the_product_is() {
    let captioned = Input::Image(Upload { caption: Some("  a mug\u{7} ".into()), ..upload() });
    let stepped = after(Place::home(), &captioned);
    let (draft, question) = open_order(&stepped);
    assert_eq!((question, &draft.photo, &draft.about), (&Question::Kind, &Some(photo("new")), &Answer::Given("a mug".into())));
    let chosen = tapped(stepped.chat.place.clone(), Tap::Choose(Kind::Reels));
    assert_eq!(open_order(&chosen).1, &Question::Summary, "the photo and the product are known already");
    let long = Input::Image(Upload { caption: Some("я".repeat(301)), ..upload() });
    let stepped = after(asked(Question::Photo), &long);
    assert_eq!(
        (open_order(&stepped).1, stepped.chat.notice),
        (&Question::Summary, Some(Notice::TextTooLong { max: 300, was: 301 }))
    );
}

#[test]
fn another_photo_replaces_the_first_after_asking_wherever_it_comes() {
    for (name, place) in every_place() {
        let Some(draft) = place.draft().cloned().filter(|draft| draft.photo.is_some() && draft.finished.is_none()) else {
            continue;
        };
        let stepped = after(place.clone(), &image());
        assert_eq!(open_order(&stepped).1, &replacing("new"), "{name}");
        assert_eq!(open_order(&stepped).0.photo, draft.photo);
        let taken = tapped(stepped.chat.place.clone(), Tap::ReplacePhoto);
        assert_eq!(open_order(&taken).0.photo, Some(photo("new")));
        assert!(open_order(&taken).0.revision > draft.revision, "the old confirm button is not this draft's");
        let kept = tapped(stepped.chat.place.clone(), Tap::KeepPhoto);
        let Draft { quote, shown, .. } = *open_order(&kept).0;
        assert_eq!(open_order(&kept).0, &Draft { quote, shown, ..draft }, "{name}");
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
    assert_eq!((open_order(&first).1, first.chat.notice), (&Question::Summary, None));
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
fn back_leads_from_every_edit_to_the_summary_and_from_an_open_question_to_the_one_before() {
    let edits = [Question::Photo, Question::About, Question::Style, Question::Wishes, Question::Count];
    for question in edits {
        for tap in [Tap::Back, Tap::Next] {
            let back = tapped(Place::Order { draft: draft(Style::Ugc), question: question.clone() }, tap);
            assert_eq!(back.chat.place, summary(draft(Style::Ugc)), "from {}", question.name());
        }
    }
    let mut met = vec![];
    let mut place = asked(Question::ReviewPrompt);
    while let Place::Order { question, .. } = &place {
        met.push(question.name());
        place = tapped(place, Tap::Back).chat.place;
    }
    assert_eq!(met, ["review prompt", "own prompt", "style", "photo", "kind"]);
    let left = place.draft().cloned();
    assert_eq!(place, Place::Menu { page: Page::Home, left });
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
    assert_eq!((open_order(&used).1, &open_order(&used).0.own_prompt), (&Question::Summary, &OwnPrompt::Kept("a dog".into())));
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
    ] {
        for input in [text("hello"), Input::Other] {
            assert_eq!(where_to(&after(asked(question.clone()), &input)), (&asked(question.clone()), Some(notice)));
        }
    }
    for question in [Question::Wishes, Question::Summary] {
        assert_eq!(after(asked(question), &Input::Other).chat.notice, Some(Notice::SendText));
    }
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
    assert_eq!(open_order(&stepped).1, &Question::Summary, "a photo that was waited for finds its order");
}

#[test]
fn cancel_forgets_the_draft_and_claims_nothing_about_a_paid_order() {
    for (name, place) in every_place() {
        let stepped = tapped(place.clone(), Tap::Cancel);
        let notice = if place.draft().is_some() { Notice::Cancelled } else { Notice::NothingToCancel };
        assert_eq!(where_to(&stepped), (&Place::home(), Some(notice)), "{name}");
    }
}
