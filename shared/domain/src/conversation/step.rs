//! One step of the conversation: first the gates, then the menu. [`super::ordering`] has the steps in an open draft.

use jiff::Timestamp;

use super::{
    chat::{Chat, Page, Place, Placed, Silence},
    context::{Context, Standing},
    draft::{Draft, Question},
    input::{Input, Tap},
    limits::{DRAFT_KEPT, UPDATES_A_MINUTE_MAX},
    notice::Notice,
    ordering,
    outcome::{AfterCommit, Destination, Step, nothing, plain, quiet, stay},
    videos::{VIDEOS_SHOWN_MAX, Video},
};
use crate::{
    credits::{self, Credits},
    ids::{DraftId, JobId},
    job::{Job, Order, State},
    limits::{Allowance, Limit},
};

/// The decision of the conversation about one input.
#[must_use]
pub fn step(chat: &Chat, update: i64, input: &Input, context: &Context<'_>) -> Step {
    let (chat, pace) = (&without_old_draft(chat, context.now), chat.pace.with_one_more(context.now));
    let mut stepped = match pace.updates {
        ..=UPDATES_A_MINUTE_MAX => gates(chat, update, input, context),
        n if n == UPDATES_A_MINUTE_MAX + 1 => stay(chat, update, Notice::TooFast),
        // In a flood the chat is not written, so it still answers a redelivery of the last update before the flood.
        _ => return Step { silence: Some(Silence::Flood), ..nothing(chat.clone()) },
    };
    stepped.chat.pace = pace;
    stepped
}

/// The chat without a left draft older than [`DRAFT_KEPT`].
fn without_old_draft(chat: &Chat, now: Timestamp) -> Chat {
    match &chat.place {
        Place::Menu { page, left: Some(draft) } if now > draft.touched_at + DRAFT_KEPT => {
            Chat { place: Place::Menu { page: page.clone(), left: None }, ..chat.clone() }
        }
        _ => chat.clone(),
    }
}

/// The checks before the conversation itself: a block, a return after a block, the terms.
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
        // After an order the greeting would show an outdated balance.
        if step.order.is_empty() {
            step.chat.notice = step.chat.notice.or(Some(Notice::WelcomeBack(context.profile.balance)));
        }
    } else if context.standing == Standing::Newcomer && !matches!(step.chat.place, Place::Menu { page: Page::Consent, .. }) {
        welcomed(&mut step, context);
    }
    step
}

/// The step of a seller who has not accepted the terms yet.
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

/// Adds the greeting of a new seller to a step: the balance, and the example videos.
fn welcomed(step: &mut Step, context: &Context<'_>) {
    let balance = context.profile.balance;
    // A seller imported from another bot has an account, and a balance above the welcome credits.
    let is_new = context.standing == Standing::Newcomer || balance <= context.settings.welcome;
    let greeting = if is_new { Notice::Welcome(balance) } else { Notice::WelcomeBack(balance) };
    step.chat.notice = step.chat.notice.or(Some(greeting));
    if !context.settings.examples.is_empty() {
        step.after_commit = step.after_commit.take().or(Some(AfterCommit::Examples));
    }
}

fn conversation(chat: &Chat, update: i64, input: &Input, context: &Context<'_>) -> Step {
    match input {
        Input::Tap(Tap::Confirm(id, revision)) => confirm(chat, update, (*id, *revision), context),
        Input::Tap(Tap::Speak(locale)) => {
            // The choice of a language leads back to an open draft.
            let destination = match chat.place.draft() {
                Some(draft) => ordering::ask(draft.clone(), context),
                None => (Place::home(), None),
            };
            let mut step = plain(chat, update, destination);
            step.change.locale = Some(*locale);
            step
        }
        Input::Tap(Tap::Resend(id)) => resend(chat, update, *id, context),
        Input::Image(upload) => ordering::image(chat, update, upload, context),
        _ => plain(chat, update, go(chat, input, context)),
    }
}

