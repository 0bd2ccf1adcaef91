//! Bad photos: the bot refuses them or refunds their order, and asks for a usable file.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use bytes::Bytes;
use domain::{
    catalog::{Kind, Style},
    classify::Class,
    conversation::Notice,
    credits::Credits,
    job::State,
    locale::Locale,
    photo::Flaw,
    view::FailureNotice,
};
use fakes::{film, kie::Outcome, telegram::CallFailure};
use formats::photo::{Wanted, prepare};
use local_aws::net::{Action, CallInfo, Interceptor};
use serde_json::{Value, json};
use testkit::environment::{Seller, TestEnvironment};

use crate::common::{USER, env, sandbox, seller};

/// Part of the refund's text that says which files the bot accepts.
const NOT_AN_IMAGE: &str = "Please send a photo, or a JPEG, PNG or WebP file";
/// The head of a HEIC file from an iPhone.
const HEIC: &[u8] = b"\0\0\0\x24ftypheic\0\0\0\0mif1MiHEmiafheic";
/// A page that a browser saved under the name of a photo.
const HTML: &[u8] = b"<!DOCTYPE html><html><title>Sign in to see photo.jpg</title></html>";

/// Checks that the bot's last message says why the photo was refused, and asks for a photo again.
fn asked_again(seller: &Seller, why: Notice) {
    asked_again_for(Kind::Reels, seller, why);
}

fn asked_again_for(kind: Kind, seller: &Seller, why: Notice) {
    let expected = format!("{}\n\n{}", Locale::En.notice(why), Locale::En.ask_photo(Some(kind)));
    assert_eq!(seller.texts().pop(), Some(plain(&expected)));
}

/// Checks that the bot took the photo and asks for the next answer.
fn asked_on(seller: &Seller, file: &str) {
    let shown = seller.texts().pop().unwrap();
    assert!(shown.contains("Price:") && seller.button("confirm:").is_some(), "{file}: {shown}");
}

/// Returns a text without its markup, as the chat shows it.
fn plain(html: &str) -> String {
    ["<b>", "</b>", "<i>", "</i>"].iter().fold(html.to_owned(), |text, tag| text.replace(tag, ""))
}

async fn nothing_was_charged(env: &TestEnvironment, seller: &Seller) {
    assert!(env.jobs(seller.user).await.unwrap().is_empty(), "an order was placed");
    assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2));
    assert_eq!(env.kie.count("createTask"), 0);
}

async fn asked_for_a_photo(env: &TestEnvironment) -> Seller {
    let seller = seller(env).await;
    seller.tap_data("make:reels").await.unwrap();
    seller
}

async fn confirmed(seller: &Seller) {
    seller.confirm().await.unwrap();
}

/// Checks that the order failed as `BadPhoto`, was refunded, and its seller was notified once with this text.
async fn refunded_as_bad_photo(env: &TestEnvironment, seller: &Seller, part: &str) {
    let jobs = seller.until_over(1).await.unwrap();
    let State::Failed { class, why, .. } = jobs[0].state else { panic!("{}", jobs[0].state.name()) };
    assert_eq!(class, Class::BadPhoto);
    assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2));
    let notified = Locale::En.ended(FailureNotice { class, why, refunded: Credits(1), balance: Some(Credits(2)) });
    assert_eq!(seller.texts().iter().filter(|text| **text == notified).count(), 1, "{:#?}", seller.texts());
    assert!(notified.contains(part) && notified.contains("Your credit is back"), "{notified}");
}

