//! The conversation: every screen as a person sees it, and what no input at any place may do.

use super::*;
use crate::{
    catalog::Catalog,
    credits::{EntryKey, EntryKind},
    ids::{JobId, UserId},
    job::{Job, Order},
    rules::Rules,
    screen::{BUTTON_DATA_MAX_BYTES, Keyboard, Screen},
};
use jiff::Timestamp;
use proptest::{collection::vec, option, prelude::*};

const USER: UserId = UserId(5);

fn catalog() -> Catalog {
    Catalog::built_in().unwrap()
}

fn photo(name: &str) -> Photo {
    Photo { file_id: format!("{name}-file"), unique_id: name.into() }
}

fn upload(pixels: Option<(u32, u32)>, bytes: Option<u64>) -> Upload {
    Upload { photo: photo("new"), bytes, pixels }
}

fn image() -> Input {
    Input::Image(upload(Some((1280, 960)), Some(200_000)))
}

fn draft_id(n: u128) -> DraftId {
    DraftId(uuid::Uuid::from_u128(n))
}

fn draft(kind: Kind) -> Draft {
    Draft { id: draft_id(7), revision: 1, kind, product: kind.name().into(), photo: photo("mug"), price: Credits(1) }
}

fn chat(place: Place) -> Chat {
    Chat { version: 4, recent_updates: vec![9, 10], place, notice: None }
}

fn profile(balance: u32, locale: Locale) -> Profile {
    Profile { balance: Credits(balance), locale, reachable: true }
}

fn old_job(kind: Kind) -> Job {
    let order = Order { kind, product: kind.name().into(), photo: photo("old"), price: Credits(1), locale: Locale::En };
    Job::confirmed(USER, JobId { draft: draft_id(3), n: 1 }, order, Timestamp::UNIX_EPOCH, &Rules::default())
}

/// A step with two credits and a fresh id of 99.
fn after(chat: &Chat, input: &Input) -> Step {
    step_with(chat, 11, input, 2, None)
}

fn step_with(chat: &Chat, update: i64, input: &Input, balance: u32, again: Option<&Job>) -> Step {
    let (profile, catalog, rules) = (profile(balance, Locale::En), catalog(), Rules::default());
    let (fresh, now) = (draft_id(99), Timestamp::UNIX_EPOCH);
    let context = Context { user: USER, profile: &profile, job: again, catalog: &catalog, rules: &rules, fresh, now };
    step(chat, update, input, &context)
}

fn every_place() -> Vec<Place> {
    let kinds = [Kind::Neurocard, Kind::Reels];
    let asked = kinds.map(|kind| Place::AskPhoto { kind });
    let summaries = kinds.map(|kind| Place::Summary { draft: draft(kind) });
    let ordered = kinds.map(|kind| Place::Ordered { draft: draft(kind) });
    let begun = [Place::Home, Place::AskKind { photo: photo("mug") }];
    begun.into_iter().chain(asked).chain(summaries).chain(ordered).collect()
}

fn every_notice() -> [Notice; 12] {
    [
        Notice::Welcome(Credits(2)),
        Notice::SendAPhoto,
        Notice::NotAnImage,
        Notice::FileTooLarge(10),
        Notice::PhotoTooSmall(300),
        Notice::PhotoTooNarrow,
        Notice::OldButton,
        Notice::NotEnoughCredits(Credits(1)),
        Notice::Cancelled,
        Notice::NothingToCancel,
        Notice::AlreadyOrdered,
        Notice::Balance,
    ]
}

// ---- What a person sees.

/// A screen as text: what is read, then the buttons, row by row, with their data.
fn drawn(screen: &Screen) -> String {
    format!("{}\n{}", screen.text, keys(&screen.keyboard))
}

