//! Any input at any place.

use super::samples::*;
use crate::{
    catalog::{Kind, Style},
    conversation::*,
    credits::Credits,
    ids::{DraftId, JobId},
    photo::{Facts, Light, Photo},
    screen::{BUTTON_DATA_MAX_BYTES, Screen, TEXT_MAX_UNITS, visible_units},
    texts::Locale,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

fn locales() -> impl Strategy<Value = Locale> {
    select(Locale::ALL.to_vec())
}

fn kinds() -> impl Strategy<Value = Kind> {
    select(vec![Kind::Neurocard, Kind::Reels])
}

fn styles() -> impl Strategy<Value = Style> {
    select(Style::ALL.to_vec())
}

fn photos() -> impl Strategy<Value = Photo> {
    ("[a-zA-Z0-9_-]{1,90}", "[a-c]{1,2}").prop_map(|(file_id, unique_id)| Photo { file_id, unique_id })
}

/// Few ids and revisions, so that buttons often fit the draft they meet.
fn draft_ids() -> impl Strategy<Value = DraftId> {
    prop_oneof![3 => (6..9u128).prop_map(draft_id), 1 => any::<u128>().prop_map(draft_id)]
}

fn revisions() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 1..3u32, 1 => any::<u32>()]
}

/// Words of any alphabet, markup among them, up to the longest message.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zа-я<>&\"' \n🎬]{0,40}",
        1 => ".{0,600}",
        1 => (2000..4096usize).prop_map(|n| "<&>".repeat(n / 3)),
    ]
}

fn answers() -> impl Strategy<Value = Answer> {
    prop_oneof![Just(Answer::Open), Just(Answer::Skipped), words().prop_map(Answer::Given)]
}

fn own_prompts() -> impl Strategy<Value = OwnPrompt> {
    prop_oneof![Just(OwnPrompt::Open), words().prop_map(OwnPrompt::Written), words().prop_map(OwnPrompt::Kept)]
}

fn drafts() -> impl Strategy<Value = Draft> {
    let what = (option::of(kinds()), option::of(photos()), answers(), option::of(styles()), own_prompts(), answers());
    let money = (option::of(0..12u8), option::of(1..50u32));
    (draft_ids(), revisions(), what, money).prop_map(|(id, revision, what, (count, quote))| {
        let (kind, photo, about, style, own_prompt, wishes) = what;
        let quote = quote.map(Credits);
        Draft { id, revision, touched_at: NOW, kind, photo, about, style, own_prompt, wishes, count, quote }
    })
}

fn questions() -> impl Strategy<Value = Question> {
    let names = every_place().into_iter().filter_map(|(_, place)| match place {
        Place::Order { question, .. } => Some(question),
        _ => None,
    });
    select(names.collect::<Vec<_>>())
}

fn places() -> impl Strategy<Value = Place> {
    let known: Vec<_> = every_place().into_iter().map(|(_, place)| place).collect();
    let pages = known.iter().filter_map(|place| if let Place::Menu { page, .. } = place { Some(page.clone()) } else { None });
    let pages = select(pages.collect::<Vec<_>>());
    prop_oneof![
        select(known),
        (drafts(), questions()).prop_map(|(draft, question)| Place::Order { draft, question }),
        (pages, option::of(drafts()))
            .prop_filter("two drafts have two ids", |(page, left)| {
                !matches!((page, left), (Page::Another(new), Some(left)) if new.id == left.id)
            })
            .prop_map(|(page, left)| Place::Menu { page, left }),
    ]
}

fn chats() -> impl Strategy<Value = Chat> {
    let notices = option::of(select(every_notice()));
    let albums = option::of(("[12]", any::<bool>()).prop_map(|(id, said)| Album { id, said }));
    (0..9u64, vec(0..50i64, 0..RECENT_UPDATES_MAX), places(), notices, albums).prop_map(
        |(version, recent_updates, place, notice, album)| Chat {
            version,
            recent_updates,
            place,
            notice,
            album,
            pace: Pace::default(),
            status_message: None,
            silence: None,
        },
    )
}

fn taps() -> impl Strategy<Value = Tap> {
    let plain = vec![
        Tap::Menu,
        Tap::OpenMenu,
        Tap::Create,
        Tap::Resume,
        Tap::Cancel,
        Tap::Back,
        Tap::Next,
        Tap::Skip,
        Tap::UsePrompt,
        Tap::AddPrompt,
        Tap::RewritePrompt,
        Tap::ReplacePhoto,
        Tap::KeepPhoto,
        Tap::Balance,
        Tap::Videos,
        Tap::Help,
        Tap::Language,
        Tap::Accept,
        Tap::StartNew,
    ];
    let job = || (draft_ids(), 1..=255u8).prop_map(|(draft, n)| JobId { draft, n });
    prop_oneof![
        8 => select(plain),
        1 => kinds().prop_map(Tap::Choose),
        1 => styles().prop_map(Tap::Style),
        1 => any::<u8>().prop_map(Tap::Count),
        1 => locales().prop_map(Tap::Speak),
        4 => (draft_ids(), revisions()).prop_map(|(id, revision)| Tap::Confirm(id, revision)),
        1 => draft_ids().prop_map(Tap::Discard),
        1 => job().prop_map(Tap::Again),
        1 => job().prop_map(Tap::Restyle),
        1 => job().prop_map(Tap::NewPhoto),
        1 => job().prop_map(Tap::Reword),
        1 => job().prop_map(Tap::Video),
        1 => job().prop_map(Tap::Resend),
    ]
}

