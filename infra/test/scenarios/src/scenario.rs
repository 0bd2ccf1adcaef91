//! A scenario, and one run of it.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use domain::{
    credits::{self, Credits, Entry},
    invariants,
};
use futures_util::future::BoxFuture;
use testkit::environment::{Seller, TestEnvironment};

use crate::ensure::ensure;

/// A scenario: one promise of the system, played and checked.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// The scenario's number, starting at 1.
    pub number: u8,
    /// The title that `make demo` prints.
    pub title: &'static str,
    /// Plays the scenario; an error says which expectation does not hold.
    pub play: fn(ScenarioRun) -> BoxFuture<'static, Result<(), String>>,
}

/// One run of a scenario: its test environment, its people and its remarks.
#[derive(Clone)]
pub struct ScenarioRun {
    /// The test environment of the run.
    pub env: TestEnvironment,
    /// The photo of the first scenario's order.
    pub photo: Bytes,
    first_id: i64,
    people: Arc<Mutex<Vec<Seller>>>,
    gifts: Arc<Mutex<Vec<Entry>>>,
    remarks: Arc<Mutex<Vec<String>>>,
}

impl ScenarioRun {
    /// Creates a run in a test environment. Its people get the ids from `first_id` on.
    #[must_use]
    pub fn new(env: TestEnvironment, first_id: i64) -> Self {
        let photo = env.photo.clone();
        Self { env, photo, first_id, people: Arc::default(), gifts: Arc::default(), remarks: Arc::default() }
    }

    /// Adds a seller who has opened the chat.
    ///
    /// # Errors
    /// The webhook did not answer an update with 200.
    pub async fn seller(&self, name: &str, language: &str) -> Result<Seller, String> {
        let seller = {
            let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
            let id = self.first_id + i64::try_from(people.len()).unwrap_or_default();
            people.push(Seller::new(&self.env, id, language, name));
            people.last().cloned()
        };
        let seller = seller.ok_or("the run has no seller")?;
        seller.start().await?;
        Ok(seller)
    }

    /// Grants a seller credits in addition to the welcome credits. A repeated grant counts once.
    ///
    /// # Errors
    /// The table refused the grant or did not answer.
    pub async fn give(&self, seller: &Seller, credits: u32) -> Result<(), String> {
        let gift = credits::grant(seller.user, "scenario", Credits(credits), "for the scenario", self.now());
        self.gifts.lock().unwrap_or_else(PoisonError::into_inner).push(gift.clone());
        self.env.table.give(&gift).await.map_err(|error| error.to_string())
    }

    /// Returns the grants of this run, also those that failed. The welcome credits are not among them.
    #[must_use]
    pub fn gifts(&self) -> Vec<Entry> {
        self.gifts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the current time of the test environment.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.env.sandbox().map_or_else(jiff::Timestamp::now, |sandbox| sandbox.now())
    }

    /// Returns the people of this run.
    #[must_use]
    pub fn people(&self) -> Vec<Seller> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds a remark for the reader of this run.
    pub fn remark(&self, text: impl Into<String>) {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).push(text.into());
    }

    /// Returns the remarks of this run.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Checks what must hold after every scenario: the money invariants hold for each person, every job is settled and notified,
    /// and no call to Telegram was malformed.
    ///
    /// # Errors
    /// A check failed; the text says which one.
    pub async fn aftermath(&self) -> Result<(), String> {
        for seller in self.people() {
            let (user, env) = (seller.user, &self.env);
            let jobs = env.jobs(user).await?;
            let broken = invariants::violations(env.balance(user).await?, &env.ledger(user).await?, &jobs);
            ensure(broken.is_empty(), || format!("money invariants are violated for person {user}: {broken:?}"))?;
            let open: Vec<_> = jobs.iter().filter(|job| !job.has_ended() || job.due_at.is_some()).map(|job| job.id).collect();
            ensure(open.is_empty(), || format!("jobs of person {user} are still open: {open:?}"))?;
        }
        let mistakes = self.env.telegram.mistakes();
        ensure(mistakes.is_empty(), || format!("calls to Telegram were malformed: {mistakes:?}"))?;
        let refused = self.env.sandbox().and_then(|sandbox| sandbox.dynamodb.guard().map(|guard| guard.refused()));
        let refused = refused.unwrap_or_default();
        ensure(refused.is_empty(), || format!("the ledger's guard refused writes: {refused:?}"))
    }
}
