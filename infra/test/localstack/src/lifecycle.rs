//! The life of the stack itself: it is watched, updated in place, destroyed clean, brought back from the table that was kept, and
//! in the end nothing of it is left. By the operator's own commands, with people in it all the while.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use domain::{
    catalog::Kind,
    credits::{Credits, Entry},
    ids::UserId,
    job::{Job, State},
};
use scenarios::{ScenarioRun, expect::ensure};
use testkit::environment::{Listed, LocalStack, Removed, Seller, StackState, TestEnvironment};

use crate::report::Report;

/// What a new person gets after the update; the template's default is 2.
const NEW_WELCOME: u32 = 7;
/// What LocalStack gives as the id of a resource that it passes over.
const PASSED_OVER: &str = "unknown";
/// What goes with the function, bucket or queue it is part of, and has no list of its own.
const PARTS: [&str; 4] =
    ["AWS::Lambda::Permission", "AWS::Lambda::EventInvokeConfig", "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"];

/// Plays it, from the deployed stack to nothing. No other scenario has a stack after it.
pub async fn play(localstack: &LocalStack, run: ScenarioRun) -> Report {
    let result = played(localstack, &run).await;
    let verdict = result.as_ref().map_or_else(|failure| format!("FAILED: {failure}"), |()| "passed".to_owned());
    let remarks: String = run.remarks().iter().map(|remark| format!("  · {remark}\n")).collect();
    let title = "The stack: watched, updated in place, destroyed, back from its table, destroyed with it";
    Report { text: format!("── {title}\n{remarks}  {verdict}\n"), passed: result.is_ok() }
}

async fn played(localstack: &LocalStack, run: &ScenarioRun) -> Result<(), String> {
    let step = Step::begin();
    let first = localstack.inspect().await?;
    watched(&first)?;
    step.end(run, &format!("watched: {}, each on something that is there", first.seen));

    let step = Step::begin();
    listed_whole(&first, run)?;
    let seller = run.seller("Olga", "en").await?;
    ordered(&seller, 1).await?;
    let account = Account::of(&run.env, seller.user).await?;
    let welcome = NEW_WELCOME.to_string();
    let updated = localstack.redeploy(&run.env, &[("WelcomeCredits", &welcome)]).await?;
    in_place(&first, &localstack.inspect().await?)?;
    same_addresses(&run.env, &updated)?;
    account.is_still(&updated, "after an update").await?;
    let newcomer = ScenarioRun::new(updated.clone(), seller.user.0 + 1).seller("Pavel", "en").await?;
    says_balance(&newcomer, NEW_WELCOME).await?;
    let same = first.resources.values().filter(|(_, id)| id != PASSED_OVER).count();
    step.end(run, &format!("updated in place: the same {same} resources, a newcomer gets {NEW_WELCOME} credits"));

    let step = Step::begin();
    let table = destroyed(localstack, run, &first).await?;
    account.is_still(&updated, "in the table that was kept").await?;
    step.end(run, "destroyed: the table and the bucket are kept, nothing else is left");

    let step = Step::begin();
    let back = localstack.redeploy(&updated, &[("ExistingTable", &table)]).await?;
    let uses = back.stack().ok_or("no stack")?.output("TableName")?;
    ensure(uses == table, || format!("the stack uses the table {uses}, not {table}"))?;
    account.is_still(&back, "after ExistingTable").await?;
    let again = Seller::new(&back, seller.user.0, "en", &seller.name);
    says_balance(&again, account.balance.0).await?;
    ordered(&again, 2).await?;
    says_balance(&again, account.balance.0 - 1).await?;
    step.end(run, "back from the kept table: Olga has her credits, and orders again");

    let step = Step::begin();
    let gone = localstack.destroy("delete").await?;
    let earlier = Listed::from([("AWS::S3::Bucket".to_owned(), ids(&first, "MediaBucket"))]);
    ensure(gone.left == earlier, || {
        format!(
            "left after TABLE=delete: {:?}; expected only the bucket kept before: {earlier:?}. It said {}",
            gone.left, gone.said
        )
    })?;
    // "Its rules empty it within days, then it may be deleted": the days are over.
    let left = localstack.clean().await?.left;
    ensure(left.is_empty(), || format!("still there in the end: {left:?}"))?;
    step.end(run, "destroyed with its table: nothing is left");
    Ok(())
}

fn watched(state: &StackState) -> Result<(), String> {
    ensure(state.wrong.is_empty(), || {
        format!("what watches the stack is not as the template says:\n    {}", state.wrong.join("\n    "))
    })
}

