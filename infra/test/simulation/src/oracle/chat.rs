//! Reads from the texts of a chat what they claim about jobs and credits, as a seller would. Earlier versions of an edited message
//! claim too.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    credits::Credits,
    ids::{DraftId, JobId},
};
use fakes::telegram::{Author, Body, ChatLine, KeyButton, SentVideo};

use super::status::Status;

/// The words before a balance in a text.
const BALANCES: [&str; 2] = ["Your balance: ", "Ваш баланс: "];
/// The words before the credits that an order took.
const CHARGED: [&str; 2] = ["Charged: ", "Списано: "];
/// The words that deny a charge.
const NOTHING_CHARGED: [&str; 2] = ["Nothing was charged.", "Ничего не списано."];
/// The beginning of a text that refuses a confirmed order, before the words that deny its charge.
const REFUSES: [char; 2] = ['❌', '⏳'];

/// When a message was sent. A message that a fault delayed arrives long after its text was written.
#[derive(Clone, Debug, Default)]
pub struct Delays {
    /// When each delayed message arrived, in milliseconds since 1970.
    arrivals_ms: BTreeSet<i64>,
    by_ms: i64,
}

impl Delays {
    /// The delays of messages that arrived at these times, each `by_ms` after it was sent.
    #[must_use]
    pub fn new(arrivals_ms: impl IntoIterator<Item = i64>, by_ms: i64) -> Self {
        Self { arrivals_ms: arrivals_ms.into_iter().collect(), by_ms }
    }

    /// When a message that arrived at this time was sent.
    pub(super) fn sent_ms(&self, arrived_ms: i64) -> i64 {
        // The clocks of the fakes and of the injector cut fractions of a millisecond at different moments.
        let is_late = self.arrivals_ms.range(arrived_ms - 2..=arrived_ms + 2).next().is_some();
        if is_late { arrived_ms - self.by_ms } else { arrived_ms }
    }

    /// Whether a fault delayed a message that arrived at this time.
    fn is_late(&self, arrived_ms: i64) -> bool {
        self.sent_ms(arrived_ms) != arrived_ms
    }
}

/// A claim in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim<T> {
    /// When the message was sent, in milliseconds since 1970.
    pub at_ms: i64,
    /// The message's id; 0 for a notice.
    pub message: i64,
    /// What the message claims.
    pub what: T,
    /// The message's text.
    pub text: String,
}

/// What a message says that denies a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denial {
    /// An order is refused: the one whose confirm button the message has, else the one that the seller confirmed last.
    Refused(Option<DraftId>),
    /// The order that the seller began is forgotten.
    Forgotten,
}

/// The claims of the bot's messages in one chat.
#[derive(Default)]
pub(super) struct Chat {
    /// The videos that were delivered for each job, with the time of their arrival in milliseconds since 1970.
    pub videos: BTreeMap<JobId, Vec<(i64, SentVideo)>>,
    /// The videos that were sent once more, with the job in their buttons.
    pub repeats: Vec<(Option<JobId>, SentVideo)>,
    /// Notifications of refunds, by the job in their buttons.
    pub refunds: BTreeMap<Option<JobId>, Vec<Claim<()>>>,
    /// Every status of an order.
    pub statuses: Vec<Claim<Status>>,
    /// The text that each message shows at the end, by the message's id. A message of which a fault delayed a version is left out:
    /// the delayed version may have replaced a later one.
    pub at_the_end: BTreeMap<i64, String>,
    /// Every balance.
    pub balances: Vec<Claim<Credits>>,
    /// Every charge.
    pub charges: Vec<Claim<Credits>>,
    /// Every denial of a charge.
    pub denials: Vec<Claim<Denial>>,
    /// When the confirm button of each draft was first shown, in milliseconds since 1970.
    pub shown: BTreeMap<DraftId, i64>,
    /// Every tap on a confirm button, in milliseconds since 1970, oldest first.
    pub confirmed: Vec<(i64, DraftId)>,
}

