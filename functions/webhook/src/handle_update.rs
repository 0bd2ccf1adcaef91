//! Handles one update: reads the account and the chat, decides the step, commits it in one conditional write, and renders the
//! screen. A screen that speaks of a charge names the balance read after the charge.

use std::time::Duration;

use adapters::{
    metrics::Metric,
    photo_head::PhotoHead,
    queues::Queue,
    table::{Person, TableError},
};
use app::HandlerError;
use domain::{
    conversation::{
        Chat, Context, Edit, Input, LedgerPage, Notice, Place, Profile, ProfileChange, Silence, Standing, Step, Tap,
        VIDEOS_SHOWN_MAX, step,
    },
    credits::{self, Balance, Credits},
    ids::{DraftId, UserId},
    job::{Job, State},
    limits::Limit,
    operator::Day,
    photo::Light,
    view::{Screen, Viewer, render},
};

use crate::{IncomingUpdate, Webhook};

/// A screen, and the message that shows it.
pub(crate) struct Shown {
    /// The screen.
    pub screen: Screen,
    /// The id of the message that the screen replaces; `None` for a new message.
    pub instead_of: Option<i64>,
}

/// How often one update's step is decided, when other updates of the same chat keep being written first.
const RACES_MAX: u32 = 8;
/// The user's latest jobs that a step reads. A user may have far fewer open jobs, so every open job is among them.
pub(crate) const RECENT_JOBS_READ: i32 = 50;
/// Longest time for the read of a balance that a screen names. A screen that waited longer would come late.
const BALANCE_TIMEOUT: Duration = Duration::from_secs(2);

impl Webhook {
    /// Handles an update and gives the screen that answers it; `None` if the update gets no answer.
    ///
    /// # Errors
    /// Nothing was committed, or the commit's reply was lost. Telegram sends the update again, and a repeated update takes no
    /// second step.
    pub(crate) async fn handle_update(&self, update: &IncomingUpdate) -> Result<Option<Shown>, HandlerError> {
        if let Some(answer) = self.handle_operator_command(update).await? {
            return Ok(Some(answer));
        }
        let named_job = match &update.input {
            Input::Tap(tap) => tap.job().or_else(|| update.film.as_ref().map(|film| film.job)),
            _ => None,
        };
        let (mut update, mut refused) = (update.clone(), None);
        for _ in 0..RACES_MAX {
            let mut person = self.jobs.table.person(update.user, named_job, self.clock.now()).await?;
            self.inspect_photo(&mut update, &person).await;
            if let Some(film) = &update.film {
                person.job = self.capture_tapped(film, person.job).await;
            }
            let waiting = person.waiting.take();
            // On the heap: the step's data would make this future too large for the stacks of the tests.
            match Box::pin(self.one_step(&update, person, refused)).await {
                // Another update was written first, or the balance no longer suffices: read and decide again.
                Err(HandlerError::Table(TableError::Stale | TableError::InsufficientCredits)) => {}
                // The next decision knows the limit and explains it, or opens the account without a gift.
                Err(HandlerError::Table(TableError::LimitReached(limit))) => refused = Some(limit),
                Ok(shown) => {
                    if let Some(mark) = waiting.filter(|_| update.input != Input::Blocked) {
                        self.send_held_films(update.user, &mark).await;
                    }
                    return Ok(shown);
                }
                Err(error) => return Err(error),
            }
        }
        Err(HandlerError::RacesExhausted { update: update.update_id, races: RACES_MAX })
    }