#[tokio::test(start_paused = true)]
async fn a_message_without_a_usable_photo_is_refused_with_the_reason() {
    let env = env().await;
    let seller = asked_for_a_photo(&env).await;
    let person = &seller.person;
    let sized = |width: u32, height: u32, bytes: u64| {
        let from = json!({"id": USER, "is_bot": false, "first_name": "Olga", "language_code": "en"});
        let photo = json!([{"file_id": "F", "file_unique_id": "u", "width": width, "height": height, "file_size": bytes}]);
        json!({"message": {"message_id": 9, "date": 1, "from": from, "chat": {"id": USER, "type": "private"}, "photo": photo}})
    };
    assert!(person.send_document(vec![0; 20_000_001], "image/png", "big.png").await.taken());
    asked_again(&seller, Notice::Photo(Flaw::TooLarge(20)));
    assert!(person.send_raw(sized(4000, 4000, 20_000_001)).await.taken());
    asked_again(&seller, Notice::Photo(Flaw::TooLarge(20)));
    assert!(person.send_raw(sized(199, 300, 1000)).await.taken());
    asked_again(&seller, Notice::Photo(Flaw::TooSmall(300)));
    assert!(person.send_raw(sized(0, 0, 0)).await.taken());
    asked_again(&seller, Notice::Photo(Flaw::TooSmall(300)));
    assert!(person.send_raw(sized(300, 3001, 1000)).await.taken());
    asked_again(&seller, Notice::Photo(Flaw::TooNarrow));
    for (bytes, mime, name) in [
        (&b"%PDF-1.7"[..], "application/pdf", "card.pdf"),
        (b"GIF89a", "image/gif", "a.gif"),
        (b"MZ", "application/octet-stream", "a.exe"),
    ] {
        assert!(person.send_document(bytes, mime, name).await.taken());
        asked_again(&seller, Notice::NotAnImage);
    }
    for text in ["Make it beautiful, please", "https://example.com/photo.jpg", "make:reels", "/photo"] {
        assert!(person.say(text).await.taken());
        asked_again(&seller, Notice::SendAPhoto);
    }
    nothing_was_charged(&env, &seller).await;
    // A good photo after the refusals is accepted.
    assert!(person.send_photo(film::sample_photo()).await.taken());
    confirmed(&seller).await;
    let jobs = seller.until_over(1).await.unwrap();
    assert_eq!(jobs[0].state.name(), "delivered");
}

