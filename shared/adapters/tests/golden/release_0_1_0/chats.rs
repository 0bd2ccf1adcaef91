//! Conversations at every place: each page, with and without an unfinished draft, and each question of an order.

use domain::{
    catalog::{Kind, Style},
    conversation::{Answer, Chat, Draft, OwnPrompt, Page, Place, Placed, Question, Video, VideoState},
    credits::Credits,
};

use super::{at, draft_id, job_id, now, photo, screens::nothing};

/// A draft without any answer.
fn begun() -> Draft {
    Draft {
        id: draft_id(),
        revision: 1,
        touched_at: now(),
        kind: None,
        photo: None,
        about: Answer::Open,
        style: None,
        own_prompt: OwnPrompt::Open,
        wishes: Answer::Open,
        count: None,
        quote: None,
        secs: None,
        frame: None,
        shown: None,
        sources: vec![],
        finished: None,
    }
}

/// A draft with every answer, ready to be confirmed.
fn complete() -> Draft {
    Draft {
        revision: 7,
        kind: Some(Kind::Reels),
        photo: Some(photo()),
        about: Answer::Given("кружка \"Утро\" <&>".into()),
        style: Some(Style::Ugc),
        wishes: Answer::Skipped,
        count: Some(10),
        quote: Some(Credits(1)),
        ..begun()
    }
}

fn written() -> Draft {
    Draft { style: Some(Style::Own), own_prompt: OwnPrompt::Written("снег\n🎬".into()), ..complete() }
}

fn kept() -> Draft {
    Draft {
        kind: Some(Kind::Neurocard),
        style: Some(Style::Own),
        about: Answer::Skipped,
        own_prompt: OwnPrompt::Kept("a cat".into()),
        wishes: Answer::Given("slowly".into()),
        ..complete()
    }
}

fn video(n: u8, style: Style, state: VideoState) -> Video {
    Video {
        job: job_id(n),
        kind: Kind::Reels,
        style,
        ordered_at: at("2026-11-30T23:59:59.999Z"),
        state,
        about: None,
        is_kept: false,
    }
}

fn pages() -> Vec<(&'static str, Page)> {
    let videos = vec![
        video(1, Style::Product, VideoState::Making),
        video(2, Style::Ugc, VideoState::Sending),
        video(3, Style::Broll, VideoState::Delivered),
        video(4, Style::Own, VideoState::DeliveredOnce),
        Video { kind: Kind::Neurocard, ..video(5, Style::Product, VideoState::Failed) },
    ];
    vec![
        ("home", Page::Home),
        ("consent", Page::Consent),
        ("language", Page::Language),
        ("help", Page::Help),
        ("balance", Page::Balance),
        ("no videos", Page::Videos(vec![])),
        ("videos", Page::Videos(videos)),
        ("a video", Page::Video(video(3, Style::Broll, VideoState::Delivered))),
        ("another order", Page::Another(Box::new(kept()))),
    ]
}

fn questions() -> Vec<(&'static str, Question)> {
    let replace = |about: Option<&str>| Question::ReplacePhoto { photo: photo(), about: about.map(str::to_owned), message: None };
    vec![
        ("kind", Question::Kind),
        ("photo", Question::Photo),
        ("about", Question::About),
        ("style", Question::Style),
        ("own prompt", Question::OwnPrompt),
        ("more prompt", Question::MorePrompt),
        ("review prompt", Question::ReviewPrompt),
        ("wishes", Question::Wishes),
        ("count", Question::Count),
        ("summary", Question::Summary),
        ("replace photo", replace(Some("a hat"))),
        ("replace photo, nothing said", replace(None)),
    ]
}

fn drafts() -> [(&'static str, Draft); 4] {
    [
        ("a draft just begun", begun()),
        ("a complete draft", complete()),
        ("a written prompt", written()),
        ("a kept prompt", kept()),
    ]
}

fn at_place(name: String, place: Place) -> (String, Chat) {
    (name, Chat { version: 9, recent_updates: vec![870_000_001, 870_000_002], place, ..nothing() })
}

/// A conversation at every place, with its name.
pub fn values() -> Vec<(String, Chat)> {
    let mut all = Vec::new();
    for (name, page) in pages() {
        all.push(at_place(format!("page {name}"), Place::Menu { page: page.clone(), left: None }));
        let left = Some(complete());
        all.push(at_place(format!("page {name}, a draft left"), Place::Menu { page, left }));
    }
    for (name, draft) in drafts() {
        all.push(at_place(format!("page home, left is {name}"), Place::Menu { page: Page::Home, left: Some(draft.clone()) }));
        all.push(at_place(format!("question summary of {name}"), Place::Order { draft, question: Question::Summary }));
    }
    for (name, question) in questions() {
        all.push(at_place(format!("question {name}"), Place::Order { draft: kept(), question }));
    }
    let placed = Placed {
        draft: draft_id(),
        kind: Kind::Neurocard,
        style: Style::Product,
        count: 10,
        price: Credits(10),
        is_finished: false,
    };
    all.push(at_place("ordered".into(), Place::Ordered(placed)));
    all
}