    /// Takes one step. `refused` is the limit by which the table refused this update's order or gift before.
    async fn one_step(
        &self,
        update: &IncomingUpdate,
        person: Person,
        refused: Option<Limit>,
    ) -> Result<Option<Shown>, HandlerError> {
        let Person { profile, chat, job, .. } = person;
        let standing = if profile.is_some() { Standing::Known } else { Standing::Newcomer };
        let mut profile = profile.unwrap_or_else(|| self.first_profile(update, refused));
        if chat.has_seen(update.update_id) {
            if chat.silence.is_some() || is_overtaken(update, &chat, job.as_ref()) {
                return Ok(None);
            }
            // The batch read may give the account before a charge and the chat after it.
            let viewer = Viewer { locale: profile.locale, balance: self.spendable(update.user).await };
            // The screen replaces the tapped message. If a confirm has made it the order's status message, the order has just begun.
            let screen = render(&chat, &viewer, &self.settings);
            return Ok(Some(Shown { screen, instead_of: update.message }));
        }
        if standing == Standing::Newcomer && matches!(update.input, Input::Blocked | Input::Unblocked | Input::Edited(_)) {
            return Ok(None);
        }
        let now = self.clock.now();
        let (recent, ledger) = match self.settings.asks_consent_of(&profile) || chat.pace.is_flooded_by_one_more(now) {
            // The step refuses the update, so it needs no page.
            true => (Vec::new(), LedgerPage::default()),
            false => self.read_page(update).await?,
        };
        if update.input.needs_open_jobs(&chat.place) && !profile.open_jobs.is_empty() {
            profile.open_jobs = self.jobs.table.open_jobs(update.user, &profile.open_jobs).await?;
        }
        let context = Context {
            user: update.user,
            profile: &profile,
            standing,
            job: job.as_ref(),
            recent: &recent,
            ledger: &ledger,
            refused,
            settings: &self.settings,
            rules: &self.jobs.rules,
            message: update.message,
            seller_message: update.seller_message,
            thread: update.thread,
            fresh: DraftId(self.rng.uuid_v7(now)),
            now,
        };
        let mut step = step(&chat, update.update_id, &update.input, &context);
        if step.silence == Some(Silence::Flood) {
            tracing::warn!("the user sends too many updates; this update is not answered");
            return Ok(None);
        }
        if step.silence == Some(Silence::UnchangedAnswer) && step.change.is_empty() {
            return Ok(None);
        }
        for (job, _) in &mut step.order {
            job.trace = self.trace.header();
        }
        let viewer = self.commit(update, profile, standing, &step).await?;
        let effect = step.after_commit.take();
        if let Some(effect) = &effect
            && let Some(notice) = self.run_after_commit(update, effect, viewer.locale, job.as_ref()).await
        {
            step.chat.notice = Some(notice);
        }
        if step.silence.is_some() {
            return Ok(None);
        }
        let screen = render(&step.chat, &viewer, &self.settings);
        // After an effect the screen is a new message below the effect's videos, so that the newest message has the buttons.
        let is_status = update.message.is_some() && update.message == chat.status_message;
        let instead_of = update.message.filter(|_| effect.is_none() && !is_status);
        Ok(Some(Shown { screen, instead_of }))
    }

    /// Reads the page of videos or operations that the update asks for. Of other updates both are empty.
    async fn read_page(&self, update: &IncomingUpdate) -> Result<(Vec<Job>, LedgerPage), TableError> {
        let (table, after) = (&self.jobs.table, update.input.page_after());
        let recent = if update.input.needs_recent_jobs() {
            let more = i32::try_from(VIDEOS_SHOWN_MAX + 1).unwrap_or(i32::MAX);
            table.jobs_after(update.user, after, more).await?
        } else {
            Vec::new()
        };
        let ledger =
            if update.input.needs_ledger() { table.ledger_page(update.user, after).await? } else { LedgerPage::default() };
        Ok((recent, ledger))
    }

