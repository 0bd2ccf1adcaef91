//! The confirm button, which pays.

use super::{
    chat::{Chat, Place, Placed},
    context::Context,
    draft::{Draft, Question},
    notice::Notice,
    ordering,
    outcome::{Step, plain, stay},
};
use crate::{
    credits::{self, Credits},
    ids::{DraftId, JobId},
    job::{Job, Order},
    limits::{Allowance, Limit},
};

/// The step for the confirm button. It orders only the draft and revision of the button, at the quoted price.
pub(super) fn confirm(chat: &Chat, update: i64, button: (DraftId, u32), context: &Context<'_>) -> Step {
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
    // The id follows from the failed job, so each finished video is ordered once.
    if draft.finished.is_some() && context.job.is_some() {
        return plain(chat, update, (Place::home(), Some(Notice::FinishedOnce)));
    }
    if draft.finished.as_ref().is_some_and(|finished| !finished.is_kept(context.now, context.rules)) {
        return plain(chat, update, (Place::home(), Some(Notice::FilmGone)));
    }
    let orders = Some(draft).filter(|draft| draft.is_settled(&context.settings.catalog)).and_then(|draft| orders(draft, context));
    let Some((placed, orders)) = orders else {
        // The catalog no longer offers what the summary shows: the order is shown again as it is now.
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
        let job = match &draft.finished {
            Some(finished) => Job::of_finished(context.user, id, order, finished, context.now, context.rules),
            None => Job::confirmed(context.user, id, order, context.now, context.rules),
        };
        (job, credits::charge(context.user, id, price, context.now))
    };
    let order = (1..).zip(orders).map(job).collect();
    let mut step = Step { order, allowance: Some(allowance), ..plain(chat, update, (Place::Ordered(placed), None)) };
    step.chat.status_message = context.message;
    step.chat.ordered_sources.clone_from(&draft.sources);
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
    if let Some(finished) = &draft.finished {
        let (price, locale) = (draft.quote?, context.profile.locale);
        let order = Order { price, locale, thread: context.thread, status_message: context.message, ..finished.order.clone() };
        let placed = Placed { draft: draft.id, kind: order.kind, style: order.style, count: 1, price, is_finished: true };
        return Some((placed, vec![order]));
    }
    let product = draft.product(&context.settings.catalog)?;
    let count = draft.count.filter(|count| product.counts.contains(count))?;
    let order = Order {
        brief: draft.brief(),
        price: draft.quote?,
        count,
        secs: Some(product.length(draft.secs).secs),
        frame: Some(product.frame(draft.frame)),
        thread: context.thread,
        status_message: context.message,
        ..Order::of_one(product, draft.photo.clone()?, context.profile.locale)
    };
    let price = order.price.times(count)?;
    let placed = Placed { draft: draft.id, kind: product.kind, style: product.style, count, price, is_finished: false };
    Some((placed, vec![order; usize::from(count)]))
}