#[tokio::test(start_paused = true)]
async fn an_image_file_is_taken_by_its_type_or_its_name_in_any_spelling() {
    let env = env().await;
    let files = [
        ("application/octet-stream", "IMG_0001.JPG"),
        ("", "mug.jpeg"),
        ("image/jpg", "mug"),
        ("IMAGE/JPEG", "mug.bin"),
        ("image/pjpeg", ""),
        ("image/jpeg; charset=binary", "mug"),
        ("text/html", "mug.jfif"),
        ("image/heic", "mug.jpg"),
    ];
    for (user, (mime, name)) in (USER..).zip(files) {
        let seller = Seller::new(&env, user, "en", "Olga");
        seller.start().await.unwrap();
        seller.tap_data("make:reels").await.unwrap();
        assert!(seller.person.send_document(film::sample_photo(), mime, name).await.taken());
        asked_on(&seller, &format!("{mime} {name}"));
        nothing_was_charged(&env, &seller).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_no_model_takes_is_refused_before_the_charge() {
    let env = env().await;
    let seller = asked_for_a_photo(&env).await;
    let small = film::photo_of(120, 90);
    let files: [(&[u8], &str, &str, Notice); 8] = [
        (&small, "image/jpeg", "small.jpg", Notice::Photo(Flaw::TooSmall(300))),
        (HTML, "image/jpeg", "photo.jpg", Notice::NotAnImage),
        (HTML, "text/html", "photo.jpg", Notice::NotAnImage),
        (b"%PDF-1.7", "image/png", "photo.png", Notice::NotAnImage),
        (HEIC, "image/heic", "IMG_0001.HEIC", Notice::Heic),
        (HEIC, "application/octet-stream", "IMG_0001.HEIC", Notice::Heic),
        (HEIC, "image/jpeg", "IMG_0001.jpg", Notice::Heic),
        (b"", "image/jpeg", "empty.jpg", Notice::NotAnImage),
    ];
    for (bytes, mime, name, why) in files {
        assert!(seller.person.send_document(bytes.to_vec(), mime, name).await.taken());
        asked_again(&seller, why);
        nothing_was_charged(&env, &seller).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_strip_becomes_a_vertical_video_and_no_product_card() {
    let env = env().await;
    let strip = Bytes::from(film::photo_of(3000, 500));
    let reels = asked_for_a_photo(&env).await;
    assert!(reels.person.send_document(strip.clone(), "image/jpeg", "strip.jpg").await.taken());
    asked_on(&reels, "strip.jpg");
    // The first style takes no strip, so the order begins with one that does.
    assert!(reels.texts().pop().unwrap().contains(&Locale::En.style(Style::Broll)), "{:#?}", reels.texts());
    reels.confirm_data().expect("the order is ready to be confirmed");
    nothing_was_charged(&env, &reels).await;

    // A Neurocard takes the photo's own proportions. The strip is refused even if it came before the choice of the product.
    let card = Seller::new(&env, USER + 1, "en", "Anna");
    card.start().await.unwrap();
    assert!(card.person.send_document(strip.clone(), "image/jpeg", "strip.jpg").await.taken());
    card.tap_data("make:neurocard").await.unwrap();
    asked_again_for(Kind::Neurocard, &card, Notice::Photo(Flaw::TooNarrow));
    assert!(card.person.send_document(strip, "image/jpeg", "strip.jpg").await.taken());
    asked_again_for(Kind::Neurocard, &card, Notice::Photo(Flaw::TooNarrow));
    nothing_was_charged(&env, &card).await;
}

/// The webhook waits a second for the head of a file. The generator reads the file again.
#[tokio::test(start_paused = true)]
async fn a_file_that_only_claims_to_be_an_image_is_refunded_and_its_seller_notified() {
    let env = env().await;
    let seller = asked_for_a_photo(&env).await;
    env.telegram.fail(USER, "getFile", 1, CallFailure::Hang);
    assert!(seller.person.send_document(&b"%PDF-1.7 not an image"[..], "image/png", "photo.png").await.taken());
    confirmed(&seller).await;
    refunded_as_bad_photo(&env, &seller, NOT_AN_IMAGE).await;
    assert_eq!(env.kie.count("createTask"), 0, "no task was created for the bad photo");
    assert!(env.keys("photos/").await.unwrap().is_empty(), "the bad photo was not stored");
}

#[tokio::test(start_paused = true)]
async fn an_image_cut_off_after_its_first_bytes_is_refunded_and_its_seller_notified() {
    let env = env().await;
    let seller = asked_for_a_photo(&env).await;
    let head = Bytes::from_static(&film::sample_photo()[..20]);
    assert!(seller.person.send_document(head, "image/jpeg", "head.jpg").await.taken());
    confirmed(&seller).await;
    refunded_as_bad_photo(&env, &seller, NOT_AN_IMAGE).await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_telegram_lost_is_refunded_and_its_seller_notified() {
    let env = env().await;
    let seller = asked_for_a_photo(&env).await;
    let update = |id: &str| -> Value {
        let from = json!({"id": USER, "is_bot": false, "first_name": "Olga", "language_code": "en"});
        let document = json!({"file_id": id, "file_unique_id": "u", "mime_type": "image/png", "file_size": 1000});
        json!({"message": {"message_id": 9, "date": 1, "from": from, "chat": {"id": USER, "type": "private"}, "document": document}})
    };
    assert!(seller.person.send_raw(update("../../getMe?x=\n\u{1F4F7}")).await.taken());
    confirmed(&seller).await;
    refunded_as_bad_photo(&env, &seller, NOT_AN_IMAGE).await;
}

#[tokio::test(start_paused = true)]
async fn a_photo_whose_pixels_kie_refuses_costs_one_task_and_its_seller_is_notified() {
    let env = env().await;
    let seller = asked_for_a_photo(&env).await;
    assert!(seller.person.send_photo(film::sample_photo()).await.taken());
    env.kie.script("/photos/", vec![Outcome::fail("500", "Image pixel is invalid")]);
    confirmed(&seller).await;
    refunded_as_bad_photo(&env, &seller, "This photo is too small or too large").await;
    assert_eq!(env.kie.count("createTask"), 1, "another task would fail in the same way");
}

/// Loses the replies of the generator's first downloads from Telegram.
struct CutOff(AtomicU32);

impl Interceptor for CutOff {
    fn before(&self, call: &CallInfo) -> Action {
        let is_download = call.caller == "generator" && call.path.starts_with("/file/bot");
        let left = || self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if is_download && left() { Action::LoseReply } else { Action::Pass }
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_download_is_retried_until_the_photo_is_complete() {
    let env = env().await;
    sandbox(&env).net.intercept(Arc::new(CutOff(AtomicU32::new(2))));
    let seller = seller(&env).await;
    seller.prepare(Kind::Reels, film::sample_photo()).await.unwrap();
    env.telegram.fail(USER, "file", 1, CallFailure::Transient(502));
    env.telegram.fail(USER, "getFile", 1, CallFailure::TooManyRequests(40));
    seller.confirm().await.unwrap();
    let jobs = seller.until_over(1).await.unwrap();
    assert_eq!(jobs[0].state.name(), "delivered");
    assert_eq!(seller.videos().len(), 1);
    assert_eq!(env.kie.tasks().len(), 1);
    let kept = env.object(jobs[0].photo_key.as_deref().unwrap()).await.unwrap();
    let row = domain::catalog::Catalog::built_in().unwrap().product(&jobs[0].order.product).unwrap().clone();
    let photo = env.telegram.file(&jobs[0].order.photo.file_id).unwrap();
    let wanted = Wanted {
        ratio: row.photo_frame(row.frame(None)).ratio(),
        min_side_px: row.photo.min_side_px,
        max_aspect: row.photo.max_aspect,
    };
    assert_eq!(kept, prepare(&photo, &wanted).unwrap().jpeg, "the stored photo is complete");
}

/// The webhook refuses by the size alone what the generator could not prepare, and nothing else.
#[test]
fn a_size_is_refused_before_the_charge_exactly_if_the_photo_cannot_be_prepared() {
    use domain::{catalog::Catalog, photo};
    assert_eq!(photo::PREPARED_SIDE_MAX_PX, formats::photo::SIDE_MAX_PX);
    assert_eq!(photo::PHOTO_ASPECT_MAX, formats::photo::PHOTO_ASPECT_MAX);
    assert!((photo::ENLARGED_MAX - formats::photo::ENLARGEMENT_MAX).abs() < f64::EPSILON);
    let catalog = Catalog::built_in().unwrap();
    let sizes = [
        (199, 400),
        (200, 400),
        (200, 500),
        (199, 200),
        (400, 1000),
        (400, 1010),
        (300, 300),
        (120, 90),
        (338, 191),
        (150, 150),
        (3000, 500),
        (100, 1000),
        (100, 1011),
        (2048, 820),
        (113, 200),
        (112, 200),
        (2600, 1040),
        (64, 700),
    ];
    for (row, frame) in catalog.products().iter().flat_map(|row| row.frames.iter().map(move |frame| (row, *frame))) {
        let wanted = Wanted {
            ratio: row.photo_frame(frame).ratio(),
            min_side_px: row.photo.min_side_px,
            max_aspect: row.photo.max_aspect,
        };
        for (width, height) in sizes {
            let prepared = prepare(&film::photo_of(width, height), &wanted);
            let flaw = row.size_flaw(width, height, frame);
            assert_eq!(prepared.is_err(), flaw.is_some(), "{} {width}x{height}: {flaw:?}, {:?}", row.id, prepared.err());
            let Ok(prepared) = prepared else { continue };
            let (short, long) = (prepared.width.min(prepared.height), prepared.width.max(prepared.height));
            assert!(short >= row.photo.min_side_px && long <= row.photo.max_side_px, "{} {width}x{height}", row.id);
            assert!(prepared.jpeg.len() as u64 <= row.photo.max_bytes, "{} {width}x{height}", row.id);
        }
    }
}