fn keys(keyboard: &Keyboard) -> String {
    let row = |row: &Vec<crate::screen::Button>| row.iter().map(|b| format!("[{} | {}]", b.label, b.data)).collect::<String>();
    keyboard.0.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// Every place in one language.
fn places(locale: Locale) -> String {
    let show = |place: &Place| {
        let screen = render(&chat(place.clone()), &profile(2, locale), &catalog());
        format!("=== {}\n{}", name(place), drawn(&screen))
    };
    every_place().iter().map(show).collect::<Vec<_>>().join("\n\n")
}

fn name(place: &Place) -> String {
    match place {
        Place::Home => "home".into(),
        Place::AskKind { .. } => "ask kind".into(),
        Place::AskPhoto { kind } => format!("ask photo: {}", kind.name()),
        Place::Summary { draft } => format!("summary: {}", draft.kind.name()),
        Place::Ordered { draft } => format!("ordered: {}", draft.kind.name()),
    }
}

/// The menu under every notice in one language.
fn notices(locale: Locale) -> String {
    let show = |notice| {
        let chat = Chat { notice: Some(notice), ..chat(Place::Home) };
        format!("=== {notice:?}\n{}", drawn(&render(&chat, &profile(0, locale), &catalog())))
    };
    every_notice().map(show).join("\n\n")
}

/// What goes with the messages that no place shows: the video and the news of a failure.
fn endings(locale: Locale) -> String {
    let job = JobId { draft: draft_id(7), n: 1 };
    let video = [Kind::Neurocard, Kind::Reels].map(|kind| locale.delivered(kind)).join("\n");
    format!(
        "=== delivered\n{video}\n{}\n\n=== ended\n{}",
        keys(&delivered_keyboard(locale, job)),
        keys(&ended_keyboard(locale, job))
    )
}

#[test]
fn every_place_in_english() {
    insta::assert_snapshot!(places(Locale::En));
}

#[test]
fn every_place_in_russian() {
    insta::assert_snapshot!(places(Locale::Ru));
}

#[test]
fn every_notice_in_english() {
    insta::assert_snapshot!(notices(Locale::En));
}

#[test]
fn every_notice_in_russian() {
    insta::assert_snapshot!(notices(Locale::Ru));
}

#[test]
fn what_stands_under_a_video_and_under_bad_news_in_both_languages() {
    insta::assert_snapshot!(Locale::ALL.map(endings).join("\n\n"));
}

#[test]
fn html_in_texts_is_only_bold_and_closed() {
    let no_tags = |text: String| text.replace("<b>", "").replace("</b>", "");
    for locale in Locale::ALL {
        for text in [places(locale), notices(locale), endings(locale)] {
            assert_eq!(text.matches("<b>").count(), text.matches("</b>").count());
            assert!(!no_tags(text.clone()).contains(['<', '>', '&']), "{text}");
        }
    }
}

#[test]
fn both_languages_offer_the_same_buttons() {
    for place in every_place() {
        let data = |locale| {
            let screen = render(&chat(place.clone()), &profile(2, locale), &catalog());
            screen.keyboard.0.iter().map(|row| row.iter().map(|b| b.data.clone()).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        assert_eq!(data(Locale::En), data(Locale::Ru), "{place:?}");
    }
}

// ---- The ways through.

#[test]
fn kind_then_photo_and_photo_then_kind_lead_to_the_same_summary() {
    let choose = Input::Tap(Tap::Choose(Kind::Reels));
    let asked = after(&chat(Place::Home), &choose).chat;
    assert_eq!(asked.place, Place::AskPhoto { kind: Kind::Reels });
    let given = after(&chat(Place::Home), &image()).chat;
    assert_eq!(given.place, Place::AskKind { photo: photo("new") });
    let summary = Place::Summary { draft: Draft { id: draft_id(99), photo: photo("new"), ..draft(Kind::Reels) } };
    assert_eq!(after(&asked, &image()).chat.place, summary);
    assert_eq!(after(&given, &choose).chat.place, summary);
}

#[test]
fn another_photo_in_the_summary_is_another_draft_of_the_same_kind() {
    let stepped = after(&chat(Place::Summary { draft: draft(Kind::Reels) }), &image());
    let Place::Summary { draft } = stepped.chat.place else { panic!("{:?}", stepped.chat.place) };
    assert_eq!((draft.id, draft.kind, draft.photo), (draft_id(99), Kind::Reels, photo("new")));
}

#[test]
fn confirming_charges_the_price_in_the_draft_and_creates_its_job() {
    let draft = Draft { price: Credits(2), ..draft(Kind::Reels) };
    let stepped = after(&chat(Place::Summary { draft: draft.clone() }), &Input::Tap(Tap::Confirm(draft.id, 1)));
    let [(job, charge)] = stepped.order.as_slice() else { panic!("{:?}", stepped.order) };
    assert_eq!((charge.kind, charge.amount, &charge.key), (EntryKind::Charge, -2, &EntryKey::Charge(job.id)));
    assert_eq!((job.id, job.user), (JobId { draft: draft.id, n: 1 }, USER));
    assert_eq!((job.order.price, &job.order.photo, job.order.kind), (Credits(2), &draft.photo, Kind::Reels));
    assert_eq!(stepped.chat.place, Place::Ordered { draft });
}

#[test]
fn a_double_tap_orders_once_and_says_that_it_is_being_made() {
    let tap = Input::Tap(Tap::Confirm(draft_id(7), 1));
    let first = after(&chat(Place::Summary { draft: draft(Kind::Reels) }), &tap);
    assert_eq!(first.order.len(), 1);
    let second = step_with(&first.chat, 12, &tap, 1, None);
    let already = Some(Notice::AlreadyOrdered);
    assert_eq!((second.order.len(), &second.chat.place, second.chat.notice), (0, &first.chat.place, already));
    // Once it has ended, nothing is being made: the old button says so.
    let job = &first.order[0].0;
    let diagnosis = crate::classify::Diagnosis::of(crate::classify::Class::TookTooLong);
    let ended = job.ended(&diagnosis, job.confirmed_at, &Rules::default()).unwrap().0;
    let late = step_with(&first.chat, 13, &tap, 1, Some(&ended));
    assert_eq!((late.order.len(), late.chat.place, late.chat.notice), (0, Place::Home, Some(Notice::OldButton)));
}

#[test]
fn the_same_draft_confirmed_twice_at_once_names_the_same_job() {
    let tap = Input::Tap(Tap::Confirm(draft_id(7), 1));
    let summary = chat(Place::Summary { draft: draft(Kind::Reels) });
    let [one, other] = [11, 12].map(|update| step_with(&summary, update, &tap, 2, None).order.remove(0).0.id);
    assert_eq!(one, other);
}

#[test]
fn without_the_credits_nothing_is_ordered_and_the_price_is_said() {
    let tap = Input::Tap(Tap::Confirm(draft_id(7), 1));
    let stepped = step_with(&chat(Place::Summary { draft: draft(Kind::Reels) }), 11, &tap, 0, None);
    assert!(stepped.order.is_empty());
    assert_eq!((stepped.chat.place, stepped.chat.notice), (Place::Home, Some(Notice::NotEnoughCredits(Credits(1)))));
}

#[test]
fn an_older_confirm_button_orders_nothing() {
    let summary = Place::Summary { draft: draft(Kind::Reels) };
    for tap in [Tap::Confirm(draft_id(8), 1), Tap::Confirm(draft_id(7), 2), Tap::Confirm(draft_id(7), 0)] {
        let stepped = after(&chat(summary.clone()), &Input::Tap(tap));
        assert_eq!((stepped.order.len(), stepped.chat.notice), (0, Some(Notice::OldButton)));
        assert_eq!(stepped.chat.place, summary);
    }
}

#[test]
fn again_begins_a_new_draft_of_the_same_product_and_kind_and_charges_nothing_yet() {
    for kind in [Kind::Neurocard, Kind::Reels] {
        for place in every_place() {
            let job = old_job(kind);
            let stepped = step_with(&chat(place), 11, &Input::Tap(Tap::Again(job.id)), 2, Some(&job));
            let Place::Summary { draft } = &stepped.chat.place else { panic!("{:?}", stepped.chat.place) };
            assert_eq!((draft.id, draft.kind, &draft.photo), (draft_id(99), kind, &job.order.photo));
            assert_ne!(draft.id, job.id.draft);
            assert!(stepped.order.is_empty());
        }
    }
}

#[test]
fn again_with_a_job_that_is_not_theirs_is_an_old_button() {
    for place in every_place() {
        let stepped = after(&chat(place.clone()), &Input::Tap(Tap::Again(old_job(Kind::Reels).id)));
        assert_eq!((stepped.chat.place, stepped.chat.notice), (kept(&place), Some(Notice::OldButton)));
    }
}

/// What is under way needs no screen of its own: whatever comes next is about the next order.
fn kept(place: &Place) -> Place {
    if matches!(place, Place::Ordered { .. }) { Place::Home } else { place.clone() }
}

#[test]
fn a_photo_that_would_fail_is_refused_with_the_reason_and_keeps_the_place() {
    let fine = Some((600, 600));
    let cases = [
        (upload(fine, Some(10_000_001)), Notice::FileTooLarge(10)),
        (upload(None, Some(10_000_001)), Notice::FileTooLarge(10)),
        (upload(Some((299, 600)), None), Notice::PhotoTooSmall(300)),
        (upload(Some((600, 299)), Some(1)), Notice::PhotoTooSmall(300)),
        (upload(Some((0, 0)), None), Notice::PhotoTooSmall(300)),
        (upload(Some((400, 1001)), None), Notice::PhotoTooNarrow),
        (upload(Some((1001, 400)), None), Notice::PhotoTooNarrow),
    ];
    for place in every_place() {
        for (upload, notice) in &cases {
            let stepped = after(&chat(place.clone()), &Input::Image(upload.clone()));
            assert_eq!((stepped.chat.place, stepped.chat.notice), (kept(&place), Some(*notice)), "{upload:?}");
        }
        let stepped = after(&chat(place.clone()), &Input::File);
        assert_eq!((stepped.chat.place, stepped.chat.notice), (kept(&place), Some(Notice::NotAnImage)));
    }
}

#[test]
fn a_photo_at_the_very_limits_is_taken() {
    let limits = [upload(Some((300, 750)), Some(10_000_000)), upload(Some((750, 300)), None), upload(None, None)];
    for upload in limits {
        let stepped = after(&chat(Place::AskPhoto { kind: Kind::Reels }), &Input::Image(upload));
        assert!(matches!(stepped.chat.place, Place::Summary { .. }), "{:?}", stepped.chat);
    }
}

#[test]
fn text_where_a_photo_is_needed_is_answered_so() {
    let stepped = after(&chat(Place::AskPhoto { kind: Kind::Reels }), &Input::Other);
    assert_eq!(stepped.chat.notice, Some(Notice::SendAPhoto));
    assert_eq!(stepped.chat.place, Place::AskPhoto { kind: Kind::Reels });
    for place in [Place::Home, Place::Ordered { draft: draft(Kind::Reels) }] {
        let stepped = after(&chat(place), &Input::Other);
        assert_eq!((stepped.chat.place, stepped.chat.notice), (Place::Home, None));
    }
}

#[test]
fn balance_and_cancel_lead_home_and_say_so_from_anywhere() {
    for place in every_place() {
        for (inputs, notice) in [
            ([Input::Balance, Input::Tap(Tap::Balance)], Notice::Balance),
            (
                [Input::Cancel, Input::Tap(Tap::Cancel)],
                if matches!(place, Place::Home | Place::Ordered { .. }) { Notice::NothingToCancel } else { Notice::Cancelled },
            ),
        ] {
            for input in inputs {
                let stepped = after(&chat(place.clone()), &input);
                assert_eq!((stepped.chat.place, stepped.chat.notice), (Place::Home, Some(notice)));
            }
        }
    }
}

#[test]
fn a_chat_remembers_its_last_updates_and_no_more() {
    let mut chat = Chat::default();
    for update in 0..20 {
        assert!(!chat.has_seen(update));
        chat = step_with(&chat, update, &Input::Start, 2, None).chat;
    }
    assert_eq!(chat.recent_updates, (4..20).collect::<Vec<_>>());
    assert_eq!(chat.version, 20);
}

#[test]
fn every_place_reads_back_from_its_json_as_it_was_written() {
    for place in every_place() {
        for notice in every_notice().map(Some).into_iter().chain([None]) {
            let chat = Chat { notice, ..chat(place.clone()) };
            let json = serde_json::to_string(&chat).unwrap();
            assert_eq!(serde_json::from_str::<Chat>(&json).unwrap(), chat);
        }
    }
}

#[test]
fn what_no_button_of_ours_carries_is_an_unknown_button() {
    let wrong = [
        "",
        ":",
        "menu:x",
        "Menu",
        "make",
        "make:",
        "make:film",
        "confirm",
        "confirm:",
        "confirm:x:1",
        "confirm::",
        "again",
        "again:",
        "again:x",
        "again:00000000000000000000000000000007.0",
        "unknown",
        "balance:1",
        "confirm:7:1",
        "confirm:00000000000000000000000000000007:",
        "confirm:00000000000000000000000000000007:-1",
        "confirm:00000000000000000000000000000007:4294967296",
    ];
    for data in wrong {
        assert_eq!(Tap::parse(data), Tap::Unknown, "{data:?}");
    }
}

// ---- Any input at any place.

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Neurocard), Just(Kind::Reels)]
}