    /// Inspects an uploaded photo once, if the step can use the result: the light by its thumbnail, and the format and size by the
    /// head of a file. What cannot be downloaded quickly stays unknown, and the photo is taken: the generator checks it again.
    async fn inspect_photo(&self, update: &mut IncomingUpdate, person: &Person) {
        let first_time = !person.chat.has_seen(update.update_id);
        let uploaded = match &mut update.input {
            Input::Image(upload) => Some(upload),
            // Any other edit changes nothing, whatever its photo shows.
            Input::Edited(edit) if person.chat.heeds_edit_of(update.seller_message.map(|message| message.id)) => {
                edit.photo.as_mut()
            }
            _ => None,
        };
        let (Some(upload), Some(profile), true) = (uploaded, &person.profile, first_time) else { return };
        if !upload.is_worth_inspecting(&person.chat, profile, &self.settings, self.clock.now()) {
            return;
        }
        let (thumbnail, file) = (update.thumbnail.take(), update.file.take());
        let light = async { Light::of(&self.telegram.thumbnail(thumbnail.as_deref()?).await?) };
        let head = async { self.telegram.photo_head(file.as_deref()?).await };
        // Each takes a second at most, and both take the same second. A step that is decided again keeps what is known.
        let (light, head) = tokio::join!(light, head);
        upload.facts.light = light.or(upload.facts.light);
        match head {
            None => {}
            Some(PhotoHead::Image(pixels)) => upload.facts.pixels = pixels,
            Some(PhotoHead::Heic) => update.input = without_photo(&update.input, Notice::Heic),
            Some(PhotoHead::Other) => update.input = without_photo(&update.input, Notice::NotAnImage),
        }
    }

    /// Commits a step, and gives the account as the screen shows it after the step.
    async fn commit(
        &self,
        update: &IncomingUpdate,
        profile: Profile,
        standing: Standing,
        step: &Step,
    ) -> Result<Viewer, HandlerError> {
        let (table, now) = (&self.jobs.table, self.clock.now());
        if standing == Standing::Newcomer {
            let profile = profile.with(step.change);
            self.open_account(update, &profile, step).await?;
            if let Some(source) = &profile.came_from {
                table.count_arrival(source, now).await;
            }
            return Ok(Viewer::of(&profile));
        }
        let viewer = Viewer::of(&profile.with(step.change));
        let Some(allowance) = &step.allowance else {
            table.save_step(update.user, &step.chat, step.change, now).await?;
            if let Some(limit) = step.refused {
                tracing::info!(limit = limit.name(), "an order was refused: a limit is reached");
                Metric::LimitReached(limit).emit();
            }
            return Ok(match step.chat.place {
                // A second tap of the confirm button: the batch read may give the account before the charge.
                Place::Ordered(_) if step.silence.is_none() => Viewer { balance: self.spendable(update.user).await, ..viewer },
                _ => viewer,
            });
        };
        table.confirm_order(update.user, &step.chat, &step.order, allowance, now).await?;
        let jobs: Vec<&Job> = step.order.iter().map(|(job, _)| job).collect();
        for job in &jobs {
            let (kind, style) = (job.order.kind.name(), job.order.style.name());
            tracing::info!(job = %job.id, kind, style, credits = job.order.price.0, "the job was confirmed and charged");
        }
        let ((), balance) = tokio::join!(self.after_order(&jobs), self.spendable(update.user));
        self.record_reachable(update, step.change).await;
        Ok(Viewer { balance, ..viewer })
    }

    /// Records whether the user is reachable. The order's transaction cannot do it: a transaction writes each item once, and it
    /// already writes the balance. Best effort: the next step corrects the account.
    async fn record_reachable(&self, update: &IncomingUpdate, change: ProfileChange) {
        let Some(reachable) = change.reachable else { return };
        if let Err(error) = self.jobs.table.set_reachable(update.user, reachable).await {
            tracing::warn!(%error, "the account's reachability could not be recorded; the next step records it");
        }
    }

    /// Reads the balance that a screen names; `None` if it cannot be read in time.
    async fn spendable(&self, user: UserId) -> Option<Credits> {
        self.balance(user).await.map(Balance::spendable)
    }

    /// Reads a person's balance for an answer; `None` if it cannot be read in time, and then the answer names none.
    pub(crate) async fn balance(&self, user: UserId) -> Option<Balance> {
        let read = tokio::time::timeout(BALANCE_TIMEOUT, self.jobs.table.balance(user)).await;
        let error = match read {
            Ok(Ok(balance)) => return Some(balance),
            Ok(Err(error)) => error.to_string(),
            Err(late) => late.to_string(),
        };
        tracing::warn!(%error, "the balance could not be read; the answer names none");
        None
    }

