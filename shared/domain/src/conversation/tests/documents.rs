//! Generates `docs/conversation.md`, the table of the conversation's transitions. `UPDATE_DOCS=1` writes the page; a test
//! compares the page with the code.

use std::fmt::Write as _;

use super::samples::*;
use crate::{
    catalog::{Frame, Kind, Style},
    conversation::*,
    ids::JobId,
};

/// Every input of a seller, with its name.
fn every_input() -> Vec<(&'static str, Input)> {
    let tap = |tap| Input::Tap(tap);
    let job = old_job().id;
    vec![
        ("/start", Input::Start),
        ("photo", image()),
        ("text", text("a blue cup")),
        ("\"skip\"", text("skip")),
        ("other file", Input::File),
        ("HEIC file", Input::Heic),
        ("sticker", Input::Other),
        (
            "an edited message that gave no answer",
            Input::Edited(Edit { words: Some("a cup".into()), photo: None, unusable: None }),
        ),
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
        ("length: 10 s", tap(Tap::Length(10))),
        ("frame 1:1", tap(Tap::Frame(Frame::Square))),
        ("preset 3:4 of 10 s", tap(Tap::Shape(Frame::Card, 10))),
        ("edit the photo", tap(Tap::EditPhoto)),
        ("edit the style", tap(Tap::EditStyle)),
        ("edit the description", tap(Tap::EditAbout)),
        ("edit the wishes", tap(Tap::EditWishes)),
        ("edit the own prompt", tap(Tap::EditPrompt)),
        ("Take the new photo", tap(Tap::ReplacePhoto)),
        ("Keep the old photo", tap(Tap::KeepPhoto)),
        ("Make it", tap(Tap::Confirm(draft_id(7), 1))),
        ("an old Make it", tap(Tap::Confirm(draft_id(8), 1))),
        ("One more video", tap(Tap::More)),
        ("My videos", tap(Tap::Videos)),
        ("Balance", tap(Tap::Balance)),
        ("Operations", tap(Tap::Operations)),
        ("older operations", tap(Tap::OlderOperations(job))),
        ("older videos", tap(Tap::OlderVideos(job))),
        ("As a file (own job)", tap(Tap::AsFile(job))),
        ("Send the finished video", tap(Tap::SendFinished(job))),
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
                Page::Operations(..) => "operations",
                Page::Video(_) => "video",
                Page::Another(_) => "another order",
            };
            if left.is_some() { format!("{page} (order kept)") } else { page.to_owned() }
        }
        Place::Order { question, .. } => question.name().to_owned(),
        Place::Ordered(_) => "ordered".to_owned(),
    }
}

/// The outcome of an input at a place, in a few words.
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

fn notice_name(notice: Notice) -> String {
    let name = format!("{notice:?}");
    name.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
}

#[test]
fn the_table_of_transitions_is_what_the_code_does() {
    let mut page = "# The conversation, place by place\n\nThis page shows where each input leads from each place. Inputs with \
        the same result share a row. `UPDATE_DOCS=1 cargo nextest run -p domain documents` generates the page; a test compares \
        it with the code. *Order kept*: the seller leaves the open order and can resume it for a day.\n\nThree checks come first. \
        Without consent to the terms every input leads to *consent*. A seller who was unreachable is greeted with their credits. \
        More than 40 updates in a minute are answered once.\n\n"
        .to_owned();
    let _infallible = write!(page, "## The actions up to an order\n\n{}\n", super::paths::table());
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