impl Chat {
    pub fn of(lines: &[ChatLine], delays: &Delays) -> Self {
        let mut chat = Self::default();
        for line in lines {
            match (line.author, &line.body) {
                (Author::Person, Body::Tap { data }) => {
                    chat.confirmed.extend(draft_of(data).map(|draft| (line.at_ms, draft)));
                }
                (Author::Person, _) => {}
                (Author::Bot, _) => chat.read(line, delays),
            }
        }
        chat
    }

    /// Whether a video of a job is in the chat.
    pub fn has_video_of(&self, job: JobId) -> bool {
        self.videos.contains_key(&job) || self.repeats.iter().any(|(of, _)| *of == Some(job))
    }

    fn read(&mut self, line: &ChatLine, delays: &Delays) {
        let now = (line.edited_ms.unwrap_or(line.at_ms), &line.body, &line.keyboard);
        let earlier = line.earlier.iter().map(|earlier| (earlier.at_ms, &earlier.body, &earlier.keyboard));
        if let Some(text) = text_of(&line.body)
            && !earlier.clone().chain([now]).any(|(arrived_ms, ..)| delays.is_late(arrived_ms))
        {
            self.at_the_end.insert(line.message_id, text.to_owned());
        }
        for (edits, (arrived_ms, body, keyboard)) in earlier.chain([now]).enumerate() {
            let at_ms = delays.sent_ms(arrived_ms);
            for draft in buttons(keyboard).filter_map(draft_of) {
                let first_ms = self.shown.entry(draft).or_insert(arrived_ms);
                *first_ms = arrived_ms.min(*first_ms);
            }
            if let Some(text) = text_of(body) {
                self.read_text(at_ms, line.message_id, text, (edits == 0).then(|| job_in(keyboard)));
                let refused = buttons(keyboard).find_map(draft_of);
                self.denials.extend(claim(at_ms, line.message_id, text, denial(text, refused)));
            }
        }
        if let Body::Video(video) = &line.body {
            match job_in(&line.keyboard) {
                Some(job) if is_delivery(&video.caption) => {
                    self.videos.entry(job).or_default().push((line.at_ms, video.clone()));
                }
                job => self.repeats.push((job, video.clone())),
            }
        }
    }

    /// Reads the claims of one version of a message. `new` has the job in the buttons of a new message, `None` in an edited one.
    fn read_text(&mut self, at_ms: i64, message: i64, text: &str, new: Option<Option<JobId>>) {
        self.balances.extend(claim(at_ms, message, text, number_after(&BALANCES, text)));
        self.charges.extend(claim(at_ms, message, text, number_after(&CHARGED, text)));
        if message == 0 {
            return;
        }
        match new {
            Some(job) if claims_a_refund(text) => {
                self.refunds.entry(job).or_default().extend(claim(at_ms, message, text, Some(())))
            }
            _ => self.statuses.extend(claim(at_ms, message, text, Status::read(text))),
        }
    }
}

fn claim<T>(at_ms: i64, message: i64, text: &str, what: Option<T>) -> Option<Claim<T>> {
    what.map(|what| Claim { at_ms, message, what, text: text.to_owned() })
}

fn text_of(body: &Body) -> Option<&str> {
    match body {
        Body::Text { text, .. } | Body::Notice { text } => Some(text),
        _ => None,
    }
}

/// Whether a text shows an order on its way: it was accepted, or its videos are being made or sent.
pub(super) fn is_under_way(text: &str) -> bool {
    number_after(&CHARGED, text).is_some() || text.starts_with(['🎬', '📤'])
}

/// The credits after one of these words in a text.
pub(super) fn number_after(words: &[&str], text: &str) -> Option<Credits> {
    let (_, rest) = words.iter().find_map(|words| text.split_once(words))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(Credits)
}

fn denial(text: &str, refused: Option<DraftId>) -> Option<Denial> {
    NOTHING_CHARGED.iter().find(|words| text.contains(**words))?;
    Some(if text.starts_with(REFUSES) { Denial::Refused(refused) } else { Denial::Forgotten })
}

