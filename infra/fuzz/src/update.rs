//! Target: Telegram's updates, and the conversation that follows from them.

use std::time::Duration;

use adapters::telegram::{Call, update::Update};
use domain::{
    catalog::Catalog,
    conversation::{
        BUTTON_DATA_MAX_BYTES, Chat, Context, Input, LedgerPage, Profile, RECENT_UPDATES_MAX, SellerMessage, Settings, Silence,
        Standing, Step, Tap, step,
    },
    credits::Credits,
    ids::{DraftId, UserId},
    job::Job,
    limits::Limits,
    locale::Locale,
    rules::Rules,
    view::{Action, Button, Screen, TEXT_MAX_UNITS, Viewer, render, visible_units},
};
use jiff::Timestamp;
use webhook::IncomingUpdate;

const USER: UserId = UserId(100_200_300);
const STARTED_AT: Timestamp = Timestamp::constant(1_769_670_760, 0);
/// The virtual time between two lines of the input.
const UPDATE_INTERVAL: Duration = Duration::from_secs(1);

/// Runs a conversation. Each line of the input is an update, or the index of the button to tap on the last screen.
pub fn update(data: &[u8]) -> bool {
    let Ok(catalog) = Catalog::built_in() else { return false };
    let mut conversation = Conversation::with(catalog);
    let lines = data.split(|byte| *byte == b'\n');
    lines.zip(1..).filter(|(line, n)| conversation.apply(line, *n)).count() > 0
}

/// The state of one user's conversation with the bot.
struct Conversation {
    settings: Settings,
    standing: Standing,
    profile: Profile,
    chat: Chat,
    jobs: Vec<Job>,
    screen: Option<Screen>,
}

impl Conversation {
    fn with(catalog: Catalog) -> Self {
        let settings = Settings {
            catalog: catalog.into(),
            terms_url: Some("https://neurocards.example/terms".to_owned()),
            privacy_url: None,
            support_url: Some("https://neurocards.example/support".to_owned()),
            welcome: Credits(9),
            examples: Vec::new(),
            limits: Limits::default(),
        };
        let profile = Profile {
            balance: settings.welcome,
            locale: Locale::En,
            reachable: true,
            consented_at: None,
            open_jobs: vec![],
            bought: false,
            came_from: None,
        };
        Self { settings, standing: Standing::Newcomer, profile, chat: Chat::default(), jobs: Vec::new(), screen: None }
    }

    /// Applies line `n` of the input; returns whether the line is an update or the index of a button.
    fn apply(&mut self, line: &[u8], n: u32) -> bool {
        let (update, input) = match self.tapped(line) {
            Some(tap) => (i64::from(n), Input::Tap(tap)),
            None => match Update::parse(line).ok().and_then(|update| IncomingUpdate::read(&update)) {
                Some(incoming) => (incoming.update_id, incoming.input),
                None => return false,
            },
        };
        // As in the webhook, a repeated update takes no step, and a block or an edit opens no account.
        let is_stranger =
            self.standing == Standing::Newcomer && matches!(input, Input::Blocked | Input::Unblocked | Input::Edited(_));
        if !(is_stranger || self.chat.has_seen(update)) {
            self.take_step(update, &input, n);
        }
        true
    }

    fn tapped(&self, line: &[u8]) -> Option<Tap> {
        let nth: usize = std::str::from_utf8(line).ok()?.parse().ok()?;
        let buttons = self.screen.as_ref()?.keyboard.0.iter().flatten();
        buttons.filter_map(Button::data).nth(nth).map(Tap::parse)
    }

    fn take_step(&mut self, update: i64, input: &Input, n: u32) {
        let named_job = if let Input::Tap(tap) = input { tap.job() } else { None };
        let recent: Vec<Job> = self.jobs.iter().rev().cloned().collect();
        let step = step(
            &self.chat,
            update,
            input,
            &Context {
                user: USER,
                profile: &self.profile,
                standing: self.standing,
                job: recent.iter().find(|job| Some(job.id) == named_job),
                recent: &recent,
                ledger: &LedgerPage::default(),
                refused: None,
                settings: &self.settings,
                rules: &Rules::default(),
                message: None,
                seller_message: Some(SellerMessage { id: update, sent_at: STARTED_AT + UPDATE_INTERVAL * n }),
                thread: None,
                fresh: DraftId(uuid::Uuid::from_u128(n.into())),
                now: STARTED_AT + UPDATE_INTERVAL * n,
            },
        );
        if step.silence == Some(Silence::Flood) {
            return assert!(step.order.is_empty());
        }
        self.check(update, input, &step);
        self.profile = self.profile.clone().with(step.change);
        self.standing = Standing::Known;
        self.profile.open_jobs.extend(step.order.iter().map(|(job, _)| job.id));
        self.jobs.extend(step.order.into_iter().map(|(job, _)| job));
        self.chat = step.chat;
        let screen = render(&self.chat, &Viewer::of(&self.profile), &self.settings);
        check_screen(&screen);
        assert!(Call::screen(USER.0, &screen).as_webhook_reply().is_object());
        self.screen = Some(screen);
    }

    fn check(&mut self, update: i64, input: &Input, step: &Step) {
        assert!(step.chat.has_seen(update) && step.chat.recent_updates.len() <= RECENT_UPDATES_MAX);
        assert_eq!(step.chat.version, self.chat.version + 1);
        let stored = serde_json::to_string(&step.chat).ok().and_then(|chat| serde_json::from_str(&chat).ok());
        assert_eq!(stored.as_ref(), Some(&step.chat), "a chat that is stored and read is the same chat");

        let charged: i64 = step.order.iter().map(|(_, charge)| -charge.amount).sum();
        assert!(charged == 0 || matches!(input, Input::Tap(Tap::Confirm(..))), "an input other than a confirm was charged");
        let left = i64::from(self.profile.balance.0) - charged;
        assert!(left >= 0, "the charge exceeds the balance");
        assert!(charged == 0 || self.profile.consented_at.is_some(), "a user without consent was charged");
        self.profile.balance = Credits(u32::try_from(left).unwrap_or_default());
    }
}

/// Checks that Telegram accepts the screen: the text's length and closed tags, and the buttons' labels and data.
fn check_screen(screen: &Screen) {
    let text = &screen.text;
    assert!((1..=TEXT_MAX_UNITS).contains(&visible_units(text)), "{text}");
    let mut bare = text.clone();
    for tag in ["b", "i", "blockquote"] {
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        assert_eq!(text.matches(&open).count(), text.matches(&close).count(), "{text}");
        bare = bare.replace(&open, "").replace(&close, "");
    }
    for entity in ["&lt;", "&gt;", "&amp;"] {
        bare = bare.replace(entity, "");
    }
    assert!(!bare.contains(['<', '>', '&']), "{text}");
    assert!(!screen.keyboard.0.is_empty(), "the screen has no button: {text}");
    for button in screen.keyboard.0.iter().flatten() {
        assert!(!button.label.is_empty(), "{button:?}");
        match &button.action {
            Action::Link(url) => assert!(url.starts_with("https://"), "{url}"),
            Action::Tap(data) => {
                assert!((1..=BUTTON_DATA_MAX_BYTES).contains(&data.len()) && Tap::parse(data) != Tap::Unknown, "{data}");
            }
        }
    }
}
