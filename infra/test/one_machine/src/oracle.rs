//! The oracle: compares the program's table with what this process saw of the chats and of KIE.

use std::{collections::BTreeSet, fmt, time::Duration};

use adapters::{clock::Clock, config::Env, rng::Rng, table::Table, wire::Wire};
use app::Setup;
use domain::{credits::Balance, ids::UserId, job::Job};
use fakes::telegram::Telegram;
use ops::{audit::audit, context::OpsContext};

use crate::{Machine, Orders, outside::WELCOME_CREDITS};

/// How often open jobs are counted.
const COUNT_EVERY: Duration = Duration::from_millis(500);
/// How long the oracle waits after the last job has ended.
const SETTLED_AFTER: Duration = Duration::from_secs(30);

/// What the oracle found. Every number but the first four has to be 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Orders that a seller confirmed.
    pub confirmed: u64,
    /// Orders whose film is in the chat and was paid.
    pub delivered: u64,
    /// Orders whose credits came back.
    pub refunded: u64,
    /// Films that arrived more than once, or although their order was refunded: a death between a send and its record.
    pub again: u64,
    /// Jobs that have not ended.
    pub open: u64,
    /// Credits that were taken and for which there is neither a film nor a refund.
    pub lost: i64,
    /// Credits that nobody gave.
    pub minted: i64,
    /// Confirmed orders without a job.
    pub missing: u64,
    /// Refunds of which the chat says nothing.
    pub silent: u64,
    /// Violations of the invariants of money.
    pub violations: u64,
}

impl Findings {
    /// Whether no credit and no order is lost, and no credit is minted.
    #[must_use]
    pub fn is_right(&self) -> bool {
        (self.open, self.lost, self.minted, self.missing, self.silent, self.violations) == (0, 0, 0, 0, 0, 0)
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { confirmed, delivered, refunded, again, open, lost, minted, missing, silent, violations } = self;
        write!(
            f,
            "{confirmed} orders confirmed: {delivered} delivered, {refunded} refunded, {again} films again; {lost} credits lost, \
             {minted} minted, {open} jobs open, {missing} orders missing, {silent} refunds not said, {violations} violations"
        )
    }
}

/// Waits until every job has ended, up to `patience`, and compares. `people` are the sellers with their orders.
///
/// # Errors
/// The table cannot be read.
pub async fn examine(
    machine: &Machine,
    telegram: &Telegram,
    people: &[(i64, Orders)],
    patience: Duration,
) -> Result<Findings, String> {
    let env = Env::from_map(machine.operator_settings().map_err(|error| error.to_string())?);
    let wire = Wire::internet().map_err(|error| error.to_string())?;
    let setup = Setup::new(env, wire, Clock::system(), Rng::system()).await.map_err(|error| error.to_string())?;
    let table = setup.services().table().map_err(|error| error.to_string())?;
    let end = tokio::time::Instant::now() + patience;
    let mut ended_since = None;
    loop {
        let mut findings = Findings::default();
        for (person, orders) in people {
            add(&mut findings, &table, telegram, *person, orders).await?;
        }
        // What a message has yet to say is said soon after the last job has ended.
        if findings.open > 0 {
            ended_since = None;
        }
        let since: tokio::time::Instant = *ended_since.get_or_insert_with(tokio::time::Instant::now);
        let is_settled = since.elapsed() > SETTLED_AFTER && findings.open == 0;
        if findings.is_right() || is_settled || tokio::time::Instant::now() > end {
            let audited = audit(&OpsContext::new(&setup, "the oracle")).await.map_err(|error| error.to_string())?;
            findings.violations = count(audited.broken.len() + audited.unreadable.len());
            return Ok(findings);
        }
        tokio::time::sleep(COUNT_EVERY).await;
    }
}

async fn add(findings: &mut Findings, table: &Table, telegram: &Telegram, person: i64, orders: &Orders) -> Result<(), String> {
    let user = UserId(person);
    let jobs = table.jobs(user).await.map_err(|error| error.to_string())?;
    let Balance(balance) = table.balance(user).await.map_err(|error| error.to_string())?;
    let is = |job: &&Job, state: &str| job.state.name() == state;
    let delivered: Vec<&Job> = jobs.iter().filter(|job| is(job, "delivered")).collect();
    let refunded = jobs.iter().filter(|job| is(job, "failed")).count();
    let videos = telegram.videos(person).len();
    // The films and refunds that a person has must account for every credit.
    let paid: i64 = delivered.iter().map(|job| i64::from(job.order.price.0)).sum();
    let difference = i64::from(WELCOME_CREDITS) - paid - balance;
    let open: i64 =
        jobs.iter().filter(|job| !is(job, "delivered") && !is(job, "failed")).map(|job| i64::from(job.order.price.0)).sum();
    findings.confirmed += u64::from(orders.confirmed());
    findings.delivered += count(delivered.len());
    findings.refunded += count(refunded);
    findings.again += count(videos.saturating_sub(delivered.len()));
    findings.open += count(jobs.len() - delivered.len() - refunded);
    // A paid film that is not in the chat is a lost credit too.
    let absent = i64::try_from(delivered.len().saturating_sub(videos)).unwrap_or(i64::MAX);
    findings.lost += (difference - open).max(0) + absent;
    findings.minted += (open - difference).max(0);
    findings.missing += u64::from(orders.confirmed()).saturating_sub(count(jobs.len()));
    findings.silent += count(refunded.saturating_sub(said_back(telegram, person)));
    Ok(())
}

/// The status messages that say that credits are back.
fn said_back(telegram: &Telegram, person: i64) -> usize {
    let said: BTreeSet<i64> = telegram
        .chat(person)
        .iter()
        .filter(|line| line.to_string().contains("credit is back") || line.to_string().contains("are back"))
        .map(|line| line.message_id)
        .collect();
    said.len()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
