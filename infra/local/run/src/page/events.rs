//! Sends the page what has changed, by server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{Path, State},
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};

use super::{NoSuchPerson, Shared, contact};

/// How often the page is checked for changes. It is the longest delay of a change on the page.
const CHECK_EVERY: Duration = Duration::from_millis(120);

/// An event "chat" after each change of the chat, and an event "behind" after each call.
pub(super) async fn events(
    State(app): Shared,
    Path(id): Path<i64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, NoSuchPerson> {
    let contact = contact(&app, id)?;
    // The first check differs from both, so the page is brought up to date after every reconnection.
    let seen = (usize::MAX, usize::MAX);
    let changes = stream::unfold((app, contact, seen), |(app, contact, seen)| async move {
        loop {
            let changes = app.chats.as_ref().map_or(0, |chats| chats.telegram.changes(contact.person.id()));
            let now = (changes, app.calls.count());
            if now.0 != seen.0 {
                return Some((Ok(Event::default().event("chat").data("changed")), (app, contact, (now.0, seen.1))));
            }
            if now.1 != seen.1 {
                return Some((Ok(Event::default().event("behind").data("changed")), (app, contact, now)));
            }
            tokio::time::sleep(CHECK_EVERY).await;
        }
    });
    Ok(Sse::new(changes).keep_alive(KeepAlive::default()))
}