fn locales() -> impl Strategy<Value = Locale> {
    prop_oneof![Just(Locale::En), Just(Locale::Ru)]
}

fn photos() -> impl Strategy<Value = Photo> {
    ("[a-zA-Z0-9_-]{1,90}", "[a-zA-Z0-9_-]{1,20}").prop_map(|(file_id, unique_id)| Photo { file_id, unique_id })
}

/// Few ids and revisions, so that buttons often fit the draft they meet.
fn draft_ids() -> impl Strategy<Value = DraftId> {
    prop_oneof![3 => (0..3u128).prop_map(draft_id), 1 => any::<u128>().prop_map(draft_id)]
}

fn revisions() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 1..3u32, 1 => any::<u32>()]
}

fn drafts() -> impl Strategy<Value = Draft> {
    let product = prop_oneof![Just("reels".to_owned()), Just("neurocard".to_owned()), Just("gone".to_owned())];
    (draft_ids(), revisions(), kinds(), product, photos(), 1..50u32).prop_map(|(id, revision, kind, product, photo, price)| {
        Draft { id, revision, kind, product, photo, price: Credits(price) }
    })
}

fn places_of_all_kinds() -> impl Strategy<Value = Place> {
    prop_oneof![
        Just(Place::Home),
        kinds().prop_map(|kind| Place::AskPhoto { kind }),
        photos().prop_map(|photo| Place::AskKind { photo }),
        drafts().prop_map(|draft| Place::Summary { draft }),
        drafts().prop_map(|draft| Place::Ordered { draft }),
    ]
}

