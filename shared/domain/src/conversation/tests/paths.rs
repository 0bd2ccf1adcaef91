//! The number of a seller's actions up to an order, played and counted. `docs/conversation.md` lists them.

use super::samples::*;
use crate::{
    catalog::{Kind, Style},
    conversation::*,
};

/// A way to an order: its name, whether the seller is new, and the actions. The confirm button is the last action of each.
type Way = (&'static str, Standing, Vec<(&'static str, Input)>);

fn ways() -> Vec<Way> {
    let tap = |name, tap| (name, Input::Tap(tap));
    let (start, photo) = (("/start", Input::Start), ("a photo", image()));
    let card = tap("Neurocard", Tap::Choose(Kind::Neurocard));
    let job = old_job().id;
    let own = vec![
        start.clone(),
        tap("Accept and begin", Tap::Accept),
        tap("Reels", Tap::Choose(Kind::Reels)),
        photo.clone(),
        tap("My own prompt", Tap::Style(Style::Own)),
        ("the prompt", text("a cat")),
        tap("Use it", Tap::UsePrompt),
    ];
    vec![
        ("a known seller", Standing::Known, vec![start.clone(), card.clone(), photo.clone()]),
        ("a newcomer", Standing::Newcomer, vec![start, tap("Accept and begin", Tap::Accept), card.clone(), photo.clone()]),
        ("a photo first", Standing::Known, vec![photo, card]),
        ("the same product again", Standing::Known, vec![tap("Another video of this product", Tap::Again(job))]),
        (
            "another style",
            Standing::Known,
            vec![tap("Another style", Tap::Restyle(job)), tap("Product ad", Tap::Style(Style::Broll))],
        ),
        ("a finished video", Standing::Known, vec![tap("Send the finished video", Tap::SendFinished(job))]),
        ("the longest: a newcomer's own prompt", Standing::Newcomer, own),
    ]
}

/// Plays a way up to the order. Returns the names of its actions.
fn played((name, standing, actions): &Way) -> Vec<&'static str> {
    let job = if *name == "a finished video" { undelivered_job() } else { old_job() };
    let mut setting = Setting { standing: *standing, ..Setting::about(job) };
    if *standing == Standing::Newcomer {
        setting.profile.consented_at = None;
    }
    let mut chat = Chat::default();
    let mut update = 100;
    for (action, input) in actions {
        update += 1;
        let step = setting.step_at(&chat, update, input);
        assert!(step.order.is_empty(), "{name}: {action} charges");
        setting.profile = setting.profile.clone().with(step.change);
        setting.standing = Standing::Known;
        chat = step.chat;
    }
    let Place::Order { draft, question: Question::Summary } = &chat.place else {
        panic!("{name} is not at the summary: {:?}", chat.place)
    };
    setting.job = setting.job.filter(|_| draft.finished.is_none());
    let make = Input::Tap(Tap::Confirm(draft.id, draft.revision));
    assert_eq!(setting.step_at(&chat, update + 1, &make).order.len(), 1, "{name}");
    actions.iter().map(|(action, _)| *action).chain([if draft.finished.is_some() { "Send it" } else { "Make it" }]).collect()
}

/// The ways with their counts, as a table.
pub fn table() -> String {
    let row = |way: &Way| {
        let actions = played(way);
        format!("| {} | {} | {} |\n", way.0, actions.len(), actions.join(", "))
    };
    format!("| Order of | Actions | Which |\n|---|--:|---|\n{}", ways().iter().map(row).collect::<String>())
}

#[test]
fn an_order_takes_four_actions_five_of_a_newcomer_three_with_a_photo_first_and_two_again() {
    let counts: Vec<_> = ways().iter().map(|way| (way.0, played(way).len())).collect();
    let expected = [
        ("a known seller", 4),
        ("a newcomer", 5),
        ("a photo first", 3),
        ("the same product again", 2),
        ("another style", 3),
        ("a finished video", 2),
        ("the longest: a newcomer's own prompt", 8),
    ];
    assert_eq!(counts, expected);
}
