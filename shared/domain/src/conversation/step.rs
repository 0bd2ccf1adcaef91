//! One step of the conversation: first the gates, then the menu. [`super::ordering`] has the steps in an open draft.

use jiff::Timestamp;

use super::{
    chat::{Chat, Page, Place, Silence},
    confirm,
    context::{Context, Standing},
    draft::{Draft, Question},
    edits, films,
    input::{Input, Tap},
    limits::{DRAFT_KEPT, UPDATES_A_MINUTE_MAX},
    notice::Notice,
    ordering,
    outcome::{AfterCommit, Destination, Step, nothing, plain, quiet, stay},
    refused,
    videos::{LedgerPage, OPERATIONS_SHOWN_MAX, Operation, VIDEOS_SHOWN_MAX, Video},
};
use crate::{
    credits::Credits,
    job::{Finished, Job},
};

/// The decision of the conversation about one input.
#[must_use]
pub fn step(chat: &Chat, update: i64, input: &Input, context: &Context<'_>) -> Step {
    let (chat, pace) =
        (&without_arrived_film(without_old_draft(chat, context.now), context.job), chat.pace.with_one_more(context.now));
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

/// The chat without the order of a finished film that is in the chat: the tap that proves this names the film's job.
fn without_arrived_film(chat: Chat, job: Option<&Job>) -> Chat {
    let arrived = job.filter(|job| job.making.arrived_unpaid).map(|job| job.id.replay());
    match chat.place.draft().and_then(|draft| draft.finished.as_ref()) {
        Some(finished) if Some(finished.id) == arrived => Chat { place: Place::home(), ..chat },
        _ => chat,
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
        refused::marked(conversation(chat, update, input, context), chat, input, context)
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
    // A chat that was not used for a week is forgotten, and an imported one was never used: consent shows who knows the bot.
    let is_first = chat.recent_updates.is_empty() && context.profile.consented_at.is_none();
    if is_first && step.silence.is_none() {
        let gift = if context.standing == Standing::Newcomer { context.profile.balance } else { Credits(0) };
        step.after_commit = step.after_commit.take().or(Some(AfterCommit::Greeting(gift)));
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
        Input::Edited(_) => quiet(chat.at(update, chat.place.clone(), chat.notice), Silence::UnchangedAnswer),
        _ => asked(Some(Notice::ConsentFirst)),
    }
}

/// Adds the notice of a new seller to a step: the balance.
fn welcomed(step: &mut Step, context: &Context<'_>) {
    let balance = context.profile.balance;
    // A seller imported from another bot has an account, and a balance above the welcome credits.
    let is_new = context.standing == Standing::Newcomer || balance <= context.settings.welcome;
    let greeting = if is_new { Notice::Welcome(balance) } else { Notice::WelcomeBack(balance) };
    step.chat.notice = step.chat.notice.or(Some(greeting));
}

fn conversation(chat: &Chat, update: i64, input: &Input, context: &Context<'_>) -> Step {
    match input {
        Input::Tap(Tap::Confirm(id, revision)) => confirm::confirm(chat, update, (*id, *revision), context),
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
        Input::Tap(Tap::Resend(id)) => films::resend(chat, update, *id, context),
        Input::Tap(Tap::AsFile(id)) => films::as_file(chat, update, *id, context),
        Input::Image(upload) => ordering::image(chat, update, upload, context),
        Input::Edited(edit) => match refused::corrected(chat, edit, context) {
            Some(input) => conversation(&Chat { refused_message: None, ..chat.clone() }, update, &input, context),
            None => edits::edited(chat, update, edit, context),
        },
        Input::Text(_) if refused::is_rest_of_text(chat, context) => {
            let mut step = quiet(chat.at(update, chat.place.clone(), chat.notice), Silence::RestOfText);
            step.chat.split_at = context.seller_message.map(|message| message.sent_at);
            step
        }
        _ => plain(chat, update, go(chat, input, context)),
    }
}

/// The destination of every other input: such a step charges nothing and sends no video.
fn go(chat: &Chat, input: &Input, context: &Context<'_>) -> Destination {
    let place = &chat.place;
    let page = |page| (place.page(page, context.now), None);
    let video = |job: &Job| Video::of(job, context.now, context.rules);
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
        Input::Tap(Tap::Videos | Tap::OlderVideos(_)) => {
            page(Page::Videos(context.recent.iter().take(VIDEOS_SHOWN_MAX + 1).map(video).collect()))
        }
        Input::Tap(Tap::Operations | Tap::OlderOperations(_)) => {
            let LedgerPage { entries, more } = context.ledger;
            page(Page::Operations(entries.iter().filter_map(Operation::of).take(OPERATIONS_SHOWN_MAX).collect(), *more))
        }
        Input::Tap(Tap::Video(_)) => match context.job {
            Some(job) => page(Page::Video(video(job))),
            None => (place.settled(), Some(Notice::OldButton)),
        },
        Input::Tap(Tap::Again(_)) => again(|draft| draft),
        Input::Tap(Tap::Restyle(_)) => asking(again(|draft| draft), &Question::Style, context),
        Input::Tap(Tap::NewPhoto(_)) => again(|draft| Draft { photo: None, ..draft }),
        Input::Tap(Tap::SendFinished(_)) => match context.job.map(|job| Finished::of(job, context.now, context.rules)) {
            Some(Some(finished)) => begin(Draft::of_finished(finished, context.now)),
            Some(None) if context.job.is_some_and(|job| job.making.arrived_unpaid) => {
                (place.settled(), Some(Notice::FilmArrived))
            }
            Some(None) => (place.settled(), Some(Notice::FilmGone)),
            None => (place.settled(), Some(Notice::OldButton)),
        },
        Input::Tap(Tap::Reword(_)) => asking(again(Draft::without_words), &Question::Wishes, context),
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
        Input::Tap(Tap::Create | Tap::More) => begin(Draft::begun(context.fresh, context.now)),
        input => match place {
            Place::Order { draft, question } => ordering::answer(draft, question, input, context),
            Place::Menu { .. } | Place::Ordered(_) => outside(place, input, context),
        },
    }
}

/// The destination with this question in place of the summary.
fn asking(destination: Destination, question: &Question, context: &Context<'_>) -> Destination {
    match destination {
        (Place::Order { draft, question: Question::Summary }, notice) if context.job.is_some() => {
            (ordering::at(draft, question.clone(), context), notice)
        }
        other => other,
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