/// Whether a caption is that of a delivery, not that of a video that the seller asked for again.
fn is_delivery(caption: &str) -> bool {
    caption.starts_with('✅')
}

/// Whether a message notifies of a refund. A help page that explains refunds does not count.
fn claims_a_refund(text: &str) -> bool {
    let news = text.starts_with('❌') || text.starts_with('⏳');
    news && ["Your credit is back.", "are back.", "Кредит возвращён.", "Возвращено:"].iter().any(|claim| text.contains(claim))
}

fn buttons(keyboard: &[Vec<KeyButton>]) -> impl Iterator<Item = &str> {
    keyboard.iter().flatten().filter_map(|button| button.data.as_deref())
}

fn job_in(keyboard: &[Vec<KeyButton>]) -> Option<JobId> {
    buttons(keyboard).filter_map(|data| data.split_once(':')).find_map(|(_, job)| job.parse().ok())
}

/// The draft of a confirm button's data.
fn draft_of(data: &str) -> Option<DraftId> {
    // A draft has no parser of its own: it is the order of its first job.
    let draft = data.strip_prefix("confirm:")?.split(':').next()?;
    format!("{draft}.1").parse::<JobId>().ok().map(|job| job.draft)
}

#[cfg(test)]
mod tests {
    use domain::{conversation::Notice, locale::Locale};

    use super::*;

    #[test]
    fn every_text_that_names_a_balance_is_read() {
        let seven = Some(Credits(7));
        for locale in [Locale::En, Locale::Ru] {
            for text in [locale.home(seven), locale.charged(Credits(1), seven), locale.balance(seven, None)] {
                let text = text.replace("<b>", "");
                assert_eq!(number_after(&BALANCES, &text), seven, "{text}");
            }
            for text in [locale.home(None), locale.charged(Credits(1), None), locale.balance(None, None)] {
                assert_eq!(number_after(&BALANCES, &text), None, "{text}");
            }
        }
    }

    #[test]
    fn every_text_about_a_charge_is_read() {
        for locale in [Locale::En, Locale::Ru] {
            assert_eq!(number_after(&CHARGED, &locale.charged(Credits(3), Some(Credits(7)))), Some(Credits(3)));
            for notice in [Notice::NotEnoughCredits(Credits(1)), Notice::TooManyOpen(10)] {
                assert_eq!(denial(&locale.notice(notice), None), Some(Denial::Refused(None)), "{notice:?}");
            }
            for notice in [Notice::Cancelled, Notice::DraftGone] {
                assert_eq!(denial(&locale.notice(notice), None), Some(Denial::Forgotten), "{notice:?}");
            }
            assert_eq!(denial(&locale.notice(Notice::NothingToCancel), None), None);
            assert_eq!(number_after(&CHARGED, &locale.notice(Notice::Cancelled)), None);
        }
    }

    #[test]
    fn every_status_of_an_order_that_is_not_over_is_under_way() {
        use domain::view::Progress;
        let five = Progress { ordered: 5, ..Progress::none(domain::catalog::Kind::Reels) };
        let one = Progress { ordered: 1, ..five };
        let under_way = [
            Progress { waiting: 1, ..one },
            Progress { making: 1, ..one },
            Progress { sending: 1, ..one },
            Progress { making: 3, delivered: 1, failed: 1, ..five },
            Progress { sending: 5, ..five },
        ];
        let over =
            [Progress { delivered: 1, ..one }, Progress { failed: 1, ..one }, Progress { delivered: 4, failed: 1, ..five }];
        for locale in [Locale::En, Locale::Ru] {
            let is_under_way = |progress: &Progress| super::is_under_way(&locale.status(*progress, None).replace("<b>", ""));
            assert!(under_way.iter().all(is_under_way) && !over.iter().any(is_under_way), "{locale:?}");
        }
    }

    #[test]
    fn a_message_that_a_fault_delayed_was_sent_before() {
        let delays = Delays::new([200_000], 150_000);
        assert_eq!([199_999, 200_001, 200_900].map(|at_ms| delays.sent_ms(at_ms)), [49_999, 50_001, 200_900]);
    }
}
