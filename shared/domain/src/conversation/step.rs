//! One step of the conversation: the gates everybody passes, then the menu; an open order is in [`super::ordering`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Chat, Draft, Input, OPEN_JOBS_MAX, Pace, Page, Place, Placed, Profile, ProfileChange, Question, Settings, Tap,
    UPDATES_A_MINUTE_MAX, VIDEOS_SHOWN_MAX, Video, ordering,
};
use crate::{
    credits::{self, Credits, Entry},
    ids::{DraftId, JobId, UserId},
    job::{Job, Order, State},
    rules::Rules,
    texts::Notice,
};

/// What a step may look at. Time and the fresh id are given, never drawn.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Who it is.
    pub user: UserId,
    /// Their account; a newcomer's is the one that is opened with this step.
    pub profile: &'a Profile,
    /// Whether the account exists.
    pub standing: Standing,
    /// The job that the tapped button is about, if it is theirs and exists.
    pub job: Option<&'a Job>,
    /// Their last jobs, newest first; only where a step needs them ([`Input::needs_recent_jobs`]).
    pub recent: &'a [Job],
    /// What is the same for everybody.
    pub settings: &'a Settings,
    /// The protocol's times, for the jobs that are created.
    pub rules: &'a Rules,
    /// The message the tapped button is under, where it can be edited.
    pub message: Option<i64>,
    /// An id nobody has used, should a draft begin.
    pub fresh: DraftId,
    /// Now.
    pub now: Timestamp,
}

/// Whether somebody has an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Their first step: the account is opened with it.
    Newcomer,
    /// They have one.
    Known,
}

/// What a step decided: what to write in one transaction, and what to do and show after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The chat after the step.
    pub chat: Chat,
    /// What changes of the account, besides its credits.
    pub change: ProfileChange,
    /// Jobs that were confirmed, each with its charge.
    pub order: Vec<(Job, Entry)>,
    /// What is sent besides the screen, best effort.
    pub afterwards: Option<Afterwards>,
    /// Why no screen is shown, if none is.
    pub silence: Option<Silence>,
}

/// What is sent besides the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// An example of each kind.
    Examples,
    /// A video of theirs once more, by its file id.
    Resend(JobId, String),
}

/// Why an update is not answered with a screen. Every other one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// One more photo of an album: it was said that only the first is taken.
    Album,
    /// Too many updates in a minute: it was said. Nothing is written either.
    Flood,
    /// They blocked the bot.
    Blocked,
}

/// Where a step leads, and what it has to say.
pub(super) type Turn = (Place, Option<Notice>);

impl Input {
    /// Whether the step for this looks at the person's last jobs.
    #[must_use]
    pub fn needs_recent_jobs(&self) -> bool {
        matches!(self, Self::Tap(Tap::Videos | Tap::Confirm(..)))
    }
}

/// What one input makes of a chat.
#[must_use]
pub fn step(chat: &Chat, update: i64, input: &Input, context: &Context<'_>) -> Step {
    let (chat, pace) = (&without_old_draft(chat, context.now), paced(chat.pace, context.now));
    let mut stepped = match pace.updates {
        ..=UPDATES_A_MINUTE_MAX => gates(chat, update, input, context),
        n if n == UPDATES_A_MINUTE_MAX + 1 => stay(chat, update, Notice::TooFast),
        // Not written: what is shown, or not, to a repeated update is that of the last one before the flood.
        _ => return Step { silence: Some(Silence::Flood), ..nothing(chat.clone()) },
    };
    stepped.chat.pace = pace;
    stepped
}

/// The updates of the minute that runs, with this one.
fn paced(pace: Pace, now: Timestamp) -> Pace {
    match pace.since {
        Some(since) if now.duration_since(since).as_secs() < 60 => Pace { updates: pace.updates.saturating_add(1), ..pace },
        _ => Pace { since: Some(now), updates: 1 },
    }
}

/// Whether one more update would be too many.
pub(super) fn is_flood(chat: &Chat, now: Timestamp) -> bool {
    paced(chat.pace, now).updates > UPDATES_A_MINUTE_MAX
}

