//! Sends the page what has changed, by server-sent events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Path, State},
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use tokio::time::Instant;

use super::{NoSuchPerson, Shared, Subject, making, shared, subject};
use crate::App;

/// How often the page is checked for changes. It is the longest delay of a change in the chat.
const CHECK_EVERY: Duration = Duration::from_millis(120);
/// The least time between two refreshes of what is behind the chat.
const BEHIND_EVERY: Duration = Duration::from_millis(250);

type Changed<T> = Option<T>;

/// What a page has seen.
struct Watch {
    app: Arc<App>,
    subject: Subject,
    chat: Changed<usize>,
    behind: Changed<(usize, usize)>,
    behind_at: Option<Instant>,
    shared: Changed<(u64, u64, usize, Duration)>,
    shared_at: Option<Instant>,
    making: Changed<String>,
}

/// An event "chat" after each change of the chat, "behind" after each change of the person's part, "shared" after each change of the part
/// that all pages have, and "making" with the progress of the films. After a reconnection the page gets each of them once.
pub(super) async fn events(
    State(app): Shared,
    Path(id): Path<i64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, NoSuchPerson> {
    let subject = subject(&app, id)?;
    let (behind_at, shared_at) = (None, None);
    let watch = Watch { app, subject, chat: None, behind: None, behind_at, shared: None, shared_at, making: None };
    let changes = stream::unfold(watch, |mut watch| async move {
        loop {
            // A page is of no use in the middle of a skip, and its checks would slow the skip down.
            let app = watch.app.clone();
            app.skips.settled().await;
            if let Some(event) = watch.next() {
                return Some((Ok(event), watch));
            }
            tokio::time::sleep(CHECK_EVERY).await;
        }
    });
    Ok(Sse::new(changes).keep_alive(KeepAlive::default()))
}

impl Watch {
    /// The next event, if something has changed.
    fn next(&mut self) -> Option<Event> {
        let (app, id) = (&self.app, self.subject.id);
        let changed = |name: &str| Some(Event::default().event(name).data("changed"));
        if let Some(chats) = &app.chats {
            let chat = Some(chats.telegram.changes(id));
            if std::mem::replace(&mut self.chat, chat) != chat {
                return changed("chat");
            }
        }
        let making = making::making(app, id).0;
        if self.making.as_ref() != Some(&making) {
            self.making = Some(making.clone());
            // A browser drops an event without data, so the lines have an element around them.
            return Some(Event::default().event("making").data(format!("<div>{making}</div>")));
        }
        let is_due = |at: Option<Instant>| at.is_none_or(|at| at.elapsed() >= BEHIND_EVERY);
        let behind = Some((app.calls.count(id), app.history.count(id)));
        if self.behind != behind && is_due(self.behind_at) {
            (self.behind, self.behind_at) = (behind, Some(Instant::now()));
            return changed("behind");
        }
        let shared = Some(shared::version(app));
        if self.shared != shared && is_due(self.shared_at) {
            (self.shared, self.shared_at) = (shared, Some(Instant::now()));
            return changed("shared");
        }
        None
    }
}