/// The services' lists have each resource that CloudFormation made: else they would not show one that was left either.
fn listed_whole(state: &StackState, run: &ScenarioRun) -> Result<(), String> {
    let mut passed_over: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, (kind, id)) in &state.resources {
        if id == PASSED_OVER {
            *passed_over.entry(kind).or_default() += 1;
        } else if !PARTS.contains(&kind.as_str()) {
            let listed = state.there.get(kind).is_some_and(|there| there.contains(id));
            ensure(listed, || format!("{name}, the {kind} {id}, is not among {:?}", state.there.get(kind)))?;
        }
    }
    if !passed_over.is_empty() {
        run.remark(format!("LocalStack has passed over, so nothing is said here about: {passed_over:?}"));
    }
    Ok(())
}

/// An update kept every resource, by its physical id.
fn in_place(before: &StackState, after: &StackState) -> Result<(), String> {
    watched(after)?;
    let changed: Vec<_> =
        before.resources.iter().filter(|(name, resource)| after.resources.get(*name) != Some(*resource)).collect();
    ensure(changed.is_empty(), || format!("not updated in place: {changed:?}"))?;
    ensure(before.there == after.there, || format!("there were {:?}, now {:?}", before.there, after.there))
}

fn same_addresses(before: &TestEnvironment, after: &TestEnvironment) -> Result<(), String> {
    let (Some(before), Some(after)) = (before.stack(), after.stack()) else { return Err("no stack".into()) };
    for output in ["WebhookUrl", "CallbackUrl", "TableName", "MediaBucket", "GenerateQueueUrl", "SendQueueUrl", "ParkedQueueUrl"]
    {
        let (was, is) = (before.output(output)?, after.output(output)?);
        ensure(was == is, || format!("{output} was {was}, is {is}"))?;
    }
    Ok(())
}

/// Only what has to stay is left; the name of the kept table, as the command printed it.
async fn destroyed(localstack: &LocalStack, run: &ScenarioRun, before: &StackState) -> Result<String, String> {
    let Removed { said, left } = localstack.destroy("keep").await?;
    let (tables, buckets) = (ids(before, "Table"), ids(before, "MediaBucket"));
    let due = Listed::from([("AWS::DynamoDB::Table".to_owned(), tables.clone()), ("AWS::S3::Bucket".to_owned(), buckets)]);
    ensure(left == due, || format!("left after destroy: {left:?}; expected: {due:?}. It said {said}"))?;
    ensure(run.env.telegram.webhook().url.is_empty(), || "Telegram still calls the webhook".into())?;
    let named = said.split_once("ExistingTable=").and_then(|(_, rest)| rest.split_whitespace().next());
    let table = named.ok_or_else(|| format!("destroy did not say which table: {said}"))?;
    ensure(tables.contains(table), || format!("destroy named the table {table}, not {tables:?}"))?;
    Ok(table.to_owned())
}

fn ids(state: &StackState, name: &str) -> BTreeSet<String> {
    state.resources.get(name).map(|(_, id)| id.clone()).into_iter().collect()
}

/// One more Neurocard, delivered.
async fn ordered(seller: &Seller, jobs: usize) -> Result<(), String> {
    seller.order(Kind::Neurocard).await?;
    let all = seller.until_over(jobs).await?;
    let newest = all.last().ok_or("no job")?;
    ensure(matches!(newest.state, State::Delivered { .. }), || format!("{} is {}", newest.id, newest.state.name()))?;
    ensure(seller.videos().len() == jobs, || format!("{} videos in the chat, not {jobs}", seller.videos().len()))
}

/// The bot itself says so, and the table.
async fn says_balance(seller: &Seller, credits: u32) -> Result<(), String> {
    seller.say("/balance").await?;
    let said = seller.texts().pop().unwrap_or_default();
    let wanted = format!("{credits} credit");
    ensure(said.contains(&wanted), || format!("asked for the balance, the bot said {said:?}, not {wanted:?}"))
}

/// All that the table has of one person.
struct Account {
    user: UserId,
    balance: Credits,
    ledger: Vec<Entry>,
    jobs: Vec<Job>,
}

impl Account {
    async fn of(env: &TestEnvironment, user: UserId) -> Result<Self, String> {
        let (balance, ledger, jobs) = (env.balance(user).await?, env.ledger(user).await?, env.jobs(user).await?);
        Ok(Self { user, balance, ledger, jobs })
    }

    async fn is_still(&self, env: &TestEnvironment, when: &str) -> Result<(), String> {
        let now = Self::of(env, self.user).await?;
        let is_same = now.balance == self.balance && now.ledger == self.ledger && now.jobs == self.jobs;
        ensure(is_same, || {
            format!("{when}, {} had {:?}, {:?}; has {:?}, {:?}", self.user, self.balance, self.ledger, now.balance, now.ledger)
        })
    }
}

/// How long a step took.
struct Step(Instant);

impl Step {
    fn begin() -> Self {
        Self(Instant::now())
    }

    fn end(&self, run: &ScenarioRun, what: &str) {
        run.remark(format!("{:>4.1} s  {what}", self.0.elapsed().as_secs_f32()));
    }
}
