//! One list, every world. A story plays a person and the outside, and asserts on the table, the queues, the media store and the
//! chat, never on log lines.

mod conversation;
mod delivery;
mod failures;
mod losses;
mod money;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use domain::{
    classify::Class,
    credits::{self, Credits, Entry},
    job::{Job, State},
    laws,
};
use futures_util::future::BoxFuture;

use testkit::environment::{Seller, World};

/// A promise, as a story.
#[derive(Clone, Copy)]
pub struct Story {
    /// Its number, and its title.
    pub number: u8,
    /// What happens in it.
    pub title: &'static str,
    /// Plays it.
    pub play: fn(Scene) -> BoxFuture<'static, Result<(), String>>,
}

/// Where one story is played: a world, people of its own, and what it has to say about itself.
#[derive(Clone)]
pub struct Scene {
    /// The world.
    pub world: World,
    /// The photo that the first order is made of.
    pub photo: Bytes,
    first_id: i64,
    people: Arc<Mutex<Vec<Seller>>>,
    gifts: Arc<Mutex<Vec<Entry>>>,
    remarks: Arc<Mutex<Vec<String>>>,
}

/// Every story, in order.
#[must_use]
pub fn all() -> Vec<Story> {
    macro_rules! stories {
        ($($number:literal $play:path, $title:literal;)*) => {
            vec![$(Story { number: $number, title: $title, play: |scene| Box::pin($play(scene)) }),*]
        };
    }
    stories! {
        1 delivery::a_neurocard, "A Neurocard is ordered, made, delivered, and captured";
        2 failures::rejected, "A photo is rejected by moderation after it was accepted: refunded and told";
        3 failures::broken, "Upstream breaks three times: retried quietly, then refunded and told";
        4 failures::silent, "KIE never answers: ended by the deadline, refunded and told";
        5 failures::telegram_refuses, "The video is made and Telegram refuses it: dead letter, parked, refunded, told when Telegram is back";
        6 delivery::again, "Again with this product: no new upload, charged again, delivered";
        7 money::no_credits, "No credits left: refused with the balance, nothing created";
        8 money::five_taps, "Confirm tapped five times at once: one charge";
        9 losses::messages, "Every queue message of an order is lost: the sweeper finishes it";
        10 losses::deaths, "The process of each function dies once in mid-order: delivered or refunded, never neither";
        11 losses::lost_reply, "createTask's reply is lost: the callback's task is adopted, one KIE task";
        12 money::five_at_once, "Five jobs of one person finish in the same second: five settlements, right balance";
        13 conversation::five_videos, "Five videos in one order, one rejected: four delivered, one refunded";
        14 conversation::own_prompt, "The seller's own prompt: written, extended, and made as it is";
        15 conversation::album, "An album: its first photo is taken, and that is said once";
        16 conversation::back_and_forth, "Back and forth, another photo, another language: the last summary is ordered, once";
        17 conversation::resend, "A video from the list, once more and free";
        18 conversation::not_theirs, "Somebody else's job id in a button: nothing opens";
        19 conversation::blocks, "The bot is blocked in mid-order: refunded, and greeted with the credits on the way back";
        20 conversation::no_writer, "The prompt writer is out of order: the built-in prompt does";
    }
}

impl Scene {
    /// A stage for one story; its people get ids from `first_id` on.
    #[must_use]
    pub fn new(world: World, first_id: i64) -> Self {
        let photo = Bytes::from_static(standins::film::sample_photo());
        Self { world, photo, first_id, people: Arc::default(), gifts: Arc::default(), remarks: Arc::default() }
    }

    /// Somebody new, who has opened the chat.
    ///
    /// # Errors
    /// The bot did not answer.
    pub async fn seller(&self, name: &str, language: &str) -> Result<Seller, String> {
        let seller = {
            let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
            let id = self.first_id + i64::try_from(people.len()).unwrap_or_default();
            people.push(Seller::new(&self.world, id, language, name));
            people.last().cloned()
        };
        let seller = seller.ok_or("nobody there")?;
        seller.start().await?;
        Ok(seller)
    }

    /// Gives somebody credits beside their welcome, once however often it is done.
    ///
    /// # Errors
    /// Nothing was given.
    pub async fn give(&self, seller: &Seller, credits: u32) -> Result<(), String> {
        let gift = credits::grant(seller.user, "story", Credits(credits), "for the story", self.now());
        self.gifts.lock().unwrap_or_else(PoisonError::into_inner).push(gift.clone());
        self.world.table.give(&gift).await.map_err(|error| error.to_string())
    }

    /// What was given beside the welcome, or tried to be.
    #[must_use]
    pub fn gifts(&self) -> Vec<Entry> {
        self.gifts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The time in this world.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.world.sandbox().map_or_else(jiff::Timestamp::now, |sandbox| sandbox.now())
    }

    /// Everybody in this story.
    #[must_use]
    pub fn people(&self) -> Vec<Seller> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something the reader should know about this telling.
    pub fn remark(&self, what: impl Into<String>) {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).push(what.into());
    }

    /// What the story said about itself.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What must hold after any story: the laws of money for everybody in it, nothing open, nothing malformed sent.
    ///
    /// # Errors
    /// What does not hold.
    pub async fn aftermath(&self) -> Result<(), String> {
        for seller in self.people() {
            let (user, world) = (seller.user, &self.world);
            let jobs = world.jobs(user).await?;
            let broken = laws::broken(world.balance(user).await?, &world.ledger(user).await?, &jobs);
            ensure(broken.is_empty(), || format!("laws of money broken for {user}: {broken:?}"))?;
            let open: Vec<_> = jobs.iter().filter(|job| !job.has_ended() || job.due_at.is_some()).map(|job| job.id).collect();
            ensure(open.is_empty(), || format!("still open for {user}: {open:?}"))?;
        }
        let mistakes = self.world.telegram.mistakes();
        ensure(mistakes.is_empty(), || format!("malformed calls to Telegram: {mistakes:?}"))?;
        let refused = self.world.sandbox().and_then(|sandbox| sandbox.dynamodb.guard().map(|guard| guard.refused()));
        let refused = refused.unwrap_or_default();
        ensure(refused.is_empty(), || format!("the ledger's guard refused: {refused:?}"))
    }
}

/// Fails with a text unless something holds.
pub fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// The only job of a person.
pub fn only(jobs: &[Job]) -> Result<&Job, String> {
    if let [job] = jobs { Ok(job) } else { Err(format!("{} jobs, one expected", jobs.len())) }
}

/// A job failed as this, was refunded, and its person was told once, with the balance after the refund.
pub async fn refunded(scene: &Scene, seller: &Seller, job: &Job, class: Class) -> Result<(), String> {
    let State::Failed { class: found, why, .. } = job.state else { return Err(format!("{} is {}", job.id, job.state.name())) };
    ensure(found == class, || format!("called {}, not {}", found.name(), class.name()))?;
    let balance = scene.world.balance(seller.user).await?;
    let ending = domain::texts::Ending { class, why, refunded: job.order.price, balance };
    let expected = job.order.locale.ended(ending);
    let told = seller.texts().into_iter().filter(|text| *text == expected).count();
    ensure(told == 1, || format!("told {told} times: {expected:?} in {:#?}", seller.texts()))
}

/// The balance is this.
pub async fn balance_is(scene: &Scene, seller: &Seller, credits: u32) -> Result<(), String> {
    let found = scene.world.balance(seller.user).await?;
    ensure(found == Credits(credits), || format!("the balance is {}, not {credits}", found.0))
}
