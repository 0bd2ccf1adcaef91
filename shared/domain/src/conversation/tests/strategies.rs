//! Strategies of the property tests: any chat, any input and any seller.

use super::samples::*;
use crate::{
    catalog::{Frame, Kind, Style},
    conversation::*,
    credits::Credits,
    ids::{DraftId, JobId},
    locale::Locale,
    photo::{Facts, Light, Photo},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

pub fn locales() -> impl Strategy<Value = Locale> {
    select(Locale::ALL.to_vec())
}

pub fn kinds() -> impl Strategy<Value = Kind> {
    select(vec![Kind::Neurocard, Kind::Reels])
}

pub fn styles() -> impl Strategy<Value = Style> {
    select(Style::ALL.to_vec())
}

pub fn photos() -> impl Strategy<Value = Photo> {
    ("[a-zA-Z0-9_-]{1,90}", "[a-c]{1,2}").prop_map(|(file_id, unique_id)| Photo::new(file_id, unique_id))
}

/// Draft ids, mostly from a few, so that a button's id often equals the draft's id.
pub fn draft_ids() -> impl Strategy<Value = DraftId> {
    prop_oneof![3 => (6..9u128).prop_map(draft_id), 1 => any::<u128>().prop_map(draft_id)]
}

pub fn revisions() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 1..3u32, 1 => any::<u32>()]
}

/// Words of any alphabet, with markup characters, up to the longest message that Telegram allows.
pub fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zа-я<>&\"' \n🎬]{0,40}",
        1 => ".{0,600}",
        1 => (2000..4096usize).prop_map(|n| "<&>".repeat(n / 3)),
    ]
}

pub fn answers() -> impl Strategy<Value = Answer> {
    prop_oneof![Just(Answer::Open), Just(Answer::Skipped), words().prop_map(Answer::Given)]
}

pub fn own_prompts() -> impl Strategy<Value = OwnPrompt> {
    prop_oneof![Just(OwnPrompt::Open), words().prop_map(OwnPrompt::Written), words().prop_map(OwnPrompt::Kept)]
}

pub fn drafts() -> impl Strategy<Value = Draft> {
    let what = (option::of(kinds()), option::of(photos()), answers(), option::of(styles()), own_prompts(), answers());
    let money = (option::of(0..12u8), option::of(select(vec![5u32, 8, 10])), option::of(1..50u32));
    (draft_ids(), revisions(), what, money)
        .prop_map(|(id, revision, what, (count, secs, quote))| {
            let (kind, photo, about, style, own_prompt, wishes) = what;
            let quote = quote.map(Credits);
            Draft { kind, photo, about, style, own_prompt, wishes, count, secs, quote, revision, ..Draft::begun(id, NOW) }
        })
        .prop_flat_map(|draft| (Just(draft), sources(), option::of(select(Frame::ALL.to_vec()))))
        .prop_map(|(draft, sources, frame)| Draft { sources, frame, ..draft })
        .prop_flat_map(|draft| prop_oneof![9 => Just(draft.clone()), 1 => Just(Draft { id: draft.id, ..Draft::of_finished(finished(), NOW) })])
        // A boxed strategy keeps the tests' stack small.
        .boxed()
}

/// Messages that gave answers; the id of the message in a test is among them.
pub fn sources() -> impl Strategy<Value = Vec<Source>> {
    let part = prop_oneof![
        "[a-c]{1,2}".prop_map(AnswerPart::Photo),
        words().prop_map(AnswerPart::About),
        words().prop_map(AnswerPart::Wishes),
        words().prop_map(AnswerPart::OwnPrompt),
    ];
    vec((30..33i64, part).prop_map(|(message, part)| Source { message, part }), 0..3)
}

pub fn questions() -> impl Strategy<Value = Question> {
    let names = every_place().into_iter().filter_map(|(_, place)| match place {
        Place::Order { question, .. } => Some(question),
        _ => None,
    });
    select(names.collect::<Vec<_>>())
}

