//! The invariants of money, checked in production: for everybody whose job a sweep touched, and in a daily pass for everybody.
//!
//! Nothing is mended here. A violation is a line in the log, which an alarm counts, and a person's work.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use adapters::{
    clock::Clock,
    table::{Pass, Table, TableError, user_hash},
};
use domain::{ids::UserId, invariants::Violation};
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

/// The message of a violation's log line; the template's metric filter counts these.
pub const INVARIANT_VIOLATED: &str = "money invariant violated";
/// People checked because a sweep touched their jobs, at most; the daily pass comes to the others.
const PEOPLE_CHECKED_A_SWEEP: usize = 100;
/// People read side by side.
const PEOPLE_AT_ONCE: usize = 16;
/// A person's items are read page by page, not at one moment: what looks broken is read again after this long.
const CONFIRM_AFTER: Duration = Duration::from_secs(1);
/// From the beginning of one pass over every account to that of the next.
const PASS_EVERY: Duration = Duration::from_secs(24 * 3600);
/// Items of the table that one page of the pass goes over, accounts and others.
pub const PASS_PAGE_ITEMS: u16 = 250;
/// Pages in one sweep: with one a minute, three million items a day.
const PAGES_A_SWEEP: usize = 8;

/// What it takes to check the invariants.
#[derive(Debug)]
pub(crate) struct Invariants {
    table: Table,
    clock: Clock,
    /// No pass begins before this second, as far as this process has read: so an idle sweep need not ask.
    quiet_until: AtomicI64,
}

/// What was found of whom.
type Found = BTreeMap<UserId, Vec<Violation>>;

impl Invariants {
    pub(crate) fn new(table: Table, clock: Clock) -> Self {
        Self { table, clock, quiet_until: AtomicI64::new(i64::MIN) }
    }

    /// Checks these people, then goes on with the pass over everybody, until `deadline` at most. Cutting it short loses nothing:
    /// it only reads, and the pass goes on where it was.
    pub(crate) async fn check(&self, touched: &[UserId], deadline: Instant) {
        let checks = async {
            let some = touched.get(..PEOPLE_CHECKED_A_SWEEP).unwrap_or(touched);
            if let Err(error) = self.violations_among(some).await {
                tracing::error!(people = some.len(), %error, "the invariants were not checked; the daily pass will check them");
            }
            match self.go_on_with_pass().await {
                Err(TableError::Stale) => tracing::info!("another sweep went on with the pass"),
                Err(error) => tracing::error!(%error, "the pass over every account is held up; the next sweep goes on"),
                Ok(()) => {}
            }
        };
        if tokio::time::timeout_at(deadline, checks).await.is_err() {
            tracing::warn!("no time was left to check the invariants");
        }
    }

    /// A few pages of the pass, if one is due or under way. Its place is written after each page: a page in whose middle the process
    /// dies is done again, and is counted once.
    async fn go_on_with_pass(&self) -> Result<(), TableError> {
        let now = self.clock.now();
        if now.as_second() < self.quiet_until.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut pass = match self.table.pass().await? {
            Some(under_way) if under_way.after.is_some() => under_way,
            Some(last) if now < last.began_at + PASS_EVERY => {
                self.rest_after(&last);
                return Ok(());
            }
            last => Pass { version: last.map_or(0, |last| last.version), began_at: now, after: None, accounts: 0, broken: 0 },
        };
        for _ in 0..PAGES_A_SWEEP {
            let page = self.table.accounts(pass.after.as_ref(), PASS_PAGE_ITEMS.into()).await?;
            pass.broken += self.violations_among(&page.users).await?;
            pass.accounts += u64::try_from(page.users.len()).unwrap_or_default();
            pass.after = page.next;
            pass.version += 1;
            self.table.save_pass(&pass).await?;
            if pass.after.is_none() {
                let Pass { began_at, accounts, broken, .. } = pass;
                tracing::info!(%began_at, accounts, broken, "the invariants were checked for every account");
                self.rest_after(&pass);
                break;
            }
        }
        Ok(())
    }

    fn rest_after(&self, last: &Pass) {
        self.quiet_until.store((last.began_at + PASS_EVERY).as_second(), Ordering::Relaxed);
    }

    /// How many violations there are of these people: those that are the same in two reads. Each is one log line, written when all are read.
    async fn violations_among(&self, people: &[UserId]) -> Result<u64, TableError> {
        let suspected = self.suspects(people).await?;
        if suspected.is_empty() {
            return Ok(0);
        }
        tokio::time::sleep(CONFIRM_AFTER).await;
        let again: Vec<UserId> = suspected.keys().copied().collect();
        let mut confirmed = 0;
        for (user, violations) in self.suspects(&again).await? {
            let suspected = suspected.get(&user).map(Vec::as_slice).unwrap_or_default();
            for violation in violations.iter().filter(|violation| suspected.contains(violation)) {
                tracing::error!(user_hash = user_hash(user), invariant = violation.invariant(), %violation, "{INVARIANT_VIOLATED}");
                confirmed += 1;
            }
        }
        Ok(confirmed)
    }

    /// What looks broken in one read of each. Somebody with an item that makes no sense cannot be checked; nobody else waits for it.
    async fn suspects(&self, people: &[UserId]) -> Result<Found, TableError> {
        let reads =
            stream::iter(people.iter().copied()).map(|user| async move { (user, self.table.account_snapshot(user).await) });
        let mut reads = reads.buffer_unordered(PEOPLE_AT_ONCE);
        let mut found = Found::new();
        while let Some((user, snapshot)) = reads.next().await {
            match snapshot.map(|snapshot| snapshot.violations()) {
                Ok(violations) if violations.is_empty() => {}
                Ok(violations) => drop(found.insert(user, violations)),
                Err(TableError::Unreadable { key, .. }) => {
                    tracing::error!(user_hash = user_hash(user), key, "an item cannot be read: the invariants cannot be checked");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}
