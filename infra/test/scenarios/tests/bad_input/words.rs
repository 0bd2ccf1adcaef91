//! The longest and the oddest texts a person can send, at every place of the conversation: each gets a screen that Telegram
//! takes.

use domain::{
    conversation::{ABOUT_MAX_CHARS, Notice, Place, WISHES_MAX_CHARS},
    locale::Locale,
};
use fakes::film;
use jiff::Timestamp;
use testkit::environment::{Seller, TestEnvironment};

use crate::common::env;

/// What a place is called, and the way there from the menu.
type Way = (&'static str, &'static [&'static str]);

/// `photo` and `other photo` are sent, what begins with `say ` is said, everything else is tapped.
const WAYS: [Way; 17] = [
    ("the menu", &[]),
    ("the balance", &["balance"]),
    ("the videos", &["videos"]),
    ("the help", &["help"]),
    ("the languages", &["language"]),
    ("Kind", &["create"]),
    ("Photo", &["make:reels"]),
    ("About", &["make:reels", "photo"]),
    ("Style", &["make:reels", "photo", "skip"]),
    ("OwnPrompt", &["make:reels", "photo", "skip", "style:own"]),
    ("ReviewPrompt", &["make:reels", "photo", "skip", "style:own", "say a cat & a mug"]),
    ("MorePrompt", &["make:reels", "photo", "skip", "style:own", "say a cat & a mug", "prompt:add"]),
    ("Wishes", &["make:neurocard", "photo", "skip"]),
    ("Count", &["make:reels", "photo", "skip", "style:ugc", "skip"]),
    ("Summary", &["make:neurocard", "photo", "skip", "skip"]),
    ("ReplacePhoto", &["make:neurocard", "photo", "skip", "skip", "other photo"]),
    ("Ordered", &["make:neurocard", "photo", "skip", "skip", "confirm"]),
];

/// The longest a text of a message can be: 4096 characters.
const TEXT_MAX_CHARS: usize = 4096;

fn marks(chars: usize) -> String {
    "<&>".chars().cycle().take(chars).collect()
}

/// Texts, each with the reason why.
fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("marks as many as fit a message", marks(TEXT_MAX_CHARS)),
        ("marks as many as fit about", marks(ABOUT_MAX_CHARS)),
        ("one more", marks(ABOUT_MAX_CHARS + 1)),
        ("marks as many as fit wishes", marks(WISHES_MAX_CHARS)),
        ("marks as many as fit a prompt", marks(2500)),
        ("what are two units each", "\u{1F4F7}".repeat(TEXT_MAX_CHARS / 2)),
        ("tags that are not closed", "</b></i><blockquote><a href=\"".repeat(8)),
        ("references", "&amp;&lt;&#60;&nbsp;".repeat(14)),
        ("control characters and turned directions", "\u{0}\u{1b}\u{202e}\u{2066}\u{7f}".repeat(20)),
        ("nothing but line ends", "\n".repeat(TEXT_MAX_CHARS)),
        ("line ends between words", "a\n".repeat(150)),
        ("a number", "5".to_owned()),
        ("a button's data", "confirm:00000000-0000-7000-8000-000000000000:1".to_owned()),
    ]
}

async fn go(seller: &Seller, ways: &[&str]) {
    for way in ways {
        match *way {
            "photo" => seller.send_photo(film::sample_photo()).await.unwrap(),
            "other photo" => seller.send_photo(film::photo_of(640, 800)).await.unwrap(),
            "confirm" => seller.confirm().await.unwrap(),
            way => match way.strip_prefix("say ") {
                Some(words) => seller.say(words).await.unwrap(),
                None => seller.tap_data(way).await.unwrap(),
            },
        }
    }
}

