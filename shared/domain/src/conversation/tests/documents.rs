//! The pages in `docs/` that are made from the conversation itself: `UPDATE_DOCS=1` writes them, a test keeps them true.

use std::{fmt::Write as _, path::Path};

use super::samples::*;
use crate::{
    catalog::{Catalog, Kind, Style},
    classify::{Class, Why},
    conversation::*,
    credits::Credits,
    ids::JobId,
    job::{Order, sample_order},
    screen::{Action, CAPTION_MAX_UNITS, Keyboard, Screen, visible_units},
    status::Progress,
    texts::{Command, Ending, Locale},
};

/// Compares a page with what it should be, or writes it.
fn keeps(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/{name} is not what the code says any more: UPDATE_DOCS=1 cargo nextest run -p domain documents");
}

fn drawn(screen: &Screen) -> String {
    format!("{}\n\n{}", quoted(&screen.text), keys(&screen.keyboard))
}

/// A text as a quotation, its tags as they are sent.
fn quoted(text: &str) -> String {
    let lines = text.replace("<blockquote>", "").replace("</blockquote>", "");
    lines.lines().map(|line| format!("> {line}  ")).collect::<Vec<_>>().join("\n")
}

fn keys(keyboard: &Keyboard) -> String {
    let button = |button: &crate::screen::Button| match &button.action {
        Action::Tap(data) => format!("[{}] `{data}`", button.label),
        Action::Link(url) => format!("[{}] {url}", button.label),
    };
    let row = |row: &Vec<_>| format!("- {}", row.iter().map(button).collect::<Vec<_>>().join(" · "));
    keyboard.0.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// Every screen, keyboard and message in one language.
fn screens(locale: Locale) -> String {
    let (profile, settings) = (profile(2, locale), settings());
    let mut out = format!("## {}\n\n", locale.own_name());
    let mut put = |title: &str, body: String| {
        let _infallible = write!(out, "### {title}\n\n{body}\n\n");
    };
    for (name, place) in every_place() {
        put(&name, drawn(&render(&chat(place), &profile, &settings)));
    }
    let notices: Vec<_> = every_notice().into_iter().map(|notice| format!("- {}", locale.notice(notice))).collect();
    put("Notices, above a screen", notices.join("\n"));
    put("The status of an order", statuses(locale));
    let job = JobId { draft: draft_id(7), n: 1 };
    for (kind, style) in [(Kind::Neurocard, Style::Product), (Kind::Reels, Style::Ugc)] {
        let order = Order { style, locale, ..sample_order(kind) };
        let keyboard = delivered_keyboard(&order, job, &settings.catalog);
        put(&format!("A finished {}", kind.name()), format!("{}\n\n{}", quoted(&locale.delivered(kind)), keys(&keyboard)));
    }
    for class in Class::ALL {
        let whys = match class {
            Class::ContentRejected => vec![None, Some(Why::People), Some(Why::ThirdParty), Some(Why::Words), Some(Why::Adult)],
            Class::BadPhoto => vec![None, Some(Why::UnusableFile)],
            _ => vec![None],
        };
        let message = |why| {
            let text = locale.ended(Ending { class, why, refunded: Credits(1), balance: Credits(2) });
            format!("{}\n\n{}", quoted(&text), keys(&ended_keyboard(locale, job, class, why)))
        };
        let messages: Vec<_> = whys.into_iter().map(message).collect();
        put(&format!("Failed: {}", class.name()), messages.join("\n\n"));
    }
    let commands = Command::ALL.map(|command| format!("- /{}: {}", command.name(), locale.command(command)));
    put("Commands", commands.join("\n"));
    out
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
fn the_page_of_screens_is_what_people_see() {
    let page = Locale::ALL.map(screens).concat();
    let page = format!(
        "# Screens\n\nEvery screen, keyboard and message of the bot, in both languages. Made from the code by \
         `UPDATE_DOCS=1 cargo nextest run -p domain documents`; a test keeps it true. After each button: what comes back when it \
         is tapped, or where it leads.\n\n{page}"
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
            let screen = render(&chat(place.clone()), &profile(2, locale), &settings());
            screen.keyboard.0.iter().map(|row| row.iter().map(|b| b.action.clone()).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        assert_eq!(data(Locale::En), data(Locale::Ru), "{name}");
    }
}

#[test]
fn captions_fit_under_a_video() {
    for locale in Locale::ALL {
        for kind in [Kind::Neurocard, Kind::Reels] {
            for caption in [locale.delivered(kind), locale.resent(kind), locale.example(kind)] {
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

/// What a person can do, with its name.
fn every_input() -> Vec<(&'static str, Input)> {
    let tap = |tap| Input::Tap(tap);
    let job = old_job().id;
    vec![
        ("/start", Input::Start),
        ("photo", image()),
        ("text", text("a blue cup")),
        ("\"skip\"", text("skip")),
        ("other file", Input::File),
        ("sticker", Input::Other),
        ("Menu", tap(Tap::Menu)),
        ("Create", tap(Tap::Create)),
        ("Reels", tap(Tap::Choose(Kind::Reels))),
        ("Neurocard", tap(Tap::Choose(Kind::Neurocard))),
        ("Continue my order", tap(Tap::Resume)),
        ("Cancel", tap(Tap::Cancel)),
        ("Back", tap(Tap::Back)),
        ("Next", tap(Tap::Next)),
        ("Skip", tap(Tap::Skip)),
        ("style: UGC", tap(Tap::Style(Style::Ugc))),
        ("style: own prompt", tap(Tap::Style(Style::Own))),
        ("Use it", tap(Tap::UsePrompt)),
        ("Add to it", tap(Tap::AddPrompt)),
        ("Write another", tap(Tap::RewritePrompt)),
        ("count: 3", tap(Tap::Count(3))),
        ("Take the new photo", tap(Tap::ReplacePhoto)),
        ("Keep the old photo", tap(Tap::KeepPhoto)),
        ("Make it", tap(Tap::Confirm(draft_id(7), 1))),
        ("an old Make it", tap(Tap::Confirm(draft_id(8), 1))),
        ("My videos", tap(Tap::Videos)),
        ("Balance", tap(Tap::Balance)),
        ("How it works", tap(Tap::Help)),
        ("Language", tap(Tap::Language)),
        ("Again (own job)", tap(Tap::Again(job))),
        ("Again (not their job)", tap(Tap::Again(JobId { draft: draft_id(77), n: 1 }))),
        ("Start the new one", tap(Tap::StartNew)),
        ("Cancel of its summary", tap(Tap::Discard(draft_id(7)))),
        ("Accept", tap(Tap::Accept)),
        ("unknown button", tap(Tap::Unknown)),
    ]
}

fn place_name(place: &Place) -> String {
    match place {
        Place::Menu { page, left } => {
            let page = match page {
                Page::Home => "menu",
                Page::Consent => "consent",
                Page::Language => "language",
                Page::Help => "help",
                Page::Balance => "balance",
                Page::Videos(_) => "videos",
                Page::Video(_) => "video",
                Page::Another(_) => "another order",
            };
            if left.is_some() { format!("{page} (order kept)") } else { page.to_owned() }
        }
        Place::Order { question, .. } => question.name().to_owned(),
        Place::Ordered(_) => "ordered".to_owned(),
    }
}

/// Where an input leads from a place, in a few words.
fn outcome(place: &Place, input: &Input) -> String {
    let own = matches!(input, Input::Tap(Tap::Again(id)) if *id == old_job().id);
    let mut setting = if own { Setting::about(old_job()) } else { Setting::rich() };
    if matches!(place, Place::Menu { page: Page::Consent, .. }) {
        setting.profile.consented_at = None;
    }
    let step = setting.from(place.clone(), input);
    let charged = if step.order.is_empty() { String::new() } else { format!(", {} charged", step.order.len()) };
    let notice = step.chat.notice.map(|notice| format!(", says {}", notice_name(notice))).unwrap_or_default();
    let to = if step.chat.place == *place { "stays".to_owned() } else { place_name(&step.chat.place) };
    format!("{to}{charged}{notice}")
}

fn notice_name(notice: crate::texts::Notice) -> String {
    let name = format!("{notice:?}");
    name.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
}

#[test]
fn the_table_of_transitions_is_what_the_code_does() {
    let mut page = "# The conversation, place by place\n\nFrom each place, where each input leads. Rows that do the same are one \
        row. Made from the code by `UPDATE_DOCS=1 cargo nextest run -p domain documents`; a test keeps it true. *Order kept*: the \
        open order is left and can be resumed for a day.\n\nBefore all this: without consent to the terms everything leads to \
        *consent*; somebody who could not be written to is greeted with their credits; more than 40 updates in a minute are \
        answered once.\n\n"
        .to_owned();
    for (name, place) in every_place() {
        let mut rows: Vec<(String, Vec<&str>)> = Vec::new();
        for (input_name, input) in every_input() {
            let outcome = outcome(&place, &input);
            match rows.iter_mut().find(|(known, _)| *known == outcome) {
                Some((_, inputs)) => inputs.push(input_name),
                None => rows.push((outcome, vec![input_name])),
            }
        }
        let _infallible = write!(page, "## {name}\n\n| Input | Leads to |\n|---|---|\n");
        for (outcome, inputs) in rows {
            let _infallible = writeln!(page, "| {} | {outcome} |", inputs.join(", "));
        }
        page.push('\n');
    }
    keeps("conversation.md", page.trim_end());
}
