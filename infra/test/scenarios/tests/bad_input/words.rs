//! Long and odd texts at every place of the conversation: the bot answers each with a screen that Telegram accepts.

use std::time::Duration;

use domain::{
    conversation::{ABOUT_MAX_CHARS, Notice, Place, WISHES_MAX_CHARS},
    locale::Locale,
};
use fakes::film;
use jiff::Timestamp;
use testkit::environment::{Seller, TestEnvironment};

use crate::common::env;

/// The name of a place in the conversation, and the steps from the menu to it.
type Way = (&'static str, &'static [&'static str]);

/// A step is a photo (`photo`, `other photo`), a text (after `say `), `confirm`, or the data of a button to tap.
const WAYS: [Way; 16] = [
    ("the menu", &[]),
    ("the balance", &["balance"]),
    ("the videos", &["videos"]),
    ("the help", &["help"]),
    ("the languages", &["language"]),
    ("Kind", &["create"]),
    ("Photo", &["make:reels"]),
    ("About", &["make:reels", "photo", "edit:about"]),
    ("Style", &["make:reels", "photo", "edit:style"]),
    ("OwnPrompt", &["make:reels", "photo", "style:own"]),
    ("ReviewPrompt", &["make:reels", "photo", "style:own", "say a cat & a mug"]),
    ("MorePrompt", &["make:reels", "photo", "style:own", "say a cat & a mug", "prompt:add"]),
    ("Wishes", &["make:neurocard", "photo", "edit:wishes"]),
    ("Summary", &["make:neurocard", "photo"]),
    ("ReplacePhoto", &["make:neurocard", "photo", "other photo"]),
    ("Ordered", &["make:neurocard", "photo", "confirm"]),
];

/// Telegram's maximum length of a message's text, in characters.
const TEXT_MAX_CHARS: usize = 4096;

fn marks(chars: usize) -> String {
    "<&>".chars().cycle().take(chars).collect()
}

/// Returns the texts to try, each with its name.
fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("markup characters up to the limit of a message", marks(TEXT_MAX_CHARS)),
        ("markup characters up to the limit of the product's description", marks(ABOUT_MAX_CHARS)),
        ("markup characters, one more than the limit of the product's description", marks(ABOUT_MAX_CHARS + 1)),
        ("markup characters up to the limit of wishes", marks(WISHES_MAX_CHARS)),
        ("markup characters up to the limit of a prompt", marks(2500)),
        ("characters of two UTF-16 units each", "\u{1F4F7}".repeat(TEXT_MAX_CHARS / 2)),
        ("unclosed tags", "</b></i><blockquote><a href=\"".repeat(8)),
        ("HTML references", "&amp;&lt;&#60;&nbsp;".repeat(14)),
        ("control characters and direction overrides", "\u{0}\u{1b}\u{202e}\u{2066}\u{7f}".repeat(20)),
        ("only line ends", "\n".repeat(TEXT_MAX_CHARS)),
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

/// Checks that Telegram accepted every call about this person, except edits that change nothing.
fn assert_all_accepted(env: &TestEnvironment, seller: &Seller, attempt: &str) {
    let refused = |call: &fakes::telegram::Call| {
        call.chat == Some(seller.user.0) && call.status != 200 && !call.description.contains("message is not modified")
    };
    let refused: Vec<_> = env.telegram.calls().into_iter().filter(refused).map(|call| call.description).collect();
    assert!(refused.is_empty(), "{attempt}: {refused:?}");
}

async fn place(env: &TestEnvironment, seller: &Seller) -> Place {
    env.table.person(seller.user, None, Timestamp::now()).await.unwrap().chat.place
}

#[tokio::test(start_paused = true)]
async fn every_text_at_every_place_gets_a_screen_that_telegram_accepts() {
    let env = env().await;
    let mut id = 711_000_000;
    for (name, ways) in WAYS {
        // A seller at the place. If a text moves the seller on, a new seller goes to the place for the next text.
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
            // A text that follows a long one at once is its rest.
            tokio::time::sleep(Duration::from_secs(10)).await;
            let before = seller.texts().len();
            assert_eq!(seller.person.say(&text).await.statuses, [200], "{what}");
            assert_eq!(seller.texts().len(), before + 1, "{what}: no screen");
            assert_all_accepted(&env, &seller, &what);
            if place(&env, &seller).await == here {
                there = Some((seller, here));
            }
        }
    }
    assert_eq!(env.telegram.mistakes(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn before_consent_every_text_is_answered_with_the_terms() {
    let env = env().await;
    for (id, (why, text)) in (711_500_000..).zip(texts()) {
        let seller = Seller::new(&env, id, "ru", "Olga");
        assert_eq!(seller.person.say(&text).await.statuses, [200], "{why}");
        assert!(seller.texts().pop().unwrap().starts_with(&Locale::Ru.notice(Notice::ConsentFirst)), "{why}");
        assert!(seller.button("accept").is_some(), "{why}");
        assert_all_accepted(&env, &seller, why);
    }
}

#[tokio::test(start_paused = true)]
async fn a_text_of_maximum_length_is_kept_and_shown_and_a_longer_one_is_refused_with_its_length() {
    let env = env().await;
    let cases: [(&[&str], usize, &[&str]); 3] = [
        (&["make:reels", "photo", "edit:about"], ABOUT_MAX_CHARS, &["style:broll", "count:3"]),
        (&["make:neurocard", "photo"], WISHES_MAX_CHARS, &[]),
        (&["make:reels", "photo", "style:own"], 2500, &["prompt:use", "count:5"]),
    ];
    for (at, (ways, max, rest)) in (712_000_000..).zip(cases) {
        let seller = Seller::new(&env, at, "en", "Olga");
        seller.start().await.unwrap();
        go(&seller, ways).await;
        seller.say(&marks(max + 1)).await.unwrap();
        let refused = Locale::En.notice(Notice::TextTooLong { max, was: max + 1 });
        assert!(seller.texts().pop().unwrap().starts_with(&refused), "{:#?}", seller.texts());
        tokio::time::sleep(Duration::from_secs(10)).await;
        seller.say(&marks(max)).await.unwrap();
        go(&seller, rest).await;
        let Place::Order { draft, .. } = place(&env, &seller).await else { panic!("the seller is not in an order") };
        let brief = draft.brief();
        let kept = brief.about.or(brief.wishes).or(brief.own_prompt).unwrap();
        assert_eq!(kept, marks(max));
        assert!(seller.button("confirm:").is_some());
        assert!(seller.texts().iter().any(|text| text.contains("Price:") && text.contains("<&><&>")), "{:#?}", seller.texts());
        assert_all_accepted(&env, &seller, "a text of maximum length");
    }
}