    /// The account of a newcomer; without the welcome credits if the day's gifts are used up.
    fn first_profile(&self, update: &IncomingUpdate, refused: Option<Limit>) -> Profile {
        let balance = if refused == Some(Limit::GiftsADay) { Credits(0) } else { self.welcome_credits };
        Profile {
            balance,
            locale: update.locale,
            reachable: true,
            consented_at: None,
            open_jobs: vec![],
            bought: false,
            came_from: update.came_from.clone(),
        }
    }

    /// Opens a newcomer's account. Only a gift of credits counts towards the day's limit.
    async fn open_account(&self, update: &IncomingUpdate, profile: &Profile, step: &Step) -> Result<(), HandlerError> {
        let (table, now) = (&self.jobs.table, self.clock.now());
        if profile.balance < self.welcome_credits {
            table.open_account_without_gift(update.user, profile, &step.chat, now).await?;
            tracing::warn!(limit = Limit::GiftsADay.name(), "the account was opened without welcome credits: a limit is reached");
            Metric::LimitReached(Limit::GiftsADay).emit();
            return Ok(());
        }
        let gift = credits::grant(update.user, "welcome", self.welcome_credits, "welcome", now);
        if self.welcome_credits == Credits(0) {
            table.open_account(update.user, profile, &gift, &step.chat).await?;
        } else {
            table.open_account_within(update.user, profile, &gift, &step.chat, self.settings.limits.gifts()).await?;
        }
        tracing::info!(credits = self.welcome_credits.0, "the account was opened");
        Ok(())
    }

    /// Counts and enqueues an order after its commit. Best effort: the sweeper requeues a job that was not enqueued.
    async fn after_order(&self, jobs: &[&Job]) {
        let order = Day::of_order(jobs);
        let to_make: Vec<&Job> = jobs.iter().copied().filter(|job| !matches!(job.state, State::Ready { .. })).collect();
        if let Some(job) = to_make.first() {
            // A finished video is not among them: KIE is not paid for it again.
            Metric::Orders(Day::of_order(&to_make).ordered).emit_at(job.confirmed_at);
        }
        if !jobs.is_empty() {
            Metric::CreditsCharged(order.charged).emit();
        }
        tokio::join!(self.enqueue(jobs), self.jobs.table.count(order, self.clock.now()));
    }

    async fn enqueue(&self, jobs: &[&Job]) {
        let is_made = jobs.iter().all(|job| matches!(job.state, State::Ready { .. }));
        let queue = if is_made { Queue::Send } else { Queue::Generate };
        let trace = jobs.first().and_then(|job| job.trace.as_deref());
        let messages: Vec<_> = jobs.iter().map(|job| (job.message().body(), std::time::Duration::ZERO)).collect();
        if let Err(error) = self.jobs.queues.with_trace(trace).send_all(queue, &messages).await {
            tracing::warn!(%error, "the order could not be enqueued; the sweeper requeues its jobs");
        }
    }
}

/// The input of a message whose file is no photo, for this reason.
fn without_photo(input: &Input, why: Notice) -> Input {
    match (input, why) {
        (Input::Edited(edit), why) => Input::Edited(Edit { photo: None, unusable: Some(why), ..edit.clone() }),
        (_, Notice::Heic) => Input::Heic,
        _ => Input::File,
    }
}

/// Whether the message of a repeated update has become an order's status message that shows more than the update's screen would: the
/// order has ended, or it began after the update.
fn is_overtaken(update: &IncomingUpdate, chat: &Chat, job: Option<&Job>) -> bool {
    let is_status = update.message.is_some() && update.message == chat.status_message;
    match update.input {
        Input::Tap(Tap::Confirm(..)) => is_status && job.is_some_and(Job::has_ended),
        // A screen of before the order would speak of it as just accepted.
        _ => is_status || matches!(chat.place, Place::Ordered(_)),
    }
}
