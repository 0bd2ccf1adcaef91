//! Reads from the texts of a chat what they claim about jobs and credits, as a seller would.

use std::collections::BTreeMap;

use domain::{credits::Credits, ids::JobId};
use fakes::telegram::{Author, Body, ChatLine};

/// The words before a balance in a text.
const BALANCES: [&str; 4] = ["Your balance: ", "Ваш баланс: ", "Your credits are here: ", "Ваши кредиты на месте: "];

/// The claims of the bot's messages in one chat.
pub(super) struct Chat {
    /// The number of delivered videos of each job.
    pub videos: BTreeMap<JobId, usize>,
    /// Notifications of refunds, by the job in their buttons: time in milliseconds since 1970, and text.
    pub refunds: BTreeMap<Option<JobId>, Vec<(i64, String)>>,
    /// The last status of each order, by message id, with its text.
    pub statuses: BTreeMap<i64, (Status, String)>,
    /// Every balance in a message: time in milliseconds since 1970, the balance, and the text.
    pub balances: Vec<(i64, Credits, String)>,
}

/// The progress of an order that a status message claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Every video is delivered.
    AllDelivered,
    /// Every video failed and is refunded.
    AllFailed,
    /// The order is over; some videos are delivered and some failed.
    Both { delivered: usize, ordered: usize, failed: usize },
    /// Videos are still being made.
    SoFar { delivered: usize, ordered: usize, failed: usize },
}

impl Chat {
    pub fn of(lines: &[ChatLine]) -> Self {
        let (videos, refunds, statuses) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut chat = Self { videos, refunds, statuses, balances: Vec::new() };
        for line in lines.iter().filter(|line| line.author == Author::Bot) {
            let now = (line.edited_ms.unwrap_or(line.at_ms), &line.body);
            let versions = line.earlier.iter().map(|earlier| (earlier.at_ms, &earlier.body)).chain([now]);
            chat.balances.extend(versions.filter_map(|(at_ms, body)| balance_in(at_ms, text_of(body)?)));
            if line.message_id != 0 {
                chat.read(line);
            }
        }
        chat
    }

    fn read(&mut self, line: &ChatLine) {
        let job = job_in_buttons(line);
        match &line.body {
            Body::Video(video) if is_delivery(&video.caption) => {
                if let Some(job) = job {
                    *self.videos.entry(job).or_default() += 1;
                }
            }
            Body::Text { text, .. } if line.edited_ms.is_none() && claims_a_refund(text) => {
                self.refunds.entry(job).or_default().push((line.at_ms, text.clone()));
            }
            Body::Text { text, .. } => {
                if let Some(status) = Status::read(text) {
                    self.statuses.insert(line.message_id, (status, text.clone()));
                }
            }
            _ => {}
        }
    }
}

impl Status {
    /// Reads the claim of a status text; `None` if the text has no claim that could be untrue.
    fn read(text: &str) -> Option<Self> {
        let (title, claim) = text.lines().next()?.split_once(": ")?;
        let numbers: Vec<usize> = claim
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
            .filter_map(|n| n.parse().ok())
            .collect();
        match (title.chars().next()?, numbers.as_slice()) {
            ('✅', []) => Some(Self::AllDelivered),
            ('❌', []) => Some(Self::AllFailed),
            ('✅', &[delivered, ordered, failed]) => Some(Self::Both { delivered, ordered, failed }),
            ('🎬', &[delivered, ordered]) => Some(Self::SoFar { delivered, ordered, failed: 0 }),
            ('🎬', &[delivered, ordered, failed]) => Some(Self::SoFar { delivered, ordered, failed }),
            _ => None,
        }
    }
}

fn text_of(body: &Body) -> Option<&str> {
    match body {
        Body::Text { text, .. } | Body::Notice { text } => Some(text),
        _ => None,
    }
}

fn balance_in(at_ms: i64, text: &str) -> Option<(i64, Credits, String)> {
    let (_, rest) = BALANCES.iter().find_map(|words| text.split_once(words))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((at_ms, Credits(digits.parse().ok()?), text.to_owned()))
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

fn job_in_buttons(line: &ChatLine) -> Option<JobId> {
    let data = line.keyboard.iter().flatten().filter_map(|button| button.data.as_deref());
    data.filter_map(|data| data.split_once(':')).find_map(|(_, job)| job.parse().ok())
}

#[cfg(test)]
mod tests {
    use domain::{catalog::Kind, locale::Locale, view::Progress};

    use super::*;

    #[test]
    fn a_status_is_read_in_both_languages() {
        let progress =
            |delivered, failed, making| Progress { ordered: 5, delivered, failed, making, ..Progress::none(Kind::Reels) };
        for locale in [Locale::En, Locale::Ru] {
            let read = |progress: Progress| Status::read(&locale.status(progress, None).replace("<b>", "").replace("</b>", ""));
            assert_eq!(read(progress(5, 0, 0)), Some(Status::AllDelivered));
            assert_eq!(read(progress(0, 5, 0)), Some(Status::AllFailed));
            assert_eq!(read(progress(4, 1, 0)), Some(Status::Both { delivered: 4, ordered: 5, failed: 1 }));
            assert_eq!(read(progress(2, 0, 3)), Some(Status::SoFar { delivered: 2, ordered: 5, failed: 0 }));
            assert_eq!(read(progress(2, 1, 2)), Some(Status::SoFar { delivered: 2, ordered: 5, failed: 1 }));
            assert_eq!(read(progress(0, 0, 5)), None);
        }
    }

    #[test]
    fn every_text_that_names_a_balance_is_read() {
        let seven = Some(Credits(7));
        for locale in [Locale::En, Locale::Ru] {
            for text in [locale.home(seven), locale.charged(Credits(1), seven), locale.balance(seven, None)] {
                let text = text.replace("<b>", "");
                assert_eq!(balance_in(1, &text).map(|(_, balance, _)| balance), seven, "{text}");
            }
            for text in [locale.home(None), locale.charged(Credits(1), None), locale.balance(None, None)] {
                assert!(balance_in(1, &text).is_none(), "{text}");
            }
        }
    }
}
