//! A scenario, and the run of one.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use domain::{
    credits::{self, Credits, Entry},
    invariants,
};
use futures_util::future::BoxFuture;
use testkit::environment::{Seller, TestEnvironment};

use crate::ensure::ensure;

/// A promise of the system, as a scenario.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// Its number, and its title.
    pub number: u8,
    /// What happens in it.
    pub title: &'static str,
    /// Plays it.
    pub play: fn(ScenarioRun) -> BoxFuture<'static, Result<(), String>>,
}

/// The run of one scenario: a test environment, people of its own, and its remarks.
#[derive(Clone)]
pub struct ScenarioRun {
    /// The environment.
    pub env: TestEnvironment,
    /// The photo that the first order is made of.
    pub photo: Bytes,
    first_id: i64,
    people: Arc<Mutex<Vec<Seller>>>,
    gifts: Arc<Mutex<Vec<Entry>>>,
    remarks: Arc<Mutex<Vec<String>>>,
}

impl ScenarioRun {
    /// A run in a test environment; its people get ids from `first_id` on.
    #[must_use]
    pub fn new(env: TestEnvironment, first_id: i64) -> Self {
        let photo = Bytes::from_static(fakes::film::sample_photo());
        Self { env, photo, first_id, people: Arc::default(), gifts: Arc::default(), remarks: Arc::default() }
    }

    /// A new seller who has opened the chat.
    ///
    /// # Errors
    /// The bot did not answer.
    pub async fn seller(&self, name: &str, language: &str) -> Result<Seller, String> {
        let seller = {
            let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
            let id = self.first_id + i64::try_from(people.len()).unwrap_or_default();
            people.push(Seller::new(&self.env, id, language, name));
            people.last().cloned()
        };
        let seller = seller.ok_or("nobody there")?;
        seller.start().await?;
        Ok(seller)
    }

    /// Gives a seller credits beside their welcome. Repeated, it gives them once.
    ///
    /// # Errors
    /// Nothing was given.
    pub async fn give(&self, seller: &Seller, credits: u32) -> Result<(), String> {
        let gift = credits::grant(seller.user, "scenario", Credits(credits), "for the scenario", self.now());
        self.gifts.lock().unwrap_or_else(PoisonError::into_inner).push(gift.clone());
        self.env.table.give(&gift).await.map_err(|error| error.to_string())
    }

    /// What was given beside the welcome, or tried to be.
    #[must_use]
    pub fn gifts(&self) -> Vec<Entry> {
        self.gifts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The time in this environment.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.env.sandbox().map_or_else(jiff::Timestamp::now, |sandbox| sandbox.now())
    }

    /// All people in this run.
    #[must_use]
    pub fn people(&self) -> Vec<Seller> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds a remark for the reader of this run.
    pub fn remark(&self, what: impl Into<String>) {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).push(what.into());
    }

    /// What the scenario said about itself.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What must hold after any scenario: the money invariants for everybody in it, nothing open, nothing malformed sent.
    ///
    /// # Errors
    /// What does not hold.
    pub async fn aftermath(&self) -> Result<(), String> {
        for seller in self.people() {
            let (user, env) = (seller.user, &self.env);
            let jobs = env.jobs(user).await?;
            let broken = invariants::violations(env.balance(user).await?, &env.ledger(user).await?, &jobs);
            ensure(broken.is_empty(), || format!("money invariants broken for {user}: {broken:?}"))?;
            let open: Vec<_> = jobs.iter().filter(|job| !job.has_ended() || job.due_at.is_some()).map(|job| job.id).collect();
            ensure(open.is_empty(), || format!("still open for {user}: {open:?}"))?;
        }
        let mistakes = self.env.telegram.mistakes();
        ensure(mistakes.is_empty(), || format!("malformed calls to Telegram: {mistakes:?}"))?;
        let refused = self.env.sandbox().and_then(|sandbox| sandbox.dynamodb.guard().map(|guard| guard.refused()));
        let refused = refused.unwrap_or_default();
        ensure(refused.is_empty(), || format!("the ledger's guard refused: {refused:?}"))
    }
}
