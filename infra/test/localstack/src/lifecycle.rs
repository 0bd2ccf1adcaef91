//! The life of the stack: its alarms and dashboard are checked, it is updated in place, it loses an operator, it is destroyed,
//! restored from the kept table, and destroyed without remains. The tier uses the operator's own commands, while the stack has sellers with credits and videos.

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

use crate::{removed_operator, report::Report};

/// The welcome credits of a new seller after the update; the template's default is 2.
const NEW_WELCOME: u32 = 7;
/// The id that LocalStack gives to a resource of a type that it does not provide.
const PASSED_OVER: &str = "unknown";
/// Types of resources that belong to a function, bucket or queue and that no service lists.
const PARTS: [&str; 4] =
    ["AWS::Lambda::Permission", "AWS::Lambda::EventInvokeConfig", "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"];

/// Plays the life of the stack, from the deployed stack to no stack. No scenario can run after it.
pub async fn play(localstack: &LocalStack, run: ScenarioRun) -> Report {
    let result = played(localstack, &run).await;
    let outcome = result.as_ref().map_or_else(|failure| format!("FAILED: {failure}"), |()| "passed".to_owned());
    let remarks: String = run.remarks().iter().map(|remark| format!("  · {remark}\n")).collect();
    let title = "The stack: checked, updated in place, without its operator, destroyed, restored from its table, destroyed with its table";
    Report { text: format!("── {title}\n{remarks}  {outcome}\n"), passed: result.is_ok() }
}

async fn played(localstack: &LocalStack, run: &ScenarioRun) -> Result<(), String> {
    let step = Step::begin();
    let first = localstack.inspect().await?;
    watched(&first)?;
    step.end(run, &format!("checked: {}; every metric exists", first.seen));

    let step = Step::begin();
    listed_whole(&first, run)?;
    let seller = run.seller("Olga", "en").await?;
    ordered(&seller, 1).await?;
    let account = Account::of(&run.env, seller.user).await?;
    let welcome = NEW_WELCOME.to_string();
    let updated = localstack.redeploy(&run.env, &[("WelcomeCredits", Some(&welcome))]).await?;
    in_place(&first, &localstack.inspect().await?)?;
    same_addresses(&run.env, &updated)?;
    account.is_still(&updated, "after an update").await?;
    let newcomer = ScenarioRun::new(updated.clone(), seller.user.0 + 1).seller("Pavel", "en").await?;
    says_balance(&newcomer, NEW_WELCOME).await?;
    let same = first.resources.values().filter(|(_, id)| id != PASSED_OVER).count();
    step.end(run, &format!("updated in place: the same {same} resources; a new seller gets {NEW_WELCOME} credits"));

    let step = Step::begin();
    removed_operator::check(localstack, &updated, UserId(seller.user.0 + 2)).await?;
    account.is_still(&updated, "after an operator was removed").await?;
    step.end(run, "an operator removed from AdminIds: /grant is an ordinary text and moves no credit");

    let step = Step::begin();
    let table = destroyed(localstack, run, &first).await?;
    account.is_still(&updated, "in the table that was kept").await?;
    step.end(run, "destroyed: only the table and the bucket are left");

    let step = Step::begin();
    let back = localstack.redeploy(&updated, &[("ExistingTable", Some(&table))]).await?;
    let uses = back.stack().ok_or("the test environment has no stack")?.output("TableName")?;
    ensure(uses == table, || format!("the stack uses the table {uses}, not {table}"))?;
    account.is_still(&back, "after ExistingTable").await?;
    let again = Seller::new(&back, seller.user.0, "en", &seller.name);
    says_balance(&again, account.balance.0).await?;
    ordered(&again, 2).await?;
    says_balance(&again, account.balance.0 - 1).await?;
    step.end(run, "restored from the kept table: the seller has her credits and orders again");

    let step = Step::begin();
    let gone = localstack.destroy("delete").await?;
    let earlier = Listed::from([("AWS::S3::Bucket".to_owned(), ids(&first, "MediaBucket"))]);
    ensure(gone.left == earlier, || {
        format!(
            "after TABLE=delete these resources are left: {:?}; expected only the bucket kept before: {earlier:?}. Output: {}",
            gone.left, gone.said
        )
    })?;
    // On AWS the bucket's lifecycle rules empty it within days, then an operator deletes it; `clean` does both at once.
    let left = localstack.clean().await?.left;
    ensure(left.is_empty(), || format!("these resources are left in the end: {left:?}"))?;
    step.end(run, "destroyed with its table: nothing is left");
    Ok(())
}

fn watched(state: &StackState) -> Result<(), String> {
    ensure(state.wrong.is_empty(), || {
        format!("the alarms or the dashboard differ from the template:\n    {}", state.wrong.join("\n    "))
    })
}

