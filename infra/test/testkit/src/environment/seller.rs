//! A seller in Telegram, driven by a scenario.

use bytes::Bytes;
use domain::{catalog::Kind, ids::UserId, job::Job};
use fakes::telegram::{Author, Body, Person, SentVideo};

use super::test_environment::TestEnvironment;

/// A seller in a test environment.
#[derive(Clone)]
pub struct Seller {
    /// The seller's Telegram id.
    pub user: UserId,
    /// The seller's name, for the timeline.
    pub name: String,
    /// The seller's client of the fake Telegram.
    pub person: Person,
    env: TestEnvironment,
}

impl Seller {
    /// Creates a seller who has not opened the chat yet.
    #[must_use]
    pub fn new(env: &TestEnvironment, id: i64, language: &str, name: &str) -> Self {
        Self { user: UserId(id), name: name.to_owned(), person: env.telegram.person(id, language, name), env: env.clone() }
    }

    /// Opens the chat, and accepts the terms if the bot asks for that.
    ///
    /// # Errors
    /// The webhook did not answer an update with 200.
    pub async fn start(&self) -> Result<(), String> {
        self.say("/start").await?;
        if self.button("accept").is_some() { self.tap_data("accept").await } else { Ok(()) }
    }

    /// Sends a text message.
    ///
    /// # Errors
    /// The webhook did not answer the update with 200.
    pub async fn say(&self, text: &str) -> Result<(), String> {
        let delivery = self.person.say(text).await;
        if delivery.taken() {
            Ok(())
        } else {
            Err(format!("the webhook refused the text {text:?}: statuses {:?}", delivery.statuses))
        }
    }

    /// Sends a photo.
    ///
    /// # Errors
    /// The webhook did not answer the update with 200.
    pub async fn send_photo(&self, photo: impl Into<Bytes>) -> Result<(), String> {
        let delivery = self.person.send_photo(photo).await;
        if delivery.taken() { Ok(()) } else { Err(format!("the webhook refused the photo: statuses {:?}", delivery.statuses)) }
    }

    /// Prepares an order of one video up to its confirm button: chooses the kind and sends the photo. A Reels gets the style `ugc`.
    ///
    /// # Errors
    /// The webhook refused an update, or the summary with its confirm button did not appear.
    pub async fn prepare(&self, kind: Kind, photo: impl Into<Bytes>) -> Result<(), String> {
        let make = format!("make:{}", kind.name());
        if self.button(&make).is_none() {
            self.say("/start").await?;
        }
        self.tap_data(&make).await?;
        self.send_photo(photo).await?;
        self.confirm_data().map(drop)
    }

    /// Orders one video of the environment's photo.
    ///
    /// # Errors
    /// The order could not be prepared or confirmed.
    pub async fn order(&self, kind: Kind) -> Result<(), String> {
        self.prepare(kind, self.env.photo.clone()).await?;
        self.confirm().await
    }

    /// Taps the newest confirm button.
    ///
    /// # Errors
    /// The chat has no confirm button, or the webhook refused the tap.
    pub async fn confirm(&self) -> Result<(), String> {
        let data = self.confirm_data()?;
        self.tap_data(&data).await
    }

    /// Returns the data of the newest confirm button.
    ///
    /// # Errors
    /// The chat has no confirm button.
    pub fn confirm_data(&self) -> Result<String, String> {
        self.button("confirm:").ok_or_else(|| "no confirm button in the chat".to_owned())
    }

    /// Returns the data of the newest button whose data starts with `prefix`.
    #[must_use]
    pub fn button(&self, prefix: &str) -> Option<String> {
        let chat = self.person.chat();
        let mut data = chat.iter().rev().flat_map(|line| line.keyboard.iter().flatten()).filter_map(|button| button.data.clone());
        data.find(|data| data.starts_with(prefix))
    }

    /// Taps a button by its data.
    ///
    /// # Errors
    /// The webhook did not answer the update with 200.
    pub async fn tap_data(&self, data: &str) -> Result<(), String> {
        let delivery = self.person.tap(data).await;
        if delivery.taken() {
            Ok(())
        } else {
            Err(format!("the webhook refused the tap {data}: statuses {:?}", delivery.statuses))
        }
    }

    /// Returns the bot's messages, oldest first; a video as its caption.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let written = self.person.chat().into_iter().filter(|line| line.author == Author::Bot);
        written
            .filter_map(|line| match line.body {
                Body::Text { text, .. } => Some(text),
                Body::Video(video) => Some(video.caption),
                _ => None,
            })
            .collect()
    }

    /// Returns the videos in the chat.
    #[must_use]
    pub fn videos(&self) -> Vec<SentVideo> {
        self.env.telegram.videos(self.user.0)
    }

    /// Waits until the seller has exactly `count` jobs, all have ended, and the seller is notified of each. Returns the jobs.
    ///
    /// # Errors
    /// The wait timed out ([`super::Times::patience`]).
    pub async fn until_over(&self, count: usize) -> Result<Vec<Job>, String> {
        let what = format!("{count} jobs of {} are over", self.user);
        self.env
            .until(&what, async || {
                let jobs = self.env.jobs(self.user).await?;
                Ok(jobs.len() == count && jobs.iter().all(|job| job.has_ended() && job.due_at.is_none()))
            })
            .await?;
        self.env.jobs(self.user).await
    }
}