pub fn places() -> impl Strategy<Value = Place> {
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

pub fn chats() -> impl Strategy<Value = Chat> {
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
            split_at: None,
            filed: None,
            refused_message: None,
            ordered_sources: vec![],
        },
    )
}

pub fn taps() -> impl Strategy<Value = Tap> {
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
        Tap::Operations,
        Tap::Help,
        Tap::Language,
        Tap::Accept,
        Tap::StartNew,
        Tap::More,
        Tap::EditPhoto,
        Tap::EditStyle,
        Tap::EditAbout,
        Tap::EditWishes,
        Tap::EditPrompt,
    ];
    let job = || (draft_ids(), 1..=255u8).prop_map(|(draft, n)| JobId { draft, n });
    prop_oneof![
        8 => select(plain),
        1 => kinds().prop_map(Tap::Choose),
        1 => styles().prop_map(Tap::Style),
        1 => any::<u8>().prop_map(Tap::Count),
        1 => prop_oneof![select(vec![8u32, 10]), any::<u32>()].prop_map(Tap::Length),
        1 => select(Frame::ALL.to_vec()).prop_map(Tap::Frame),
        1 => (select(Frame::ALL.to_vec()), prop_oneof![1..=12u32, any::<u32>()]).prop_map(|(frame, secs)| Tap::Shape(frame, secs)),
        1 => locales().prop_map(Tap::Speak),
        4 => (draft_ids(), revisions()).prop_map(|(id, revision)| Tap::Confirm(id, revision)),
        1 => draft_ids().prop_map(Tap::Discard),
        1 => job().prop_map(Tap::Again),
        1 => job().prop_map(Tap::Restyle),
        1 => job().prop_map(Tap::NewPhoto),
        1 => job().prop_map(Tap::Reword),
        1 => job().prop_map(Tap::SendFinished),
        1 => job().prop_map(Tap::AsFile),
        1 => job().prop_map(Tap::Video),
        1 => job().prop_map(Tap::OlderVideos),
        1 => job().prop_map(Tap::OlderOperations),
        1 => job().prop_map(Tap::Resend),
    ]
}

pub fn uploads() -> impl Strategy<Value = Upload> {
    let side = || prop_oneof![250..4000u32, any::<u32>()];
    let light = option::of((any::<u8>(), any::<u8>()).prop_map(|(dark, bright)| Light { dark, bright }));
    let facts = (option::of(any::<u64>()), option::of((side(), side())), light);
    (photos(), facts, option::of(words()), option::of("[12]")).prop_map(|(photo, (bytes, pixels, light), caption, album)| {
        Upload { photo, facts: Facts { bytes, pixels, light }, caption, album }
    })
}

pub fn inputs() -> impl Strategy<Value = Input> {
    prop_oneof![
        1 => Just(Input::Start),
        3 => uploads().prop_map(Input::Image),
        3 => words().prop_map(Input::Text),
        6 => prop_oneof![taps(), Just(Tap::Unknown)].prop_map(Input::Tap),
        1 => (option::of(words()), option::of(uploads())).prop_map(|(words, photo)| Input::Edited(Edit { words, photo, unusable: None })),
        1 => Just(Input::File),
        1 => Just(Input::Heic),
        1 => Just(Input::Other),
        1 => Just(Input::Blocked),
        1 => Just(Input::Unblocked),
    ]
}

/// Sellers with or without consent, reachable or not, with or without an account, and with or without the tapped job.
pub fn settings_of_people() -> impl Strategy<Value = Setting> {
    (any::<u32>(), locales(), any::<[bool; 5]>()).prop_map(|(balance, locale, [reachable, consented, known, theirs, done])| {
        let consented_at = consented.then_some(NOW);
        let job = theirs.then(|| match (done, consented) {
            (true, _) => delivered_job(),
            (false, true) => undelivered_job(),
            (false, false) => old_job(),
        });
        Setting {
            profile: Profile { reachable, consented_at, ..profile(balance, locale) },
            standing: if known { Standing::Known } else { Standing::Newcomer },
            recent: job.iter().cloned().collect(),
            job,
            ..Setting::default()
        }
    })
}
