//! One turn: one read, at most one conditional write, and a screen.

use adapters::{
    queues::Queue,
    table::{Person, TableError},
};
use domain::{
    conversation::{Chat, Context, Input, Profile, render, step},
    credits::{self, Credits},
    ids::DraftId,
    job::Job,
    screen::Screen,
    texts::Notice,
};
use journey::Trouble;

use crate::{Said, Webhook};

/// Times a step is decided again because somebody stepped in between.
const RACES_MAX: u32 = 8;

impl Webhook {
    /// The screen for what a person did.
    ///
    /// # Errors
    /// Nothing was committed.
    pub(crate) async fn turn(&self, said: &Said) -> Result<Screen, Trouble> {
        let about = if let Input::Tap(tap) = &said.input { tap.job() } else { None };
        for _ in 0..RACES_MAX {
            let person = self.chain.table.person(said.user, about, self.clock.now()).await?;
            match self.one_step(said, person).await {
                // Somebody stepped in between, or spent the balance: read again, decide again.
                Err(Trouble::Table(TableError::Stale | TableError::NotEnough)) => {}
                done => return done,
            }
        }
        Err(Trouble::Other(format!("the chat of update {} was written by others {RACES_MAX} times", said.update)))
    }

    async fn one_step(&self, said: &Said, person: Person) -> Result<Screen, Trouble> {
        let Person { profile, chat, job } = person;
        let newcomer = profile.is_none();
        let profile = profile.unwrap_or_else(|| self.first_profile(said));
        if chat.has_seen(said.update) {
            return Ok(render(&chat, &profile, &self.catalog));
        }
        let now = self.clock.now();
        let context = Context {
            user: said.user,
            profile: &profile,
            job: job.as_ref(),
            catalog: &self.catalog,
            rules: &self.chain.rules,
            fresh: DraftId(self.dice.uuid_v7(now)),
            now,
        };
        let step = step(&chat, said.update, &said.input, &context);
        if newcomer {
            return self.welcome(said, &profile, step.chat).await;
        }
        if step.order.is_empty() {
            self.chain.table.save_chat(said.user, &step.chat, now).await?;
            self.reachable_again(said, &profile).await;
            return Ok(render(&step.chat, &profile, &self.catalog));
        }
        self.chain.table.confirm_order(said.user, &step.chat, &step.order, now).await?;
        let jobs: Vec<&Job> = step.order.iter().map(|(job, _)| job).collect();
        for job in &jobs {
            tracing::info!(job = %job.id, kind = job.order.kind.name(), credits = job.order.price.0, "confirmed and charged");
        }
        self.enqueue(&jobs).await;
        let charged: u32 = jobs.iter().map(|job| job.order.price.0).sum();
        let balance = Credits(profile.balance.0.saturating_sub(charged));
        Ok(render(&step.chat, &Profile { balance, ..profile }, &self.catalog))
    }

    /// Opens the account with its first credits, and takes the step, together.
    async fn welcome(&self, said: &Said, profile: &Profile, chat: Chat) -> Result<Screen, Trouble> {
        let gift = credits::grant(said.user, "welcome", self.welcome_credits, "welcome", self.clock.now());
        let chat = Chat { notice: chat.notice.or(Some(Notice::Welcome(self.welcome_credits))), ..chat };
        self.chain.table.open_account(said.user, profile, &gift, &chat).await?;
        tracing::info!(credits = self.welcome_credits.0, "account opened");
        Ok(render(&chat, profile, &self.catalog))
    }

    fn first_profile(&self, said: &Said) -> Profile {
        Profile { balance: self.welcome_credits, locale: said.locale, reachable: true }
    }

    /// Somebody who writes can be written to.
    async fn reachable_again(&self, said: &Said, profile: &Profile) {
        if profile.reachable {
            return;
        }
        if let Err(error) = self.chain.table.set_reachable(said.user, true).await {
            tracing::warn!(%error, "not noted that a person is reachable again");
        }
    }

    /// Best effort, after the commit: what is not enqueued, the sweeper wakes.
    async fn enqueue(&self, jobs: &[&Job]) {
        let messages: Vec<_> = jobs.iter().map(|job| (job.wake().body(), std::time::Duration::ZERO)).collect();
        if let Err(error) = self.chain.queues.send_all(Queue::Generate, &messages).await {
            tracing::warn!(%error, "an order could not be enqueued; the sweeper will wake it");
        }
    }
}