fn chats() -> impl Strategy<Value = Chat> {
    let notices = option::of(proptest::sample::select(every_notice().to_vec()));
    (0..9u64, vec(0..50i64, 0..RECENT_UPDATES_MAX), places_of_all_kinds(), notices)
        .prop_map(|(version, recent_updates, place, notice)| Chat { version, recent_updates, place, notice })
}

fn taps() -> impl Strategy<Value = Tap> {
    let job = (draft_ids(), 1..=255u8).prop_map(|(draft, n)| JobId { draft, n });
    prop_oneof![
        Just(Tap::Menu),
        Just(Tap::Balance),
        Just(Tap::Cancel),
        kinds().prop_map(Tap::Choose),
        (draft_ids(), revisions()).prop_map(|(id, revision)| Tap::Confirm(id, revision)),
        job.prop_map(Tap::Again),
        Just(Tap::Unknown),
    ]
}

fn uploads() -> impl Strategy<Value = Upload> {
    let side = prop_oneof![0..4000u32, any::<u32>()];
    (photos(), option::of(any::<u64>()), option::of((side.clone(), side))).prop_map(|(photo, bytes, pixels)| Upload {
        photo,
        bytes,
        pixels,
    })
}

fn inputs() -> impl Strategy<Value = Input> {
    prop_oneof![
        1 => Just(Input::Start),
        1 => Just(Input::Balance),
        1 => Just(Input::Cancel),
        1 => uploads().prop_map(Input::Image),
        4 => taps().prop_map(Input::Tap),
        1 => Just(Input::File),
        1 => Just(Input::Other),
    ]
}