fn uploads() -> impl Strategy<Value = Upload> {
    let side = || prop_oneof![250..4000u32, any::<u32>()];
    let light = option::of((any::<u8>(), any::<u8>()).prop_map(|(dark, bright)| Light { dark, bright }));
    let facts = (option::of(any::<u64>()), option::of((side(), side())), light);
    (photos(), facts, option::of(words()), option::of("[12]")).prop_map(|(photo, (bytes, pixels, light), caption, album)| {
        Upload { photo, facts: Facts { bytes, pixels, light }, caption, album }
    })
}

fn inputs() -> impl Strategy<Value = Input> {
    prop_oneof![
        1 => Just(Input::Start),
        3 => uploads().prop_map(Input::Image),
        3 => words().prop_map(Input::Text),
        6 => prop_oneof![taps(), Just(Tap::Unknown)].prop_map(Input::Tap),
        1 => Just(Input::File),
        1 => Just(Input::Other),
        1 => Just(Input::Blocked),
        1 => Just(Input::Unblocked),
    ]
}

/// Somebody, with or without consent, reachable or not, known or new; the tapped job theirs or not.
fn settings_of_people() -> impl Strategy<Value = Setting> {
    (any::<u32>(), locales(), any::<[bool; 5]>()).prop_map(|(balance, locale, [reachable, consented, known, theirs, done])| {
        let consented_at = consented.then_some(NOW);
        let job = theirs.then(|| if done { delivered_job() } else { old_job() });
        Setting {
            profile: Profile { reachable, consented_at, ..profile(balance, locale) },
            standing: if known { Standing::Known } else { Standing::Newcomer },
            recent: job.iter().cloned().collect(),
            job,
            ..Setting::default()
        }
    })
}

