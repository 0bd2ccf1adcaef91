//! One step of the conversation.

use jiff::Timestamp;

use super::{Chat, Draft, Input, Place, Profile, RECENT_UPDATES_MAX, Tap, Upload};
use crate::{
    catalog::{Catalog, Kind, PhotoInput},
    credits::{self, Entry},
    ids::{DraftId, JobId, UserId},
    job::{Job, Order, Photo},
    rules::Rules,
    texts::Notice,
};

/// Largest file the bot can download: Telegram's getFile stops at 20 MB.
pub const DOWNLOAD_MAX_BYTES: u64 = 20_000_000;

/// What a step may look at. Time and the fresh id are given, never drawn.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Who it is.
    pub user: UserId,
    /// Their account.
    pub profile: &'a Profile,
    /// The job that the tapped button is about, if it is theirs and exists.
    pub job: Option<&'a Job>,
    /// What can be ordered.
    pub catalog: &'a Catalog,
    /// The protocol's times, for the jobs that are created.
    pub rules: &'a Rules,
    /// An id nobody has used, should a draft begin.
    pub fresh: DraftId,
    /// Now.
    pub now: Timestamp,
}

/// What a step decided: the chat to write, and the jobs to charge and create in the same transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The chat after the step.
    pub chat: Chat,
    /// Jobs that were confirmed, each with its charge.
    pub order: Vec<(Job, Entry)>,
}

/// Whether a chat has already handled this update.
impl Chat {
    /// True if this update was handled before: show the screen again, step no further.
    #[must_use]
    pub fn has_seen(&self, update: i64) -> bool {
        self.recent_updates.contains(&update)
    }

    /// The chat after this update, at another place.
    fn at(&self, update: i64, place: Place, notice: Option<Notice>) -> Self {
        let mut recent_updates = self.recent_updates.clone();
        recent_updates.push(update);
        let excess = recent_updates.len().saturating_sub(RECENT_UPDATES_MAX);
        recent_updates.drain(..excess);
        Self { version: self.version + 1, recent_updates, place, notice }
    }
}

/// What one input makes of a chat.
#[must_use]
pub fn step(chat: &Chat, update: i64, input: &Input, context: &Context<'_>) -> Step {
    if let (Input::Tap(Tap::Confirm(id, revision)), Place::Summary { draft }) = (input, &chat.place)
        && draft.id == *id
        && draft.revision == *revision
    {
        return confirm(chat, update, draft, context);
    }
    let (place, notice) = go(chat, input, context);
    Step { chat: chat.at(update, place, notice), order: vec![] }
}

/// The tap that pays: only for the draft it was shown under.
fn confirm(chat: &Chat, update: i64, draft: &Draft, context: &Context<'_>) -> Step {
    if credits::afford(context.profile.balance, draft.price).is_err() {
        let notice = Some(Notice::NotEnoughCredits(draft.price));
        return Step { chat: chat.at(update, Place::Home, notice), order: vec![] };
    }
    let order = Order {
        kind: draft.kind,
        product: draft.product.clone(),
        photo: draft.photo.clone(),
        price: draft.price,
        locale: context.profile.locale,
    };
    let id = JobId { draft: draft.id, n: 1 };
    let job = Job::confirmed(context.user, id, order, context.now, context.rules);
    let charge = credits::charge(context.user, id, draft.price, context.now);
    Step { chat: chat.at(update, Place::Ordered { draft: draft.clone() }, None), order: vec![(job, charge)] }
}