/// A draft that was left a day ago is gone.
fn without_old_draft(chat: &Chat, now: Timestamp) -> Chat {
    match &chat.place {
        Place::Menu { page, left: Some(draft) } if now > draft.touched_at + super::DRAFT_KEPT => {
            Chat { place: Place::Menu { page: page.clone(), left: None }, ..chat.clone() }
        }
        _ => chat.clone(),
    }
}

/// What everybody passes before the conversation proper: blocking, coming back, the terms.
fn gates(chat: &Chat, update: i64, input: &Input, context: &Context<'_>) -> Step {
    if *input == Input::Blocked {
        let mut step = quiet(chat.at(update, chat.place.clone(), None), Silence::Blocked);
        step.change.reachable = Some(false);
        return step;
    }
    let mut step = if context.settings.asks_consent_of(context.profile) {
        consent(chat, update, input, context)
    } else {
        conversation(chat, update, input, context)
    };
    if !context.profile.reachable {
        step.change.reachable = Some(true);
        // What an order has to say about the balance is newer than a greeting.
        if step.order.is_empty() {
            step.chat.notice = step.chat.notice.or(Some(Notice::WelcomeBack(context.profile.balance)));
        }
    } else if context.standing == Standing::Newcomer && !matches!(step.chat.place, Place::Menu { page: Page::Consent, .. }) {
        welcomed(&mut step, context);
    }
    step
}

/// Terms and privacy come first, and only once.
fn consent(chat: &Chat, update: i64, input: &Input, context: &Context<'_>) -> Step {
    let asked = |notice| plain(chat, update, (chat.place.page(Page::Consent, context.now), notice));
    match input {
        Input::Tap(Tap::Accept) => {
            let mut step = plain(chat, update, (chat.place.page(Page::Home, context.now), None));
            step.change.consented_at = Some(context.now);
            welcomed(&mut step, context);
            step
        }
        Input::Tap(Tap::Speak(locale)) => {
            let mut step = asked(None);
            step.change.locale = Some(*locale);
            step
        }
        Input::Start | Input::Unblocked => asked(None),
        _ => asked(Some(Notice::ConsentFirst)),
    }
}

/// The first screen of somebody new: the credits they have, and what can be made.
fn welcomed(step: &mut Step, context: &Context<'_>) {
    let balance = context.profile.balance;
    // Whoever was brought over from elsewhere has an account, and more than they start with.
    let is_new = context.standing == Standing::Newcomer || balance <= context.settings.welcome;
    let greeting = if is_new { Notice::Welcome(balance) } else { Notice::WelcomeBack(balance) };
    step.chat.notice = step.chat.notice.or(Some(greeting));
    if !context.settings.examples.is_empty() {
        step.afterwards = step.afterwards.take().or(Some(Afterwards::Examples));
    }
}

fn conversation(chat: &Chat, update: i64, input: &Input, context: &Context<'_>) -> Step {
    match input {
        Input::Tap(Tap::Confirm(id, revision)) => confirm(chat, update, (*id, *revision), context),
        Input::Tap(Tap::Speak(locale)) => {
            // Back to the order that is open, if there is one.
            let place = match chat.place.draft() {
                Some(draft) => ordering::ask(draft.clone(), context),
                None => Place::home(),
            };
            let mut step = plain(chat, update, (place, None));
            step.change.locale = Some(*locale);
            step
        }
        Input::Tap(Tap::Resend(id)) => resend(chat, update, *id, context),
        Input::Image(upload) => ordering::image(chat, update, upload, context),
        _ => plain(chat, update, go(chat, input, context)),
    }
}

