//! A person in Telegram who sells something, as a scenario plays them.

use bytes::Bytes;
use domain::{catalog::Kind, ids::UserId, job::Job};
use fakes::{
    film,
    telegram::{Author, Body, Person, SentVideo},
};

use super::test_environment::TestEnvironment;

/// A seller in a test environment.
#[derive(Clone)]
pub struct Seller {
    /// Their Telegram id.
    pub user: UserId,
    /// What they are called.
    pub name: String,
    /// Their hands.
    pub person: Person,
    env: TestEnvironment,
}

impl Seller {
    /// A new seller.
    #[must_use]
    pub fn new(env: &TestEnvironment, id: i64, language: &str, name: &str) -> Self {
        Self { user: UserId(id), name: name.to_owned(), person: env.telegram.person(id, language, name), env: env.clone() }
    }

    /// Opens the chat, and accepts the terms where they are asked for.
    ///
    /// # Errors
    /// The bot did not answer.
    pub async fn start(&self) -> Result<(), String> {
        self.say("/start").await?;
        if self.button("accept").is_some() { self.tap_data("accept").await } else { Ok(()) }
    }

    /// Writes something.
    ///
    /// # Errors
    /// The bot did not take it.
    pub async fn say(&self, text: &str) -> Result<(), String> {
        let delivery = self.person.say(text).await;
        if delivery.taken() { Ok(()) } else { Err(format!("{text:?} met {:?}", delivery.statuses)) }
    }

    /// Sends a photo.
    ///
    /// # Errors
    /// The bot did not take it.
    pub async fn send_photo(&self, photo: impl Into<Bytes>) -> Result<(), String> {
        let delivery = self.person.send_photo(photo).await;
        if delivery.taken() { Ok(()) } else { Err(format!("the photo met {:?}", delivery.statuses)) }
    }

    /// Chooses a kind, sends the photo, says nothing more about it, and stands before the confirm button. One video; a Reels
    /// as a blogger tells it.
    ///
    /// # Errors
    /// A button or the summary did not come.
    pub async fn prepare(&self, kind: Kind, photo: impl Into<Bytes>) -> Result<(), String> {
        let make = format!("make:{}", kind.name());
        if self.button(&make).is_none() {
            self.say("/start").await?;
        }
        self.tap_data(&make).await?;
        self.send_photo(photo).await?;
        let answers: &[&str] = if kind == Kind::Reels { &["skip", "style:ugc", "skip", "count:1"] } else { &["skip", "skip"] };
        for answer in answers {
            self.tap_data(answer).await?;
        }
        self.confirm_data().map(drop)
    }

    /// Orders a video of the sample photo.
    ///
    /// # Errors
    /// The order could not be placed.
    pub async fn order(&self, kind: Kind) -> Result<(), String> {
        self.prepare(kind, film::sample_photo()).await?;
        self.confirm().await
    }

    /// Taps confirm.
    ///
    /// # Errors
    /// There is no such button.
    pub async fn confirm(&self) -> Result<(), String> {
        let data = self.confirm_data()?;
        self.tap_data(&data).await
    }

    /// The data of the newest confirm button.
    ///
    /// # Errors
    /// There is none.
    pub fn confirm_data(&self) -> Result<String, String> {
        self.button("confirm:").ok_or_else(|| "no confirm button in the chat".to_owned())
    }

    /// The data of the newest button that begins so.
    #[must_use]
    pub fn button(&self, prefix: &str) -> Option<String> {
        let chat = self.person.chat();
        let mut data = chat.iter().rev().flat_map(|line| line.keyboard.iter().flatten()).filter_map(|button| button.data.clone());
        data.find(|data| data.starts_with(prefix))
    }

    /// Taps a button by its data.
    ///
    /// # Errors
    /// The bot did not take it.
    pub async fn tap_data(&self, data: &str) -> Result<(), String> {
        let delivery = self.person.tap(data).await;
        if delivery.taken() { Ok(()) } else { Err(format!("the tap {data} met {:?}", delivery.statuses)) }
    }

    /// What the bot wrote, oldest first; videos as their captions.
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

    /// The videos in the chat.
    #[must_use]
    pub fn videos(&self) -> Vec<SentVideo> {
        self.env.telegram.videos(self.user.0)
    }

    /// Waits until this many jobs exist, all have ended, and the seller is notified of each.
    ///
    /// # Errors
    /// They did not in time.
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
