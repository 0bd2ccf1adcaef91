//! A seller who orders one film after another, also while the program is down: then the updates wait at Telegram.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use fakes::{film::sketch_photo, telegram::Person};

/// How often the chat is read while a seller waits for a button.
const READ_EVERY: Duration = Duration::from_millis(20);
/// Longest that a seller waits for a button before the way begins anew.
const BUTTON_MAX: Duration = Duration::from_secs(20);

/// The orders that a seller has confirmed.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    confirmed: Arc<AtomicU32>,
    is_over: Arc<AtomicBool>,
}

impl Orders {
    /// The number of orders that were confirmed.
    #[must_use]
    pub fn confirmed(&self) -> u32 {
        self.confirmed.load(Ordering::Relaxed)
    }

    /// Ends the seller after the current step.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

/// Orders Neurocards until the orders are ended, with this pause between two orders.
pub async fn order_until(person: Person, orders: Orders, pause: Duration) {
    person.say("/start").await;
    let mut before = String::new();
    while !orders.is_over() {
        if let Some(confirmed) = order(&person, &orders, &before).await {
            before = confirmed;
        }
        tokio::time::sleep(pause).await;
    }
}

/// Orders once. Returns the data of the button that was tapped.
async fn order(person: &Person, orders: &Orders, before: &str) -> Option<String> {
    person.say("/start").await;
    let make = button(person, "make:neurocard", "").await?;
    person.tap(&make).await;
    person.send_photo(sketch_photo()).await;
    let confirm = button(person, "confirm:", before).await?;
    if orders.is_over() {
        return None;
    }
    if person.tap(&confirm).await.taken() {
        orders.confirmed.fetch_add(1, Ordering::Relaxed);
    }
    Some(confirm)
}

/// The data of the newest button that begins like this, other than `before`.
async fn button(person: &Person, data: &str, before: &str) -> Option<String> {
    let find = || {
        let chat = person.chat();
        let mut buttons = chat.iter().rev().flat_map(|line| line.keyboard.iter().flatten());
        buttons.find_map(|button| button.data.clone().filter(|found| found.starts_with(data) && found != before))
    };
    let end = tokio::time::Instant::now() + BUTTON_MAX;
    loop {
        match find() {
            Some(found) => return Some(found),
            None if tokio::time::Instant::now() > end => return None,
            None => tokio::time::sleep(READ_EVERY).await,
        }
    }
}