/// Checks that the services list every resource that CloudFormation made: only then do the same lists prove that none is left.
fn listed_whole(state: &StackState, run: &ScenarioRun) -> Result<(), String> {
    let mut passed_over: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, (kind, id)) in &state.resources {
        if id == PASSED_OVER {
            *passed_over.entry(kind).or_default() += 1;
        } else if !PARTS.contains(&kind.as_str()) {
            let listed = state.there.get(kind).is_some_and(|there| there.contains(id));
            ensure(listed, || format!("the service does not list {name} ({kind} {id}), only {:?}", state.there.get(kind)))?;
        }
    }
    if !passed_over.is_empty() {
        run.remark(format!("LocalStack does not provide these types, so they are not checked: {passed_over:?}"));
    }
    Ok(())
}

/// Checks that an update kept the physical id of every resource.
fn in_place(before: &StackState, after: &StackState) -> Result<(), String> {
    watched(after)?;
    let changed: Vec<_> =
        before.resources.iter().filter(|(name, resource)| after.resources.get(*name) != Some(*resource)).collect();
    ensure(changed.is_empty(), || format!("the update replaced these resources: {changed:?}"))?;
    ensure(before.there == after.there, || format!("the services listed {:?}, now {:?}", before.there, after.there))
}

fn same_addresses(before: &TestEnvironment, after: &TestEnvironment) -> Result<(), String> {
    let (Some(before), Some(after)) = (before.stack(), after.stack()) else {
        return Err("the test environment has no stack".into());
    };
    for output in ["WebhookUrl", "CallbackUrl", "TableName", "MediaBucket", "GenerateQueueUrl", "SendQueueUrl", "ParkedQueueUrl"]
    {
        let (was, is) = (before.output(output)?, after.output(output)?);
        ensure(was == is, || format!("the output {output} was {was}, is {is}"))?;
    }
    Ok(())
}

/// Destroys the stack and checks that only the table and the bucket are left. Returns the table's name, which the command
/// printed.
async fn destroyed(localstack: &LocalStack, run: &ScenarioRun, before: &StackState) -> Result<String, String> {
    let Removed { said, left } = localstack.destroy("keep").await?;
    let (tables, buckets) = (ids(before, "Table"), ids(before, "MediaBucket"));
    let expected = Listed::from([("AWS::DynamoDB::Table".to_owned(), tables.clone()), ("AWS::S3::Bucket".to_owned(), buckets)]);
    ensure(left == expected, || format!("after destroy {left:?} is left; expected {expected:?}. Output: {said}"))?;
    ensure(run.env.telegram.webhook().url.is_empty(), || "Telegram still calls the webhook".into())?;
    let named = said.split_once("ExistingTable=").and_then(|(_, rest)| rest.split_whitespace().next());
    let table = named.ok_or_else(|| format!("destroy did not print ExistingTable=<name>: {said}"))?;
    ensure(tables.contains(table), || format!("destroy named the table {table}, not {tables:?}"))?;
    Ok(table.to_owned())
}

fn ids(state: &StackState, name: &str) -> BTreeSet<String> {
    state.resources.get(name).map(|(_, id)| id.clone()).into_iter().collect()
}

/// Orders one more Neurocard and checks its delivery. `jobs` is the seller's number of jobs afterwards.
async fn ordered(seller: &Seller, jobs: usize) -> Result<(), String> {
    seller.order(Kind::Neurocard).await?;
    let all = seller.until_over(jobs).await?;
    let newest = all.last().ok_or("the seller has no job")?;
    ensure(matches!(newest.state, State::Delivered { .. }), || {
        format!("the job {} is {}, not delivered", newest.id, newest.state.name())
    })?;
    ensure(seller.videos().len() == jobs, || format!("the chat has {} videos, not {jobs}", seller.videos().len()))
}

/// Checks the balance in the bot's reply to /balance.
async fn says_balance(seller: &Seller, credits: u32) -> Result<(), String> {
    seller.say("/balance").await?;
    let reply = seller.texts().pop().unwrap_or_default();
    let expected = format!("{credits} credit");
    ensure(reply.contains(&expected), || format!("the bot's reply to /balance is {reply:?}, without {expected:?}"))
}

/// The balance, ledger and jobs of one seller.
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
            let (before, after) = ((self.balance, &self.ledger, &self.jobs), (now.balance, &now.ledger, &now.jobs));
            format!("{when} the account of seller {} changed from {before:?} to {after:?}", self.user)
        })
    }
}

/// Measures the duration of a step.
struct Step(Instant);

impl Step {
    fn begin() -> Self {
        Self(Instant::now())
    }

    fn end(&self, run: &ScenarioRun, what: &str) {
        run.remark(format!("{:>4.1} s  {what}", self.0.elapsed().as_secs_f32()));
    }
}