/// The tap that pays: only for the draft it was shown under, and only what was shown.
fn confirm(chat: &Chat, update: i64, button: (DraftId, u32), context: &Context<'_>) -> Step {
    let Place::Order { draft, question: Question::Summary } = &chat.place else {
        return match &chat.place {
            // Tapped twice: it is already being made, and the screen says so; unless it has ended meanwhile.
            Place::Ordered(placed) if placed.draft == button.0 && !context.job.is_some_and(Job::has_ended) => {
                plain(chat, update, (chat.place.clone(), Some(Notice::AlreadyOrdered)))
            }
            // They were away from this very summary: it is shown again, and nothing is charged yet.
            place => match place.draft().filter(|draft| (draft.id, draft.revision) == button) {
                Some(draft) => plain(chat, update, (ordering::ask(draft.clone(), context), None)),
                None => stay(chat, update, Notice::OldButton),
            },
        };
    };
    if (draft.id, draft.revision) != button {
        return stay(chat, update, Notice::OldButton);
    }
    let Some((placed, orders)) = orders(draft, context) else {
        // The catalog no longer offers it: the question that has to be asked anew is asked.
        return plain(chat, update, (ordering::ask(draft.clone(), context), Some(Notice::OldButton)));
    };
    let price: u32 = orders.iter().map(|order| order.price.0).sum();
    if credits::afford(context.profile.balance, Credits(price)).is_err() {
        return stay(chat, update, Notice::NotEnoughCredits(Credits(price)));
    }
    let open = context.recent.iter().filter(|job| !job.has_ended()).count();
    if open + orders.len() > OPEN_JOBS_MAX {
        return stay(chat, update, Notice::TooManyOpen(OPEN_JOBS_MAX));
    }
    let job = |(n, order): (u8, Order)| {
        let (id, price) = (JobId { draft: draft.id, n }, order.price);
        let job = Job::confirmed(context.user, id, order, context.now, context.rules);
        (job, credits::charge(context.user, id, price, context.now))
    };
    let order = (1..).zip(orders).map(job).collect();
    let mut step = Step { order, ..plain(chat, update, (Place::Ordered(placed), None)) };
    step.chat.status_message = context.message;
    step
}

/// What the jobs of a draft are told, one for each video; `None` if something is missing or no longer offered.
fn orders(draft: &Draft, context: &Context<'_>) -> Option<(Placed, Vec<Order>)> {
    let product = draft.product(&context.settings.catalog)?;
    let count = draft.count.filter(|count| product.counts.contains(count))?;
    let order = Order {
        brief: draft.brief(),
        price: draft.quote?,
        count,
        status_message: context.message,
        ..Order::of_one(product, draft.photo.clone()?, context.profile.locale)
    };
    let price = order.price.times(count)?;
    let placed = Placed { draft: draft.id, kind: product.kind, style: product.style, count, price };
    Some((placed, vec![order; usize::from(count)]))
}

/// A delivered video, once more and free.
fn resend(chat: &Chat, update: i64, id: JobId, context: &Context<'_>) -> Step {
    match context.job.map(|job| (job, &job.state)) {
        Some((job, State::Delivered { file_id: Some(file_id), .. })) => Step {
            afterwards: Some(Afterwards::Resend(id, file_id.clone())),
            ..plain(chat, update, (chat.place.page(Page::Video(Video::of(job)), context.now), Some(Notice::Resent)))
        },
        Some((job, _)) => {
            plain(chat, update, (chat.place.page(Page::Video(Video::of(job)), context.now), Some(Notice::CannotResend)))
        }
        None => stay(chat, update, Notice::OldButton),
    }
}