proptest! {
    #[test]
    fn any_input_at_any_place_is_answered_with_a_screen_that_telegram_takes_or_silent_for_a_reason(
        chat in chats(), input in inputs(), setting in settings_of_people(),
    ) {
        let stepped = setting.step(&chat, &input);
        let after = setting.profile.clone().with(stepped.change);
        fits_telegram(&render(&stepped.chat, &after, &setting.settings))?;
        prop_assert_eq!(stepped.chat.version, chat.version + 1);
        prop_assert!(stepped.chat.has_seen(UPDATE) && stepped.chat.recent_updates.len() <= RECENT_UPDATES_MAX);
        match stepped.silence {
            None => {}
            Some(Silence::Blocked) => prop_assert_eq!(&input, &Input::Blocked),
            Some(Silence::Album) => prop_assert!(matches!(&input, Input::Image(upload) if upload.album.is_some())),
            Some(Silence::Flood) => prop_assert!(false, "one update is no flood"),
        }
    }

    #[test]
    fn start_and_the_menu_always_lead_home_and_lose_no_draft(chat in chats(), balance in any::<u32>()) {
        let setting = Setting { profile: profile(balance, Locale::En), ..Setting::default() };
        for input in [Input::Start, Input::Tap(Tap::Menu), Input::Tap(Tap::OpenMenu)] {
            let stepped = setting.step(&chat, &input);
            let home = Place::Menu { page: Page::Home, left: chat.place.draft().cloned() };
            prop_assert_eq!((&stepped.chat.place, stepped.chat.notice, stepped.order.len()), (&home, None, 0));
        }
    }

    #[test]
    fn an_order_is_made_by_the_button_of_its_own_summary_and_by_nothing_else(
        chat in chats(), input in inputs(), setting in settings_of_people(),
    ) {
        let stepped = setting.step(&chat, &input);
        let shown = match (&chat.place, &input) {
            (Place::Order { draft, question: Question::Summary }, Input::Tap(Tap::Confirm(id, revision)))
                if (draft.id, draft.revision) == (*id, *revision) => Some(draft),
            _ => None,
        };
        if stepped.order.is_empty() {
            return Ok(());
        }
        let draft = shown.ok_or_else(|| TestCaseError::fail("an order without its button"))?;
        prop_assert!(setting.profile.consented_at.is_some(), "an order without consent");
        let price = draft.price().unwrap_or_default();
        let charged: i64 = stepped.order.iter().map(|(_, charge)| charge.amount).sum();
        prop_assert_eq!(charged, -i64::from(price.0));
        prop_assert!(price <= setting.profile.balance && stepped.order.len() == usize::from(draft.count.unwrap_or_default()));
        for (n, (job, charge)) in (1..).zip(&stepped.order) {
            prop_assert_eq!((job.id, job.user, charge.user), (JobId { draft: draft.id, n }, USER, USER));
        }
    }

    #[test]
    fn every_screen_has_a_way_to_the_menu_or_is_the_way_in(chat in chats(), setting in settings_of_people()) {
        let screen = render(&chat, &setting.profile, &setting.settings);
        let leads = |data: &str| matches!(Tap::parse(data), Tap::Menu | Tap::OpenMenu);
        let has_menu = screen.keyboard.0.iter().flatten().filter_map(|button| button.data()).any(leads);
        let is_menu = matches!(chat.place, Place::Menu { page: Page::Home | Page::Consent, .. });
        prop_assert!(has_menu || is_menu, "{:?}", chat.place);
    }

    #[test]
    fn a_replayed_history_gives_the_same_state(
        history in vec((inputs(), 0..40u64), 1..30), setting in settings_of_people(),
    ) {
        let play = || {
            let mut chat = Chat::default();
            let mut said = Vec::new();
            for (update, (input, secs)) in (1..).zip(&history) {
                let now = NOW + std::time::Duration::from_secs(secs * 60);
                let step = Setting { now, profile: setting.profile.clone(), job: setting.job.clone(),
                    recent: setting.recent.clone(), ..Setting::default() }.step_at(&chat, update, input);
                chat = step.chat.clone();
                said.push((step.order, step.change, step.afterwards, step.silence));
            }
            (chat, said)
        };
        let (chat, said) = play();
        prop_assert_eq!(play(), (chat.clone(), said));
        let json = serde_json::to_string(&chat).unwrap();
        prop_assert_eq!(serde_json::from_str::<Chat>(&json).unwrap(), chat);
    }

    #[test]
    fn a_fresh_id_is_in_every_draft_that_begins(chat in chats(), input in inputs(), setting in settings_of_people()) {
        let stepped = setting.step(&chat, &input);
        // One that began when the person was asked whether to leave the other keeps the id it got then.
        let asked = if let Place::Menu { page: Page::Another(draft), .. } = &chat.place { Some(&**draft) } else { None };
        let known = |draft: &Draft| chat.place.draft().into_iter().chain(asked).any(|known| known.id == draft.id);
        if let Some(draft) = stepped.chat.place.draft() && !known(draft) {
            prop_assert_eq!(draft.id, draft_id(99));
        }
    }

    #[test]
    fn a_changed_draft_has_another_revision(chat in chats(), input in inputs()) {
        let stepped = Setting::rich().step(&chat, &input);
        let same = |draft: &Draft| Draft { quote: None, revision: 0, touched_at: NOW, ..draft.clone() };
        if let (Some(before), Some(after)) = (chat.place.draft(), stepped.chat.place.draft())
            && before.id == after.id && same(before) != same(after)
        {
            prop_assert_ne!(before.revision, after.revision);
        }
    }

    #[test]
    fn a_button_reads_back_as_it_was_written_and_fits(tap in taps()) {
        let data = tap.data();
        prop_assert!((1..=BUTTON_DATA_MAX_BYTES).contains(&data.len()), "{data}");
        prop_assert_eq!(Tap::parse(&data), tap);
    }

    #[test]
    fn whatever_a_button_carries_is_read(data in prop_oneof![".*", "[a-z]{0,8}:?[0-9a-f.:-]*"]) {
        let read = Tap::parse(&data);
        prop_assert!(read == Tap::Unknown || Tap::parse(&read.data()) == read);
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
            let chat = Chat { notice: Some(crate::texts::Notice::TextTooLong { max: 1, was: 2 }), ..chat(Place::Order { draft: draft.clone(), question }) };
            let Screen { text, .. } = render(&chat, &profile(u32::MAX, locale), &settings());
            prop_assert!(visible_units(&text) <= TEXT_MAX_UNITS);
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
        "style:",
        "style:Ugc",
        "count:",
        "count:03",
        "count:256",
        "speak:de",
        "prompt:",
        "confirm",
        "confirm:",
        "confirm:x:1",
        "again",
        "again:",
        "again:00000000000000000000000000000007.0",
        "video:1",
        "unknown",
        "confirm:7:1",
        "confirm:00000000000000000000000000000007:",
        "confirm:00000000000000000000000000000007:4294967296",
    ];
    for data in wrong {
        assert_eq!(Tap::parse(data), Tap::Unknown, "{data:?}");
    }
}
