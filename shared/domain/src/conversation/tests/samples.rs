//! Samples for the tests: a seller, settings, drafts, jobs, and one of every place and notice.

use std::path::Path;

use jiff::Timestamp;

use crate::{
    catalog::{Catalog, Kind, Style},
    classify::{Class, Diagnosis},
    conversation::*,
    credits::Credits,
    ids::{DraftId, JobId, UserId},
    job::{Brief, Film, Finished, Job, Order, Receipt, SentAs, sample_order},
    limits::{Limit, Limits},
    locale::Locale,
    photo::{Facts, Flaw, Light, Photo},
    rules::Rules,
};

pub const USER: UserId = UserId(5);
/// The time of every sample: a moment in November 2026.
pub const NOW: Timestamp = Timestamp::constant(1_795_000_000, 0);
/// The id of the handled update.
pub const UPDATE: i64 = 60;
/// The id of the seller's message.
pub const MESSAGE: i64 = 31;

pub fn settings() -> Settings {
    Settings {
        catalog: Catalog::built_in().unwrap().into(),
        terms_url: Some("https://neurocards.example/terms".into()),
        privacy_url: Some("https://neurocards.example/privacy".into()),
        support_url: Some("https://t.me/neurocards_support".into()),
        welcome: Credits(2),
        examples: vec![(Kind::Neurocard, "example-neurocard".into()), (Kind::Reels, "example-reels".into())],
        limits: Limits::default(),
    }
}

pub fn photo(name: &str) -> Photo {
    Photo { pixels: Some((1280, 960)), ..Photo::new(format!("{name}-file"), name) }
}

pub fn upload() -> Upload {
    let light = Some(Light { dark: 20, bright: 220 });
    let facts = Facts { bytes: Some(200_000), pixels: Some((1280, 960)), light };
    Upload { photo: photo("new"), facts, caption: None, album: None }
}

pub fn image() -> Input {
    Input::Image(upload())
}

pub fn text(words: &str) -> Input {
    Input::Text(words.into())
}

pub fn draft_id(n: u128) -> DraftId {
    DraftId(uuid::Uuid::from_u128(n))
}

pub fn profile(balance: u32, locale: Locale) -> Profile {
    Profile {
        balance: Credits(balance),
        locale,
        reachable: true,
        consented_at: Some(Timestamp::UNIX_EPOCH),
        open_jobs: vec![],
        bought: false,
        came_from: None,
    }
}

pub fn chat(place: Place) -> Chat {
    Chat { version: 4, recent_updates: vec![9, 10], place, ..Chat::default() }
}

/// A complete draft of a Reels in this style, quoted at one credit.
pub fn draft(style: Style) -> Draft {
    let own = style == Style::Own;
    Draft {
        kind: Some(Kind::Reels),
        photo: Some(photo("mug")),
        about: Answer::Given("a red mug, 300 ml".into()),
        style: Some(style),
        own_prompt: if own { OwnPrompt::Kept("a cat next to <the mug> & steam".into()) } else { OwnPrompt::Open },
        wishes: if own { Answer::Open } else { Answer::Given("autumn mood".into()) },
        count: Some(1),
        quote: Some(Credits(1)),
        ..Draft::begun(draft_id(7), NOW)
    }
}

/// A complete draft of a Neurocard.
pub fn neurocard() -> Draft {
    Draft { kind: Some(Kind::Neurocard), style: Some(Style::Product), wishes: Answer::Skipped, ..draft(Style::Ugc) }
}

pub fn job_of(order: Order) -> Job {
    Job::confirmed(USER, JobId { draft: draft_id(3), n: 1 }, order, NOW, &Rules::default())
}

/// A queued job of an order of five Reels.
pub fn old_job() -> Job {
    let brief = Brief { about: Some("a hat".into()), wishes: Some("wind".into()), own_prompt: None };
    job_of(Order { photo: photo("old"), brief, count: 5, ..sample_order(Kind::Reels) })
}

/// The job of [`old_job`], delivered.
pub fn delivered_job() -> Job {
    let rules = Rules::default();
    let receipt = Receipt { file_id: Some("video-file".into()), message_id: 9, sent_as: SentAs::Video };
    ready_job().delivered(receipt, NOW, &rules).unwrap().0
}

/// The job of [`old_job`], refunded because its film could not be delivered.
pub fn undelivered_job() -> Job {
    ready_job().ended(&Diagnosis::of(Class::CouldNotDeliver), NOW, &Rules::default()).unwrap().0
}

/// The finished video of [`undelivered_job`].
pub fn finished() -> Finished {
    Finished::of(&undelivered_job(), NOW, &Rules::default()).unwrap()
}

