//! Generates `docs/screens.md`, the page of all screens. `UPDATE_DOCS=1` writes the page; a test compares the page with the code.

use std::fmt::Write as _;

use crate::{
    catalog::{Catalog, Kind, Style},
    classify::{Class, Why},
    conversation::{
        Chat, Command, Notice, Place,
        tests::samples::{chat, draft, draft_id, every_notice, every_place, keeps, profile, settings},
    },
    credits::Credits,
    ids::JobId,
    job::{Order, sample_order},
    locale::Locale,
    view::*,
};

fn drawn(screen: &Screen) -> String {
    format!("{}\n\n{}", quoted(&screen.text), keys(&screen.keyboard))
}

/// A text as a Markdown quotation, with its tags as sent.
fn quoted(text: &str) -> String {
    let lines = text.replace("<blockquote>", "").replace("</blockquote>", "");
    lines.lines().map(|line| format!("> {line}  ")).collect::<Vec<_>>().join("\n")
}

fn keys(keyboard: &Keyboard) -> String {
    let button = |button: &Button| match &button.action {
        Action::Tap(data) => format!("[{}] `{data}`", button.label),
        Action::Link(url) => format!("[{}] {url}", button.label),
    };
    let row = |row: &Vec<_>| format!("- {}", row.iter().map(button).collect::<Vec<_>>().join(" · "));
    keyboard.0.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// Every screen, keyboard and message in one language.
fn screens(locale: Locale) -> String {
    let (viewer, settings) = (Viewer::of(&profile(2, locale)), settings());
    let mut out = format!("## {}\n\n", locale.own_name());
    let mut put = |title: &str, body: String| {
        let _infallible = write!(out, "### {title}\n\n{body}\n\n");
    };
    for (name, place) in every_place() {
        put(&name, drawn(&render(&chat(place), &viewer, &settings)));
    }
    let notices: Vec<_> = every_notice().into_iter().map(|notice| format!("- {}", locale.notice(notice))).collect();
    put("Notices, above a screen", notices.join("\n"));
    put("The status of an order", statuses(locale));
    let job = JobId { draft: draft_id(7), n: 1 };
    for (kind, style) in [(Kind::Neurocard, Style::Product), (Kind::Reels, Style::Ugc)] {
        let order = Order { style, locale, ..sample_order(kind) };
        let keyboard = delivered_keyboard(&order, job, &settings.catalog);
        put(
            &format!("A finished {}", kind.name()),
            format!("{}\n\n{}", quoted(&locale.delivered(kind, Some(Credits(2)))), keys(&keyboard)),
        );
    }
    for class in Class::ALL {
        let whys = match class {
            Class::ContentRejected => vec![None, Some(Why::People), Some(Why::ThirdParty), Some(Why::Words), Some(Why::Adult)],
            Class::BadPhoto => vec![None, Some(Why::UnusableFile), Some(Why::PhotoSize), Some(Why::PhotoShape)],
            _ => vec![None],
        };
        let message = |why| {
            let text = locale.ended(FailureNotice { class, why, refunded: Credits(1), balance: Some(Credits(2)) });
            let is_finished = class == Class::CouldNotDeliver;
            format!("{}\n\n{}", quoted(&text), keys(&ended_keyboard(locale, job, class, why, is_finished)))
        };
        let messages: Vec<_> = whys.into_iter().map(message).collect();
        put(&format!("Failed: {}", class.name()), messages.join("\n\n"));
    }
    put("Where the balance could not be read", without_balance(locale));
    let commands = Command::ALL.map(|command| format!("- /{}: {}", command.name(), locale.command(command)));
    put("Commands", commands.join("\n"));
    out
}

fn without_balance(locale: Locale) -> String {
    let (class, why) = (Class::TookTooLong, None);
    let texts = [
        locale.home(None),
        locale.balance(None, None),
        locale.ask_count(Style::Ugc, Credits(1), None),
        locale.summary(&draft(Style::Ugc), None, None),
        locale.charged(Credits(5), None),
        locale.ended(FailureNotice { class, why, refunded: Credits(1), balance: None }),
    ];
    texts.map(|text| quoted(&text)).join("\n\n")
}

fn statuses(locale: Locale) -> String {
    let catalog = Catalog::built_in().unwrap();
    let product = catalog.offer(Kind::Reels, Style::Ugc);
    let none = Progress::none(Kind::Reels);
    let (one, five) = (Progress { ordered: 1, ..none }, Progress { ordered: 5, ..none });
    let all = [
        Progress { waiting: 1, ..one },
        Progress { making: 1, ..one },
        Progress { sending: 1, ..one },
        Progress { delivered: 1, ..one },
        Progress { failed: 1, ..one },
        Progress { waiting: 5, ..five },
        Progress { waiting: 4, making: 1, ..five },
        Progress { making: 3, delivered: 2, ..five },
        Progress { making: 2, delivered: 2, failed: 1, ..five },
        Progress { delivered: 5, ..five },
        Progress { delivered: 4, failed: 1, ..five },
        Progress { failed: 5, ..five },
    ];
    all.map(|progress| format!("- {}", locale.status(progress, product))).join("\n")
}

#[test]
fn the_page_of_screens_is_what_sellers_see() {
    let page = Locale::ALL.map(screens).concat();
    let page = format!(
        "# Screens\n\nThis page shows every screen, keyboard and message of the bot, in both languages. \
         `UPDATE_DOCS=1 cargo nextest run -p domain documents` generates the page; a test compares it with the code. Each button \
         is followed by its data, or by the address that it opens.\n\n{page}"
    );
    keeps("screens.md", &page);
}

#[test]
fn every_screen_in_english() {
    insta::assert_snapshot!(screens(Locale::En));
}

#[test]
fn every_screen_in_russian() {
    insta::assert_snapshot!(screens(Locale::Ru));
}

#[test]
fn both_languages_offer_the_same_buttons() {
    for (name, place) in every_place() {
        let data = |locale| {
            let screen = render(&chat(place.clone()), &Viewer::of(&profile(2, locale)), &settings());
            screen.keyboard.0.iter().map(|row| row.iter().map(|b| b.action.clone()).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        assert_eq!(data(Locale::En), data(Locale::Ru), "{name}");
    }
}

#[test]
fn a_greeting_names_the_viewers_balance_and_not_the_one_of_the_last_step() {
    for locale in Locale::ALL {
        let shown = |notice, balance| {
            let chat = Chat { notice: Some(notice), ..chat(Place::home()) };
            render(&chat, &Viewer { locale, balance }, &settings()).text
        };
        let back = Notice::WelcomeBack(Credits(5));
        assert!(shown(back, Some(Credits(4))).starts_with(&locale.notice(Notice::WelcomeBack(Credits(4)))));
        assert_eq!(shown(back, None), locale.home(None));
        let gift = Notice::Welcome(Credits(5));
        assert!(shown(gift, Some(Credits(4))).starts_with(&locale.notice(gift)), "the account began with the gift");
        assert_eq!(shown(gift, None), format!("{}\n\n{}", locale.notice(Notice::Welcome(Credits(0))), locale.home(None)));
    }
}

#[test]
fn captions_fit_under_a_video() {
    for locale in Locale::ALL {
        for kind in [Kind::Neurocard, Kind::Reels] {
            for caption in [
                locale.delivered(kind, Some(Credits(u32::MAX))),
                locale.delivered(kind, None),
                locale.resent(kind),
                locale.example(kind),
            ] {
                assert!((1..=CAPTION_MAX_UNITS).contains(&visible_units(&caption)));
            }
        }
    }
}

#[test]
fn commands_are_as_telegram_wants_them() {
    for command in Command::ALL {
        assert!(command.name().len() <= 32 && command.name().chars().all(|c| c.is_ascii_lowercase()));
        for locale in Locale::ALL {
            assert!((1..=256).contains(&locale.command(command).chars().count()));
        }
    }
}
