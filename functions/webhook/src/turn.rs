//! One turn: one read, at most one conditional write, and an answer.

use adapters::{
    metrics::Metric,
    queues::Queue,
    table::{Counted, Person, TableError},
};
use app::Trouble;
use domain::{
    conversation::{Context, Input, Profile, ProfileChange, Silence, Standing, Step, render, step},
    credits::{self, Credits},
    ids::DraftId,
    job::Job,
    photo::Light,
    screen::Screen,
};

use crate::{Said, Webhook};

/// A screen, and where it is shown.
pub(crate) struct Shown {
    /// What is shown.
    pub screen: Screen,
    /// The message it takes the place of; a new one without.
    pub instead_of: Option<i64>,
}

/// Times a step is decided again because somebody stepped in between.
const RACES_MAX: u32 = 8;
/// Jobs that a step looks at: many more than a person may have open, so that the open ones are among them.
const RECENT_JOBS_READ: i32 = 50;

impl Webhook {
    /// The screen for what a person did; `None` where nothing is to be said.
    ///
    /// # Errors
    /// Nothing was committed.
    pub(crate) async fn turn(&self, said: &Said) -> Result<Option<Shown>, Trouble> {
        if let Some(answer) = self.operate(said).await? {
            return Ok(Some(answer));
        }
        let about = if let Input::Tap(tap) = &said.input { tap.job() } else { None };
        let mut said = said.clone();
        for _ in 0..RACES_MAX {
            let person = self.chain.table.person(said.user, about, self.clock.now()).await?;
            self.look_at(&mut said, &person).await;
            match self.one_step(&said, person).await {
                // Somebody stepped in between, or spent the balance: read again, decide again.
                Err(Trouble::Table(TableError::Stale | TableError::NotEnough)) => {}
                done => return done,
            }
        }
        Err(Trouble::Other(format!("the chat of update {} was written by others {RACES_MAX} times", said.update)))
    }

    async fn one_step(&self, said: &Said, person: Person) -> Result<Option<Shown>, Trouble> {
        let Person { profile, chat, job } = person;
        let standing = if profile.is_some() { Standing::Known } else { Standing::Newcomer };
        let profile = profile.unwrap_or_else(|| self.first_profile(said));
        if chat.has_seen(said.update) {
            // The very button that became the status is answered where it was; everything else keeps away from it.
            let screen = render(&chat, &profile, &self.settings);
            return Ok(chat.silence.is_none().then_some(Shown { screen, instead_of: said.message }));
        }
        if standing == Standing::Newcomer && matches!(said.input, Input::Blocked | Input::Unblocked) {
            return Ok(None);
        }
        let recent = if said.input.needs_recent_jobs() {
            self.chain.table.recent_jobs(said.user, RECENT_JOBS_READ).await?
        } else {
            Vec::new()
        };
        let now = self.clock.now();
        let context = Context {
            user: said.user,
            profile: &profile,
            standing,
            job: job.as_ref(),
            recent: &recent,
            settings: &self.settings,
            rules: &self.chain.rules,
            message: said.message,
            fresh: DraftId(self.dice.uuid_v7(now)),
            now,
        };
        let mut step = step(&chat, said.update, &said.input, &context);
        if step.silence == Some(Silence::Flood) {
            tracing::warn!("a person sends too much at once");
            return Ok(None);
        }
        for (job, _) in &mut step.order {
            job.trace = self.trace.header();
        }
        let profile = self.commit(said, profile, standing, &step).await?;
        let besides = step.afterwards.take();
        if let Some(afterwards) = &besides
            && let Err(notice) = self.send_besides(said, afterwards, &profile, job.as_ref()).await
        {
            step.chat.notice = Some(notice);
        }
        if step.silence.is_some() {
            return Ok(None);
        }
        let screen = render(&step.chat, &profile, &self.settings);
        // Below what was sent besides: the buttons belong to the newest message.
        let is_status = said.message.is_some() && said.message == chat.status_message;
        let instead_of = said.message.filter(|_| besides.is_none() && !is_status);
        Ok(Some(Shown { screen, instead_of }))
    }

    /// Looks at the thumbnail of an image, once, where that can tell something; given up when it does not come quickly.
    async fn look_at(&self, said: &mut Said, person: &Person) {
        let first_time = !person.chat.has_seen(said.update);
        let (Input::Image(upload), Some(profile), true) = (&mut said.input, &person.profile, first_time) else { return };
        if !upload.is_worth_a_look(&person.chat, profile, &self.settings, self.clock.now()) {
            return;
        }
        if let Some(thumbnail) = said.thumbnail.take() {
            upload.facts.light = self.telegram.thumbnail(&thumbnail).await.and_then(|grey| Light::of(&grey));
        }
    }

    /// Writes a step; the account after it.
    async fn commit(&self, said: &Said, profile: Profile, standing: Standing, step: &Step) -> Result<Profile, Trouble> {
        let (table, now) = (&self.chain.table, self.clock.now());
        if standing == Standing::Newcomer {
            let profile = profile.with(step.change);
            let gift = credits::grant(said.user, "welcome", self.welcome_credits, "welcome", now);
            table.open_account(said.user, &profile, &gift, &step.chat).await?;
            tracing::info!(credits = self.welcome_credits.0, "account opened");
            return Ok(profile);
        }
        if step.order.is_empty() {
            table.save_step(said.user, &step.chat, step.change, now).await?;
            return Ok(profile.with(step.change));
        }
        table.confirm_order(said.user, &step.chat, &step.order, now).await?;
        let jobs: Vec<&Job> = step.order.iter().map(|(job, _)| job).collect();
        for job in &jobs {
            let (kind, style) = (job.order.kind.name(), job.order.style.name());
            tracing::info!(job = %job.id, kind, style, credits = job.order.price.0, "confirmed and charged");
        }
        self.after_order(&jobs).await;
        self.note(said, step.change).await;
        let charged: u32 = jobs.iter().map(|job| job.order.price.0).sum();
        let balance = Credits(profile.balance.0.saturating_sub(charged));
        Ok(Profile { balance, ..profile }.with(step.change))
    }

    /// What an order's own transaction has no room for: an account is touched once in it. Best effort, the next step mends it.
    async fn note(&self, said: &Said, change: ProfileChange) {
        let Some(reachable) = change.reachable else { return };
        if let Err(error) = self.chain.table.set_reachable(said.user, reachable).await {
            tracing::warn!(%error, "not noted that a person is reachable again");
        }
    }

    fn first_profile(&self, said: &Said) -> Profile {
        Profile { balance: self.welcome_credits, locale: said.locale, reachable: true, consented_at: None }
    }

    /// After the commit: counted, and enqueued, best effort; what is not enqueued, the sweeper wakes.
    async fn after_order(&self, jobs: &[&Job]) {
        Metric::Orders(jobs.len()).tell();
        tokio::join!(self.enqueue(jobs), self.chain.table.count(Counted::Ordered, jobs.len(), self.clock.now()));
    }

    async fn enqueue(&self, jobs: &[&Job]) {
        let trace = jobs.first().and_then(|job| job.trace.as_deref());
        let messages: Vec<_> = jobs.iter().map(|job| (job.wake().body(), std::time::Duration::ZERO)).collect();
        if let Err(error) = self.chain.queues.under(trace).send_all(Queue::Generate, &messages).await {
            tracing::warn!(%error, "an order could not be enqueued; the sweeper will wake it");
        }
    }
}