/// The job of [`old_job`] with its film made.
fn ready_job() -> Job {
    let rules = Rules::default();
    let submitting = old_job().claim_submission("photo", "prompt", NOW, &rules).unwrap();
    let generating = submitting.submitted(crate::job::TaskId("t".into()), NOW, &rules).unwrap().job;
    let film = Film { width: 720, height: 1280, millis: 8_040, sound: true };
    generating.fetched(Job::video_key(USER, generating.id), film, NOW, &rules).unwrap().job
}

pub fn video(n: u128, state: VideoState) -> Video {
    let job = JobId { draft: draft_id(n), n: 1 };
    let is_kept = state == VideoState::Delivered;
    Video { job, kind: Kind::Reels, style: Style::Broll, ordered_at: NOW, state, about: Some("a <red> mug".into()), is_kept }
}

pub fn operations() -> Vec<Operation> {
    let of = |amount, what| Operation { at: NOW, amount, what };
    let refunds = Class::ALL.map(|class| of(1, OperationKind::Refund(Some(class))));
    let others =
        [of(-1, OperationKind::Order), of(5, OperationKind::Grant), of(10, OperationKind::Purchase), of(2, OperationKind::Gift)];
    refunds.into_iter().chain([of(1, OperationKind::Refund(None))]).chain(others).collect()
}

/// A draft at this question, with the earlier questions answered.
pub fn asked(question: Question) -> Place {
    let open = Draft { photo: None, about: Answer::Open, wishes: Answer::Open, quote: None, ..draft(Style::Ugc) };
    let with_photo = Draft { photo: Some(photo("mug")), ..open.clone() };
    let described = Draft { about: Answer::Skipped, ..with_photo.clone() };
    let own = Draft { style: Some(Style::Own), ..described.clone() };
    let written = Draft { own_prompt: OwnPrompt::Written("a cat next to <the mug> & steam".into()), ..own.clone() };
    let draft = match &question {
        Question::Kind => Draft { kind: None, style: None, count: None, photo: Some(photo("mug")), ..open },
        Question::Photo => open,
        Question::About => with_photo,
        Question::Style => described,
        Question::OwnPrompt => own,
        Question::MorePrompt | Question::ReviewPrompt => written,
        Question::Wishes => described,
        Question::Count => Draft { wishes: Answer::Skipped, ..self::draft(Style::Ugc) },
        Question::Summary | Question::ReplacePhoto { .. } => self::draft(Style::Ugc),
    };
    Place::Order { draft, question }
}

pub fn summary(draft: Draft) -> Place {
    Place::Order { draft, question: Question::Summary }
}

pub fn placed(count: u8) -> Place {
    let price = Credits(count.into());
    Place::Ordered(Placed { draft: draft_id(7), kind: Kind::Reels, style: Style::Ugc, count, price, is_finished: false })
}

/// The choice between an open draft and a new one.
pub fn another() -> Place {
    let new = Draft { id: draft_id(8), kind: Some(Kind::Neurocard), ..Draft::begun(draft_id(8), NOW) };
    let new = Draft { style: Some(Style::Product), count: Some(1), ..new };
    Place::Menu { page: Page::Another(Box::new(new)), left: Some(draft(Style::Ugc)) }
}

pub fn page(page: Page) -> Place {
    Place::Menu { page, left: None }
}

/// One of every place, with its name.
pub fn every_place() -> Vec<(String, Place)> {
    let left = Some(draft(Style::Ugc));
    let videos = [VideoState::Making, VideoState::Sending, VideoState::Delivered, VideoState::Failed];
    let videos = (1..).zip(videos).map(|(n, state)| video(n, state)).collect();
    let pages = [
        ("menu", page(Page::Home)),
        ("menu, an order left", Place::Menu { page: Page::Home, left }),
        ("consent", page(Page::Consent)),
        ("language", page(Page::Language)),
        ("help", page(Page::Help)),
        ("balance", page(Page::Balance)),
        ("videos", page(Page::Videos(videos))),
        ("videos, none", page(Page::Videos(vec![]))),
        ("videos, and older ones", page(Page::Videos((1..=11).map(|n| video(n, VideoState::Delivered)).collect()))),
        ("operations", page(Page::Operations(operations(), Some(JobId { draft: draft_id(3), n: 1 })))),
        ("operations, none", page(Page::Operations(vec![], None))),
        ("video, not delivered", page(Page::Video(Video { is_kept: true, ..video(4, VideoState::Failed) }))),
        ("video, delivered", page(Page::Video(video(3, VideoState::Delivered)))),
        ("video, being made", page(Page::Video(video(1, VideoState::Making)))),
        ("another order", another()),
    ];
    let questions = [
        Question::Kind,
        Question::Photo,
        Question::About,
        Question::Style,
        Question::OwnPrompt,
        Question::MorePrompt,
        Question::ReviewPrompt,
        Question::Wishes,
        Question::Count,
        Question::Summary,
        Question::ReplacePhoto { photo: photo("other"), about: None, message: Some(MESSAGE) },
    ];
    let questions = questions.map(|question| (question.name(), asked(question)));
    let others = [
        ("summary, Neurocard", summary(neurocard())),
        ("summary, own prompt, five", summary(Draft { count: Some(5), ..draft(Style::Own) })),
        ("summary, finished video", summary(Draft { id: draft_id(7), ..Draft::of_finished(finished(), NOW) })),
        ("ordered", placed(1)),
        ("ordered, five", placed(5)),
    ];
    pages.into_iter().chain(questions).chain(others).map(|(name, place)| (name.to_owned(), place)).collect()
}