/// What Telegram takes: 1-4096 UTF-16 units of text, 1-64 bytes of data, a label on every button.
fn fits_telegram(screen: &Screen) -> Result<(), TestCaseError> {
    let units = screen.text.encode_utf16().count();
    prop_assert!((1..=4096).contains(&units), "{units} units");
    let buttons: Vec<_> = screen.keyboard.0.iter().flatten().collect();
    prop_assert!(!buttons.is_empty() && screen.keyboard.0.iter().all(|row| !row.is_empty()));
    for button in buttons {
        prop_assert!((1..=BUTTON_DATA_MAX_BYTES).contains(&button.data.len()) && !button.label.is_empty(), "{button:?}");
        prop_assert_ne!(Tap::parse(&button.data), Tap::Unknown, "{:?}", button);
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_input_at_any_place_gives_a_screen_that_telegram_takes(
        chat in chats(), input in inputs(), balance in any::<u32>(), theirs in any::<bool>(), locale in locales(),
    ) {
        let job = old_job(Kind::Reels);
        let stepped = step_with(&chat, 60, &input, balance, theirs.then_some(&job));
        fits_telegram(&render(&stepped.chat, &profile(balance, locale), &catalog()))?;
        prop_assert_eq!(stepped.chat.version, chat.version + 1);
        prop_assert!(stepped.chat.has_seen(60) && stepped.chat.recent_updates.len() <= RECENT_UPDATES_MAX);
    }

    #[test]
    fn start_and_the_menu_always_lead_home(chat in chats(), balance in any::<u32>()) {
        for input in [Input::Start, Input::Tap(Tap::Menu)] {
            let stepped = step_with(&chat, 60, &input, balance, None);
            prop_assert_eq!((&stepped.chat.place, stepped.chat.notice, stepped.order.len()), (&Place::Home, None, 0));
        }
    }

    #[test]
    fn an_order_is_made_by_the_button_of_its_own_summary_and_by_nothing_else(
        chat in chats(), input in inputs(), balance in 0..60u32, theirs in any::<bool>(),
    ) {
        let job = old_job(Kind::Reels);
        let stepped = step_with(&chat, 60, &input, balance, theirs.then_some(&job));
        let confirmed = match (&chat.place, &input) {
            (Place::Summary { draft }, Input::Tap(Tap::Confirm(id, revision)))
                if (draft.id, draft.revision) == (*id, *revision) && draft.price.0 <= balance => Some(draft),
            _ => None,
        };
        match (confirmed, stepped.order.as_slice()) {
            (None, []) => {}
            (Some(draft), [(job, charge)]) => {
                prop_assert_eq!(charge.amount, -i64::from(draft.price.0));
                prop_assert_eq!((job.order.price, job.id), (draft.price, JobId { draft: draft.id, n: 1 }));
                prop_assert_eq!((job.user, charge.user, &charge.key), (USER, USER, &EntryKey::Charge(job.id)));
                prop_assert_eq!(&stepped.chat.place, &Place::Ordered { draft: draft.clone() });
            }
            (expected, made) => prop_assert!(false, "{expected:?} made {made:?}"),
        }
    }

    #[test]
    fn a_fresh_id_is_in_every_draft_that_begins(chat in chats(), input in inputs()) {
        let job = old_job(Kind::Reels);
        let stepped = step_with(&chat, 60, &input, 2, Some(&job));
        if let Place::Summary { draft } = &stepped.chat.place && stepped.chat.place != chat.place {
            prop_assert_eq!(draft.id, draft_id(99));
        }
    }

    #[test]
    fn an_update_that_was_handled_is_known_until_sixteen_others_came(chat in chats(), later in 0..RECENT_UPDATES_MAX) {
        let mut chat = step_with(&chat, 60, &Input::Start, 2, None).chat;
        for n in 0..later {
            prop_assert!(chat.has_seen(60));
            chat = step_with(&chat, 61 + i64::try_from(n).unwrap(), &Input::Other, 2, None).chat;
        }
        prop_assert!(chat.has_seen(60));
    }

    #[test]
    fn a_button_reads_back_as_it_was_written_and_fits(tap in taps()) {
        let data = tap.data();
        prop_assert!((1..=BUTTON_DATA_MAX_BYTES).contains(&data.len()), "{data}");
        prop_assert_eq!(Tap::parse(&data), tap);
    }

    #[test]
    fn whatever_a_button_carries_is_read(
        data in prop_oneof![".*", "(menu|balance|cancel|make|confirm|again|unknown):?[0-9a-f.:-]*"],
    ) {
        let _ = Tap::parse(&data);
    }

    #[test]
    fn the_keyboards_of_messages_fit_as_well(draft in draft_ids(), n in 1..=255u8, locale in locales()) {
        for keyboard in [delivered_keyboard(locale, JobId { draft, n }), ended_keyboard(locale, JobId { draft, n })] {
            fits_telegram(&Screen { text: "x".into(), keyboard })?;
        }
    }
}
