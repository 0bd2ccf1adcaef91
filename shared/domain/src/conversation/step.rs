//! One step of the conversation: the gates everybody passes, then the menu; an open order is in [`super::ordering`].

use jiff::Timestamp;

use super::{
    chat::{Chat, Page, Place, Placed, Silence},
    context::{Context, Standing},
    draft::{Draft, Question},
    input::{Input, Tap},
    limits::{DRAFT_KEPT, OPEN_JOBS_MAX, UPDATES_A_MINUTE_MAX},
    notice::Notice,
    ordering,
    outcome::{AfterCommit, Step, Turn, nothing, plain, quiet, stay},
    videos::{VIDEOS_SHOWN_MAX, Video},
};
use crate::{
    credits::{self, Credits},
    ids::{DraftId, JobId},
    job::{Job, Order, State},
};

/// What one input makes of a chat.
#[must_use]
pub fn step(chat: &Chat, update: i64, input: &Input, context: &Context<'_>) -> Step {
    let (chat, pace) = (&without_old_draft(chat, context.now), chat.pace.with_one_more(context.now));
    let mut stepped = match pace.updates {
        ..=UPDATES_A_MINUTE_MAX => gates(chat, update, input, context),
        n if n == UPDATES_A_MINUTE_MAX + 1 => stay(chat, update, Notice::TooFast),
        // Not written: what is shown, or not, to a repeated update is that of the last one before the flood.
        _ => return Step { silence: Some(Silence::Flood), ..nothing(chat.clone()) },
    };
    stepped.chat.pace = pace;
    stepped
}

/// A draft that was left a day ago is gone.
fn without_old_draft(chat: &Chat, now: Timestamp) -> Chat {
    match &chat.place {
        Place::Menu { page, left: Some(draft) } if now > draft.touched_at + DRAFT_KEPT => {
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
        step.after_commit = step.after_commit.take().or(Some(AfterCommit::Examples));
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
            after_commit: Some(AfterCommit::Resend(id, file_id.clone())),
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
            // What is paid for is not undone by a button: nothing is claimed about it.
            None => (Place::home(), Some(Notice::NothingToCancel)),
            Some(_) => (Place::home(), Some(Notice::Cancelled)),
        },
        Input::Tap(Tap::Discard(id)) => match place {
            Place::Ordered(placed) if placed.draft == *id => (Place::home(), Some(Notice::NothingToCancel)),
            _ if place.draft().is_some_and(|draft| draft.id == *id) => (Place::home(), Some(Notice::Cancelled)),
            _ => (place.settled(), Some(Notice::OldButton)),
        },
        Input::Tap(Tap::Resume) => match place.draft() {
            Some(draft) => (ordering::ask(draft.clone(), context), None),
            None => (place.settled(), Some(Notice::DraftGone)),
        },
        Input::Tap(Tap::StartNew) => match place {
            Place::Menu { page: Page::Another(draft), .. } => (ordering::ask((**draft).clone(), context), None),
            _ => (place.settled(), Some(Notice::OldButton)),
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
        Input::Tap(_) => (place.settled(), Some(Notice::OldButton)),
        Input::File => (place.settled(), Some(Notice::NotAnImage)),
        _ => (place.settled(), Some(Notice::ChooseAButton)),
    }
}
