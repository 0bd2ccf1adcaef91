//! Checks the money invariants in production: after each sweep for the users whose jobs it touched, and once a day for every
//! account.
//!
//! The check only reads. Each violation is one ERROR line, which an alarm counts; an operator has to correct the data.

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

/// The message of a violation's log line. The metric filter in `infra/template.yaml` counts these lines.
pub const INVARIANT_VIOLATED: &str = "money invariant violated";
/// Most users checked because a sweep touched their jobs. The daily pass checks the others.
const USERS_CHECKED_PER_SWEEP_MAX: usize = 100;
/// Most users whose items are read concurrently.
const USERS_AT_ONCE: usize = 16;
/// The pause before a suspected violation is read again. A user's items are read page by page, so a write between two pages can
/// seem to be a violation.
const CONFIRM_AFTER: Duration = Duration::from_secs(1);
/// The time from the beginning of one pass over every account to the beginning of the next pass.
const PASS_INTERVAL: Duration = Duration::from_secs(24 * 3600);
/// Items of the table, accounts and others, that one page of the pass scans.
pub const PASS_PAGE_ITEMS: u16 = 250;
/// Most pages in one sweep. With one sweep a minute the pass scans almost three million items a day.
const PAGES_PER_SWEEP_MAX: usize = 8;

/// The checker of the money invariants.
#[derive(Debug)]
pub(crate) struct Invariants {
    table: Table,
    clock: Clock,
    /// The epoch second before which no pass begins, as this process last read it. Until then a sweep does not read the pass.
    next_pass_secs: AtomicI64,
}

/// The violations by user.
type Found = BTreeMap<UserId, Vec<Violation>>;

impl Invariants {
    /// Builds the checker.
    pub(crate) fn new(table: Table, clock: Clock) -> Self {
        Self { table, clock, next_pass_secs: AtomicI64::new(i64::MIN) }
    }

    /// Checks the touched users, then continues the pass over every account, until `deadline` at most. The deadline loses no
    /// work: the check only reads, and the next sweep continues the pass at its stored position.
    pub(crate) async fn check(&self, touched: &[UserId], deadline: Instant) {
        let checks = async {
            let some = touched.get(..USERS_CHECKED_PER_SWEEP_MAX).unwrap_or(touched);
            if let Err(error) = self.violations_among(some).await {
                tracing::error!(users = some.len(), %error, "the swept users were not checked; the daily pass checks them");
            }
            match self.go_on_with_pass().await {
                Err(TableError::Stale) => tracing::info!("another sweep continued the pass over every account"),
                Err(error) => tracing::error!(%error, "the pass over every account stopped; the next sweep continues it"),
                Ok(()) => {}
            }
        };
        if tokio::time::timeout_at(deadline, checks).await.is_err() {
            tracing::warn!("no time was left to check the invariants; the next sweep continues");
        }
    }

    /// Checks the next pages of the pass, if a pass is due or under way. The position is stored after each page. If the process
    /// dies within a page, the next sweep checks that page again, and counts it once.
    async fn go_on_with_pass(&self) -> Result<(), TableError> {
        let now = self.clock.now();
        if now.as_second() < self.next_pass_secs.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut pass = match self.table.pass().await? {
            Some(under_way) if under_way.after.is_some() => under_way,
            Some(last) if now < last.began_at + PASS_INTERVAL => {
                self.idle_until_next(&last);
                return Ok(());
            }
            last => Pass { version: last.map_or(0, |last| last.version), began_at: now, after: None, accounts: 0, broken: 0 },
        };
        for _ in 0..PAGES_PER_SWEEP_MAX {
            let page = self.table.accounts(pass.after.as_ref(), PASS_PAGE_ITEMS.into()).await?;
            pass.broken += self.violations_among(&page.users).await?;
            pass.accounts += u64::try_from(page.users.len()).unwrap_or_default();
            pass.after = page.next;
            pass.version += 1;
            self.table.save_pass(&pass).await?;
            if pass.after.is_none() {
                let Pass { began_at, accounts, broken, .. } = pass;
                tracing::info!(%began_at, accounts, broken, "the invariants were checked for every account");
                self.idle_until_next(&pass);
                break;
            }
        }
        Ok(())
    }

    /// Makes this process skip the pass until the next one is due.
    fn idle_until_next(&self, last: &Pass) {
        self.next_pass_secs.store((last.began_at + PASS_INTERVAL).as_second(), Ordering::Relaxed);
    }

    /// Counts the violations of these users and logs one line for each. A violation counts if two reads, a pause apart, both show
    /// it.
    async fn violations_among(&self, users: &[UserId]) -> Result<u64, TableError> {
        let suspected = self.suspects(users).await?;
        if suspected.is_empty() {
            return Ok(0);
        }
        tokio::time::sleep(CONFIRM_AFTER).await;
        let again: Vec<UserId> = suspected.keys().copied().collect();
        let mut confirmed = 0;
        for (user, violations) in self.suspects(&again).await? {
            let suspected = suspected.get(&user).map(Vec::as_slice).unwrap_or_default();
            for violation in violations.iter().filter(|violation| suspected.contains(violation)) {
                let (user_hash, invariant) = (user_hash(user), violation.invariant());
                tracing::error!(user_hash, invariant, %violation, "{INVARIANT_VIOLATED}");
                confirmed += 1;
            }
        }
        Ok(confirmed)
    }

    /// The violations that one read of each user shows. A user with an unreadable item is logged and skipped; the others are
    /// checked.
    async fn suspects(&self, users: &[UserId]) -> Result<Found, TableError> {
        let reads =
            stream::iter(users.iter().copied()).map(|user| async move { (user, self.table.account_snapshot(user).await) });
        let mut reads = reads.buffer_unordered(USERS_AT_ONCE);
        let mut found = Found::new();
        while let Some((user, snapshot)) = reads.next().await {
            match snapshot.map(|snapshot| snapshot.violations()) {
                Ok(violations) if violations.is_empty() => {}
                Ok(violations) => drop(found.insert(user, violations)),
                Err(TableError::Unreadable { key, .. }) => {
                    tracing::error!(
                        user_hash = user_hash(user),
                        key,
                        "an item cannot be read; the invariants of its user were not checked"
                    );
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}