/// The step for the confirm button. It orders only the draft and revision of the button, at the quoted price.
fn confirm(chat: &Chat, update: i64, button: (DraftId, u32), context: &Context<'_>) -> Step {
    let Place::Order { draft, question: Question::Summary } = &chat.place else {
        return match &chat.place {
            // A second tap: a notice says that the videos are already being made, unless the job has ended.
            Place::Ordered(placed) if placed.draft == button.0 && !context.job.is_some_and(Job::has_ended) => {
                plain(chat, update, (chat.place.clone(), Some(Notice::AlreadyOrdered)))
            }
            // The seller left this summary: it is shown again, and nothing is charged yet.
            place => match place.draft().filter(|draft| (draft.id, draft.revision) == button) {
                Some(draft) => plain(chat, update, ordering::ask(draft.clone(), context)),
                None => stay(chat, update, Notice::OldButton),
            },
        };
    };
    if (draft.id, draft.revision) != button {
        return stay(chat, update, Notice::OldButton);
    }
    let Some((placed, orders)) = orders(draft, context) else {
        // The catalog no longer offers a choice of this draft: its question is asked again.
        let (place, flawed) = ordering::ask(draft.clone(), context);
        return plain(chat, update, (place, flawed.or(Some(Notice::OldButton))));
    };
    let price: u32 = orders.iter().map(|order| order.price.0).sum();
    if credits::afford(context.profile.balance, Credits(price)).is_err() {
        return stay(chat, update, Notice::NotEnoughCredits(Credits(price)));
    }
    let allowance = match allowance(&orders, context) {
        Ok(allowance) => allowance,
        Err(limit) => return refused(chat, update, limit, context),
    };
    let job = |(n, order): (u8, Order)| {
        let (id, price) = (JobId { draft: draft.id, n }, order.price);
        let job = Job::confirmed(context.user, id, order, context.now, context.rules);
        (job, credits::charge(context.user, id, price, context.now))
    };
    let order = (1..).zip(orders).map(job).collect();
    let mut step = Step { order, allowance: Some(allowance), ..plain(chat, update, (Place::Ordered(placed), None)) };
    step.chat.status_message = context.message;
    step
}

/// What the order is held against. The transaction compares it with the counts of the day, which a step does not read; its
/// refusal comes back with the next decision.
fn allowance(orders: &[Order], context: &Context<'_>) -> Result<Allowance, Limit> {
    let count = |items: usize| u32::try_from(items).unwrap_or(u32::MAX);
    let (videos, open) = (count(orders.len()), count(context.profile.open_jobs.len()));
    let allowance = context.settings.limits.allowance(videos, open, context.profile.buyer())?;
    context.refused.map_or(Ok(allowance), Err)
}

/// The step that refuses an order for a limit: the draft stays, and nothing is charged.
fn refused(chat: &Chat, update: i64, limit: Limit, context: &Context<'_>) -> Step {
    let limits = &context.settings.limits;
    let notice = match limit {
        Limit::OpenOrders => Notice::TooManyOpen(usize::try_from(limits.open_orders).unwrap_or(usize::MAX)),
        Limit::OrdersADay => Notice::TooManyToday(limits.orders_a_day),
        Limit::RefundsADay => Notice::TooManyRefunds(limits.refunds_a_day),
        Limit::FilmsADay | Limit::GiftsADay => Notice::NoVideosLeft,
    };
    Step { refused: Some(limit), ..stay(chat, update, notice) }
}

/// The orders of a draft's jobs, one for each video; `None` if an answer is missing or no longer offered.
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

/// The step for the button that sends a delivered video again, for free.
fn resend(chat: &Chat, update: i64, id: JobId, context: &Context<'_>) -> Step {
    match context.job.map(|job| (job, &job.state)) {
        Some((job, State::Delivered { file_id: Some(file_id), .. })) => Step {
            after_commit: Some(AfterCommit::Resend(id, file_id.clone())),
            ..plain(chat, update, (chat.place.page(Page::Video(Video::of(job)), context.now), Some(Notice::Resent)))
        },
        Some((job, _)) => {
            plain(chat, update, (chat.place.page(Page::Video(Video::of(job)), context.now), Some(Notice::CannotResend)))
        }
        None => stay(chat, update, Notice::OldButton),
    }
}

