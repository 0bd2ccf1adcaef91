//! Properties of any screen.

use crate::{
    catalog::Style,
    conversation::{
        tests::{samples::*, strategies::*},
        *,
    },
    credits::Credits,
    view::*,
};
use proptest::{prelude::*, test_runner::TestCaseError};

/// Checks that Telegram accepts the screen: 1-4096 units of text, closed tags, 1-64 bytes of data, a label on every button.
fn fits_telegram(screen: &Screen) -> Result<(), TestCaseError> {
    let units = visible_units(&screen.text);
    prop_assert!((1..=TEXT_MAX_UNITS).contains(&units), "{units} units");
    for tag in ["b", "i", "blockquote"] {
        let count = |what: String| screen.text.matches(&what).count();
        prop_assert_eq!(count(format!("<{tag}>")), count(format!("</{tag}>")), "{}", screen.text);
    }
    let bare = ["<b>", "</b>", "<i>", "</i>", "<blockquote>", "</blockquote>", "&lt;", "&gt;", "&amp;"];
    let bare = bare.iter().fold(screen.text.clone(), |text, tag| text.replace(tag, ""));
    prop_assert!(!bare.contains(['<', '>', '&']), "{bare}");
    let buttons: Vec<_> = screen.keyboard.0.iter().flatten().collect();
    prop_assert!(!buttons.is_empty() && screen.keyboard.0.iter().all(|row| !row.is_empty() && row.len() <= 8));
    for button in buttons {
        prop_assert!(!button.label.is_empty());
        match &button.action {
            Action::Link(url) => prop_assert!(url.starts_with("https://")),
            Action::Tap(data) => {
                prop_assert!((1..=BUTTON_DATA_MAX_BYTES).contains(&data.len()), "{button:?}");
                prop_assert_ne!(Tap::parse(data), Tap::Unknown, "{:?}", button);
            }
        }
    }
    Ok(())
}

fn balances() -> impl Strategy<Value = Credits> {
    any::<u32>().prop_map(Credits)
}

proptest! {
    #[test]
    fn any_input_at_any_place_is_answered_with_a_screen_that_telegram_takes_or_silent_for_a_reason(
        chat in chats(), input in inputs(), setting in settings_of_people(), balance in proptest::option::of(balances()),
    ) {
        let stepped = setting.step(&chat, &input);
        let after = setting.profile.clone().with(stepped.change);
        fits_telegram(&render(&stepped.chat, &Viewer { balance, ..Viewer::of(&after) }, &setting.settings))?;
        prop_assert_eq!(stepped.chat.version, chat.version + 1);
        prop_assert!(stepped.chat.has_seen(UPDATE) && stepped.chat.recent_updates.len() <= RECENT_UPDATES_MAX);
        match stepped.silence {
            None => {}
            Some(Silence::Blocked) => prop_assert_eq!(&input, &Input::Blocked),
            Some(Silence::Album) => prop_assert!(matches!(&input, Input::Image(upload) if upload.album.is_some())),
            Some(Silence::UnchangedAnswer) => prop_assert!(matches!(&input, Input::Edited(_))),
            Some(Silence::RestOfText) => prop_assert!(matches!(&input, Input::Text(_))),
            Some(Silence::Flood) => prop_assert!(false, "one update is no flood"),
        }
    }

    #[test]
    fn every_screen_has_a_way_to_the_menu_or_is_the_way_in(chat in chats(), setting in settings_of_people()) {
        let screen = render(&chat, &Viewer::of(&setting.profile), &setting.settings);
        let leads = |data: &str| matches!(Tap::parse(data), Tap::Menu | Tap::OpenMenu);
        let has_menu = screen.keyboard.0.iter().flatten().filter_map(|button| button.data()).any(leads);
        let is_menu = matches!(chat.place, Place::Menu { page: Page::Home | Page::Consent, .. });
        prop_assert!(has_menu || is_menu, "{:?}", chat.place);
    }

    #[test]
    fn the_longest_words_leave_every_text_within_the_limit(words in words(), locale in locales()) {
        let draft = Draft {
            about: Answer::Given(words.clone()),
            wishes: Answer::Given(words.clone()),
            own_prompt: OwnPrompt::Kept(words.clone()),
            ..draft(Style::Own)
        };
        for question in [Question::Summary, Question::ReviewPrompt] {
            let chat = Chat { notice: Some(Notice::TextTooLong { max: 1, was: 2 }), ..chat(Place::Order { draft: draft.clone(), question }) };
            let Screen { text, .. } = render(&chat, &Viewer::of(&profile(u32::MAX, locale)), &settings());
            prop_assert!(visible_units(&text) <= TEXT_MAX_UNITS);
        }
    }
}