/// Every call about this person was taken, but for an edit that changes nothing.
fn everything_was_taken(env: &TestEnvironment, seller: &Seller, what: &str) {
    let refused = |call: &fakes::telegram::Call| {
        call.chat == Some(seller.user.0) && call.status != 200 && !call.description.contains("message is not modified")
    };
    let refused: Vec<_> = env.telegram.calls().into_iter().filter(refused).map(|call| call.description).collect();
    assert!(refused.is_empty(), "{what}: {refused:?}");
}

async fn place(env: &TestEnvironment, seller: &Seller) -> Place {
    env.table.person(seller.user, None, Timestamp::now()).await.unwrap().chat.place
}

#[tokio::test(start_paused = true)]
async fn every_text_at_every_place_gets_a_screen_that_telegram_takes() {
    let env = env().await;
    let mut id = 711_000_000;
    for (name, ways) in WAYS {
        // Somebody who is there; a text that is an answer leads on, and somebody else has to go there.
        let mut there = None;
        for (why, text) in texts() {
            let what = format!("{why}, at {name}");
            let (seller, here) = match there.take() {
                Some(there) => there,
                None => {
                    id += 1;
                    let seller = Seller::new(&env, id, "en", "Olga");
                    seller.start().await.unwrap();
                    go(&seller, ways).await;
                    let here = place(&env, &seller).await;
                    if let Place::Order { question, .. } = &here {
                        assert!(format!("{question:?}").starts_with(name), "{question:?} is not {name}");
                    }
                    (seller, here)
                }
            };
            let before = seller.texts().len();
            assert_eq!(seller.person.say(&text).await.statuses, [200], "{what}");
            assert_eq!(seller.texts().len(), before + 1, "{what}: no screen");
            everything_was_taken(&env, &seller, &what);
            if place(&env, &seller).await == here {
                there = Some((seller, here));
            }
        }
    }
    assert_eq!(env.telegram.mistakes(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn before_the_terms_every_text_is_answered_with_them() {
    let env = env().await;
    for (id, (why, text)) in (711_500_000..).zip(texts()) {
        let seller = Seller::new(&env, id, "ru", "Olga");
        assert_eq!(seller.person.say(&text).await.statuses, [200], "{why}");
        assert!(seller.texts().pop().unwrap().starts_with(&Locale::Ru.notice(Notice::ConsentFirst)), "{why}");
        assert!(seller.button("accept").is_some(), "{why}");
        everything_was_taken(&env, &seller, why);
    }
}

#[tokio::test(start_paused = true)]
async fn what_just_fits_is_kept_whole_and_shown_back_and_one_more_character_is_refused_with_the_number() {
    let env = env().await;
    let cases: [(&[&str], usize, &[&str]); 3] = [
        (&["make:reels", "photo"], ABOUT_MAX_CHARS, &["style:broll", "skip", "count:3"]),
        (&["make:neurocard", "photo", "skip"], WISHES_MAX_CHARS, &[]),
        (&["make:reels", "photo", "skip", "style:own"], 2500, &["prompt:use", "count:5"]),
    ];
    for (at, (ways, max, rest)) in (712_000_000..).zip(cases) {
        let seller = Seller::new(&env, at, "en", "Olga");
        seller.start().await.unwrap();
        go(&seller, ways).await;
        seller.say(&marks(max + 1)).await.unwrap();
        let refused = Locale::En.notice(Notice::TextTooLong { max, was: max + 1 });
        assert!(seller.texts().pop().unwrap().starts_with(&refused), "{:#?}", seller.texts());
        seller.say(&marks(max)).await.unwrap();
        go(&seller, rest).await;
        let Place::Order { draft, .. } = place(&env, &seller).await else { panic!("no order") };
        let brief = draft.brief();
        let kept = brief.about.or(brief.wishes).or(brief.own_prompt).unwrap();
        assert_eq!(kept, marks(max));
        assert!(seller.button("confirm:").is_some());
        assert!(seller.texts().iter().any(|text| text.contains("Price:") && text.contains("<&><&>")), "{:#?}", seller.texts());
        everything_was_taken(&env, &seller, "what fits");
    }
}