/// The destination of every other input: such a step charges nothing and sends no video.
fn go(chat: &Chat, input: &Input, context: &Context<'_>) -> Destination {
    let place = &chat.place;
    let page = |page| (place.page(page, context.now), None);
    let begin = |draft: Draft| begun(place, draft, context);
    let again = |change: fn(Draft) -> Draft| match context.job {
        Some(job) => {
            let draft = change(Draft::again(job, context.fresh, context.now, &context.settings.catalog));
            begin(draft)
        }
        None => (place.settled(), Some(Notice::OldButton)),
    };
    match input {
        Input::Start | Input::Unblocked | Input::Tap(Tap::Menu | Tap::OpenMenu | Tap::Accept) => page(Page::Home),
        Input::Tap(Tap::Balance) => page(Page::Balance),
        Input::Tap(Tap::Help) => page(Page::Help),
        Input::Tap(Tap::Language) => page(Page::Language),
        Input::Tap(Tap::Videos) => page(Page::Videos(context.recent.iter().take(VIDEOS_SHOWN_MAX).map(Video::of).collect())),
        Input::Tap(Tap::Video(_)) => match context.job {
            Some(job) => page(Page::Video(Video::of(job))),
            None => (place.settled(), Some(Notice::OldButton)),
        },
        Input::Tap(Tap::Again(_)) => again(|draft| draft),
        Input::Tap(Tap::Restyle(_)) => again(|draft| Draft { style: None, own_prompt: Default::default(), ..draft }),
        Input::Tap(Tap::NewPhoto(_)) => again(|draft| Draft { photo: None, ..draft }),
        Input::Tap(Tap::Reword(_)) => again(Draft::without_words),
        Input::Tap(Tap::Cancel) => match place.draft() {
            // A button cannot undo a paid order, so the notice does not claim that it was cancelled.
            None => (Place::home(), Some(Notice::NothingToCancel)),
            Some(_) => (Place::home(), Some(Notice::Cancelled)),
        },
        Input::Tap(Tap::Discard(id)) => match place {
            Place::Ordered(placed) if placed.draft == *id => (Place::home(), Some(Notice::NothingToCancel)),
            _ if place.draft().is_some_and(|draft| draft.id == *id) => (Place::home(), Some(Notice::Cancelled)),
            _ => (place.settled(), Some(Notice::OldButton)),
        },
        Input::Tap(Tap::Resume) => match place.draft() {
            Some(draft) => ordering::ask(draft.clone(), context),
            None => (place.settled(), Some(Notice::DraftGone)),
        },
        Input::Tap(Tap::StartNew) => match place {
            Place::Menu { page: Page::Another(draft), .. } => ordering::ask((**draft).clone(), context),
            _ => (place.settled(), Some(Notice::OldButton)),
        },
        Input::Tap(Tap::Create) => begin(Draft::begun(context.fresh, context.now)),
        input => match place {
            Place::Order { draft, question } => ordering::answer(draft, question, input, context),
            Place::Menu { .. } | Place::Ordered(_) => outside(place, input, context),
        },
    }
}

/// The place where a new draft begins. If the open draft has content, the seller chooses between the two.
fn begun(place: &Place, draft: Draft, context: &Context<'_>) -> Destination {
    if place.draft().is_some_and(Draft::has_content) {
        (place.page(Page::Another(Box::new(draft)), context.now), None)
    } else {
        ordering::ask(draft, context)
    }
}

/// The destination of an input that needs an open draft, while none is open.
fn outside(place: &Place, input: &Input, context: &Context<'_>) -> Destination {
    match input {
        Input::Tap(Tap::Choose(kind)) => {
            let draft = Draft { kind: Some(*kind), ..Draft::begun(context.fresh, context.now) };
            begun(place, draft.changed(context.now, &context.settings.catalog), context)
        }
        Input::Tap(_) => (place.settled(), Some(Notice::OldButton)),
        Input::File => (place.settled(), Some(Notice::NotAnImage)),
        Input::Heic => (place.settled(), Some(Notice::Heic)),
        _ => (place.settled(), Some(Notice::ChooseAButton)),
    }
}