/// Everything that moves no credits: where to go, and what to say.
fn go(chat: &Chat, input: &Input, context: &Context<'_>) -> (Place, Option<Notice>) {
    let stay = |notice| (settled(&chat.place), Some(notice));
    match input {
        Input::Start | Input::Tap(Tap::Menu) => (Place::Home, None),
        Input::Balance | Input::Tap(Tap::Balance) => (Place::Home, Some(Notice::Balance)),
        Input::Cancel | Input::Tap(Tap::Cancel) => match chat.place {
            // What is paid for is not undone by a button: nothing is claimed about it.
            Place::Home | Place::Ordered { .. } => (Place::Home, Some(Notice::NothingToCancel)),
            Place::AskPhoto { .. } | Place::AskKind { .. } | Place::Summary { .. } => (Place::Home, Some(Notice::Cancelled)),
        },
        Input::Tap(Tap::Choose(kind)) => choose(chat, *kind, context),
        Input::Tap(Tap::Again(_)) => match context.job {
            Some(job) => begin(job.order.kind, job.order.photo.clone(), context),
            None => stay(Notice::OldButton),
        },
        Input::Tap(Tap::Confirm(id, _)) => match &chat.place {
            // Tapped twice: it is already being made, and the screen says so; unless it has ended meanwhile.
            Place::Ordered { draft } if draft.id == *id && !context.job.is_some_and(Job::has_ended) => {
                (chat.place.clone(), Some(Notice::AlreadyOrdered))
            }
            _ => stay(Notice::OldButton),
        },
        Input::Tap(Tap::Unknown) => stay(Notice::OldButton),
        Input::Image(upload) => photo(chat, upload, context),
        Input::File => stay(Notice::NotAnImage),
        Input::Other if matches!(chat.place, Place::AskPhoto { .. }) => stay(Notice::SendAPhoto),
        Input::Other => (settled(&chat.place), None),
    }
}

/// An order that is under way needs no screen of its own for whatever comes next.
fn settled(place: &Place) -> Place {
    if matches!(place, Place::Ordered { .. }) { Place::Home } else { place.clone() }
}

/// A kind was chosen: with the photo already there it is a draft, else the photo is asked for.
fn choose(chat: &Chat, kind: Kind, context: &Context<'_>) -> (Place, Option<Notice>) {
    match &chat.place {
        Place::AskKind { photo } => begin(kind, photo.clone(), context),
        _ => (Place::AskPhoto { kind }, None),
    }
}

/// A photo came: into the order that is open, or as the beginning of one.
fn photo(chat: &Chat, upload: &Upload, context: &Context<'_>) -> (Place, Option<Notice>) {
    let kind = match &chat.place {
        Place::AskPhoto { kind } => Some(*kind),
        Place::Summary { draft } => Some(draft.kind),
        Place::Home | Place::AskKind { .. } | Place::Ordered { .. } => None,
    };
    let limits = kind.and_then(|kind| context.catalog.offer(kind)).or(context.catalog.products().first());
    if let Some(notice) = limits.and_then(|product| unusable(upload, &product.photo)) {
        return (settled(&chat.place), Some(notice));
    }
    match kind {
        Some(kind) => begin(kind, upload.photo.clone(), context),
        None => (Place::AskKind { photo: upload.photo.clone() }, None),
    }
}

/// Why a photo would fail, seen from its update alone.
fn unusable(upload: &Upload, limits: &PhotoInput) -> Option<Notice> {
    let max_bytes = limits.max_bytes.min(DOWNLOAD_MAX_BYTES);
    if upload.bytes.is_some_and(|bytes| bytes > max_bytes) {
        return Some(Notice::FileTooLarge(max_bytes / 1_000_000));
    }
    let (width, height) = upload.pixels?;
    let (short, long) = (width.min(height), width.max(height));
    if short < limits.min_side_px {
        return Some(Notice::PhotoTooSmall(limits.min_side_px));
    }
    (f64::from(long) > f64::from(short) * limits.max_aspect).then_some(Notice::PhotoTooNarrow)
}

/// A draft with everything in it. The catalog was checked to offer every kind; without an offer there is only the menu.
fn begin(kind: Kind, photo: Photo, context: &Context<'_>) -> (Place, Option<Notice>) {
    let Some(product) = context.catalog.offer(kind) else { return (Place::Home, None) };
    let draft = Draft { id: context.fresh, revision: 1, kind, product: product.id.clone(), photo, price: product.credits };
    (Place::Summary { draft }, None)
}