pub fn every_notice() -> Vec<Notice> {
    vec![
        Notice::Welcome(Credits(2)),
        Notice::Welcome(Credits(0)),
        Notice::WelcomeBack(Credits(5)),
        Notice::ConsentFirst,
        Notice::SendAPhoto,
        Notice::SendText,
        Notice::ChooseAButton,
        Notice::NotAnImage,
        Notice::Heic,
        Notice::Photo(Flaw::TooLarge(20)),
        Notice::Photo(Flaw::TooSmall(300)),
        Notice::Photo(Flaw::TooNarrow),
        Notice::Photo(Flaw::TooDark),
        Notice::Photo(Flaw::Plain),
        Notice::FirstOfAlbum,
        Notice::TextTooLong { max: 300, was: 321 },
        Notice::AlreadyOrdered,
        Notice::OldButton,
        Notice::NotEnoughCredits(Credits(1)),
        Notice::TooManyOpen(10),
        Notice::TooManyToday(40),
        Notice::TooManyRefunds(10),
        Notice::NoVideosLeft,
        Notice::EditedTooLate,
        Notice::TooFast,
        Notice::Cancelled,
        Notice::NothingToCancel,
        Notice::Resent,
        Notice::ResentSoon,
        Notice::CannotResend,
        Notice::ResendLater,
        Notice::FileSoon,
        Notice::FileAsked,
        Notice::FilmArrived,
        Notice::TooManyFiles(20),
        Notice::FinishedOnce,
        Notice::FilmGone,
        Notice::DraftGone,
    ]
}

/// The context of a step, as a test sets it up.
#[derive(Debug)]
pub struct Setting {
    pub profile: Profile,
    pub standing: Standing,
    pub job: Option<Job>,
    pub recent: Vec<Job>,
    pub ledger: LedgerPage,
    pub refused: Option<Limit>,
    pub settings: Settings,
    /// The id of the seller's message.
    pub message: i64,
    pub now: Timestamp,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            profile: profile(2, Locale::En),
            standing: Standing::Known,
            job: None,
            recent: vec![],
            ledger: LedgerPage::default(),
            refused: None,
            settings: settings(),
            message: MESSAGE,
            now: NOW,
        }
    }
}

impl Setting {
    pub fn rich() -> Self {
        Self { profile: profile(50, Locale::En), ..Self::default() }
    }

    pub fn about(job: Job) -> Self {
        Self { job: Some(job), ..Self::rich() }
    }

    /// A step with the fresh id 99, whose button is in message 41.
    pub fn step_at(&self, chat: &Chat, update: i64, input: &Input) -> Step {
        let context = Context {
            user: USER,
            profile: &self.profile,
            standing: self.standing,
            job: self.job.as_ref(),
            recent: &self.recent,
            ledger: &self.ledger,
            refused: self.refused,
            settings: &self.settings,
            rules: &Rules::default(),
            message: Some(41),
            seller_message: Some(SellerMessage { id: self.message, sent_at: self.now }),
            thread: None,
            fresh: draft_id(99),
            now: self.now,
        };
        step(chat, update, input, &context)
    }

    pub fn step(&self, chat: &Chat, input: &Input) -> Step {
        self.step_at(chat, UPDATE, input)
    }

    pub fn from(&self, place: Place, input: &Input) -> Step {
        self.step(&chat(place), input)
    }
}

/// A step of a seller with an account and two credits.
pub fn after(place: Place, input: &Input) -> Step {
    Setting::default().from(place, input)
}

pub fn tapped(place: Place, tap: Tap) -> Step {
    after(place, &Input::Tap(tap))
}

pub fn where_to(step: &Step) -> (&Place, Option<Notice>) {
    (&step.chat.place, step.chat.notice)
}

/// The open draft and question after a step.
pub fn open_order(step: &Step) -> (&Draft, &Question) {
    match &step.chat.place {
        Place::Order { draft, question } => (draft, question),
        other => panic!("no open order: {other:?}"),
    }
}

/// The place where a step stays: the menu after a placed order, otherwise the same place.
pub fn settled(place: &Place) -> Place {
    if matches!(place, Place::Ordered(_)) { Place::home() } else { place.clone() }
}

/// Compares a generated page with its file in `docs/`, or writes the file if `UPDATE_DOCS` is set.
pub fn keeps(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/{name} differs from the code: run UPDATE_DOCS=1 cargo nextest run -p domain documents");
}