/// Everything that moves no credits and sends nothing: where to go, and what to say.
fn go(chat: &Chat, input: &Input, context: &Context<'_>) -> Turn {
    let place = &chat.place;
    let page = |page| (place.page(page, context.now), None);
    let begin = |draft: Draft| (begun(place, draft, context), None);
    let again = |change: fn(Draft) -> Draft| match context.job {
        Some(job) => {
            let draft = change(Draft::again(job, context.fresh, context.now, &context.settings.catalog));
            begin(draft)
        }
        None => (settled(place), Some(Notice::OldButton)),
    };
    match input {
        Input::Start | Input::Unblocked | Input::Tap(Tap::Menu | Tap::OpenMenu | Tap::Accept) => page(Page::Home),
        Input::Tap(Tap::Balance) => page(Page::Balance),
        Input::Tap(Tap::Help) => page(Page::Help),
        Input::Tap(Tap::Language) => page(Page::Language),
        Input::Tap(Tap::Videos) => page(Page::Videos(context.recent.iter().take(VIDEOS_SHOWN_MAX).map(Video::of).collect())),
        Input::Tap(Tap::Video(_)) => match context.job {
            Some(job) => page(Page::Video(Video::of(job))),
            None => (settled(place), Some(Notice::OldButton)),
        },
        Input::Tap(Tap::Again(_)) => again(|draft| draft),
        Input::Tap(Tap::Restyle(_)) => again(|draft| Draft { style: None, own_prompt: Default::default(), ..draft }),
        Input::Tap(Tap::NewPhoto(_)) => again(|draft| Draft { photo: None, ..draft }),
        Input::Tap(Tap::Reword(_)) => again(Draft::without_words),
        Input::Tap(Tap::Cancel) => match place.draft() {
            // What is paid for is not undone by a button: nothing is claimed about it.
            None => (Place::home(), Some(Notice::NothingToCancel)),
            Some(_) => (Place::home(), Some(Notice::Cancelled)),
        },
        Input::Tap(Tap::Discard(id)) => match place {
            Place::Ordered(placed) if placed.draft == *id => (Place::home(), Some(Notice::NothingToCancel)),
            _ if place.draft().is_some_and(|draft| draft.id == *id) => (Place::home(), Some(Notice::Cancelled)),
            _ => (settled(place), Some(Notice::OldButton)),
        },
        Input::Tap(Tap::Resume) => match place.draft() {
            Some(draft) => (ordering::ask(draft.clone(), context), None),
            None => (settled(place), Some(Notice::DraftGone)),
        },
        Input::Tap(Tap::StartNew) => match place {
            Place::Menu { page: Page::Another(draft), .. } => (ordering::ask((**draft).clone(), context), None),
            _ => (settled(place), Some(Notice::OldButton)),
        },
        Input::Tap(Tap::Create) => begin(Draft::begun(context.fresh, context.now)),
        input => match place {
            Place::Order { draft, question } => ordering::answer(draft, question, input, context),
            Place::Menu { .. } | Place::Ordered(_) => outside(place, input, context),
        },
    }
}

/// Another order begins; one that is open, and would be missed, is not thrown away without asking.
fn begun(place: &Place, draft: Draft, context: &Context<'_>) -> Place {
    if place.draft().is_some_and(Draft::has_content) {
        place.page(Page::Another(Box::new(draft)), context.now)
    } else {
        ordering::ask(draft, context)
    }
}

/// What is not about an open order, said outside one.
fn outside(place: &Place, input: &Input, context: &Context<'_>) -> Turn {
    match input {
        Input::Tap(Tap::Choose(kind)) => {
            let draft = Draft { kind: Some(*kind), ..Draft::begun(context.fresh, context.now) };
            (begun(place, draft.changed(context.now, &context.settings.catalog), context), None)
        }
        Input::Tap(_) => (settled(place), Some(Notice::OldButton)),
        Input::File => (settled(place), Some(Notice::NotAnImage)),
        _ => (settled(place), Some(Notice::ChooseAButton)),
    }
}

/// An order that is under way needs no screen of its own for whatever comes next.
pub(super) fn settled(place: &Place) -> Place {
    if matches!(place, Place::Ordered(_)) { Place::home() } else { place.clone() }
}

/// A step that writes the chat and does nothing else.
pub(super) fn plain(chat: &Chat, update: i64, (place, notice): Turn) -> Step {
    nothing(chat.at(update, place, notice))
}

/// A step that changes nothing.
fn nothing(chat: Chat) -> Step {
    Step { chat, change: ProfileChange::default(), order: vec![], afterwards: None, silence: None }
}

/// A step that only says something.
pub(super) fn stay(chat: &Chat, update: i64, notice: Notice) -> Step {
    plain(chat, update, (settled(&chat.place), Some(notice)))
}

/// A step that says nothing.
pub(super) fn quiet(chat: Chat, silence: Silence) -> Step {
    Step { silence: Some(silence), ..nothing(Chat { silence: Some(silence), ..chat }) }
}
