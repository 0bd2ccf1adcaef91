//! An operator at work on the deployed stack, with the real `ops` program.

use std::{path::PathBuf, process::Stdio};

use bytes::Bytes;
use domain::{catalog::Kind, classify::Class, ids::UserId, job::State};
use fakes::{
    kie::Outcome,
    outbound::{LoopbackHttp, Outbound},
    telegram::CallFailure as Refusal,
};
use scenarios::{
    ScenarioRun,
    expect::{balance_is, ensure, only, refunded},
    timeline::timeline,
};
use serde_json::{Value, json};
use testkit::environment::{Seller, Stack};
use tokio::process::Command;

use crate::report::Report;

/// Plays an operator who replays a dead letter, grants credits and runs an audit.
pub async fn play(run: ScenarioRun) -> Report {
    let result = match played(&run).await {
        Ok(()) => run.aftermath().await,
        failed => failed,
    };
    let outcome = result.as_ref().map_or_else(|failure| format!("FAILED: {failure}"), |()| "passed".to_owned());
    let title = "An operator lists, shows and replays a dead letter, grants twice with one key, and finds an imbalance";
    Report { text: format!("── {title}\n{}  {outcome}\n", timeline(&run).await), passed: result.is_ok() }
}

async fn played(run: &ScenarioRun) -> Result<(), String> {
    let (seller, ops) = (run.seller("Nadia", "en").await?, Ops::of(run)?);
    dead_letter(run, &seller, &ops).await?;
    grant(run, &seller, &ops).await?;
    imbalance(run, &seller, &ops).await
}

/// Telegram refuses the video. Later the operator replays the dead letter, and the video is delivered.
async fn dead_letter(run: &ScenarioRun, seller: &Seller, ops: &Ops<'_>) -> Result<(), String> {
    let env = &run.env;
    let sends = usize::try_from(env.times.rules.send_attempts).unwrap_or(usize::MAX);
    env.telegram.fail(seller.user.0, "sendVideo", sends, Refusal::Transient(502));
    // The dashboard's metrics of rare events need an event each: an answer of KIE that is unknown, and a film off its frame.
    let unknown = Outcome::fail("422", "The flux capacitor is misaligned");
    env.script_kie(seller.user, vec![unknown, Outcome::success().with_shape(16, 9)]);
    seller.order(Kind::Neurocard).await?;
    env.until("the letter is parked", async || Ok(!env.parked(seller.user).await?.is_empty())).await?;
    let jobs = seller.until_over(1).await?;
    let (job, tasks) = (only(&jobs)?, env.tasks_of(seller.user).len());
    refunded(run, seller, job, Class::CouldNotDeliver).await?;

    let id = job.id.to_string();
    let listed = ops.json(&["parked", "list"], 0).await?;
    let letters = listed.get("letters").and_then(Value::as_array).cloned().unwrap_or_default();
    let own = letters.iter().find(|letter| letter.get("job") == Some(&json!(id)));
    let own = own.ok_or_else(|| format!("`ops parked list` does not list the job {id}: {listed}"))?;
    for (name, value) in [
        ("person", seller.user.to_string()),
        ("class", "could_not_deliver".into()),
        ("attempts", "3".into()),
        ("refunded", "1".into()),
    ] {
        ensure(own.get(name) == Some(&json!(value)), || format!("the letter's {name} is not {value}: {own}"))?;
    }
    let shown = ops.run(&["parked", "show", &id], 0).await?;
    ensure(shown.contains("now failed: could_not_deliver, refunded 1 credits"), || {
        format!("`ops parked show` does not show the failure and the refund: {shown}")
    })?;
    let replayed = ops.run(&["parked", "replay", &id, "--reason", "Telegram was down"], 0).await?;
    run.remark(replayed.trim().to_owned());
    let jobs = seller.until_over(2).await?;
    let free = jobs.iter().find(|found| found.id != job.id).ok_or("the replay made no second job")?;
    ensure(matches!(free.state, State::Delivered { .. }) && free.order.price.0 == 0, || {
        format!("the replayed job is {:?} at the price {}, not delivered for 0 credits", free.state, free.order.price.0)
    })?;
    ensure(seller.videos().len() == 1, || format!("the chat has {} videos, not 1", seller.videos().len()))?;
    let made = env.tasks_of(seller.user).len();
    ensure(made == tasks, || "the replay made KIE create another video".into())?;
    balance_is(run, seller, 2).await?;
    let again = ops.run(&["parked", "replay", &id, "--reason", "once more"], 2).await?;
    ensure(again.contains("no parked letter is named"), || format!("a second replay was not refused: {again}"))
}

async fn grant(run: &ScenarioRun, seller: &Seller, ops: &Ops<'_>) -> Result<(), String> {
    let user = seller.user.to_string();
    for already in [false, true] {
        let granted = ops.json(&["grant", &user, "5", "--key", "ticket-17", "--reason", "as an apology"], 0).await?;
        ensure(granted.get("already") == Some(&json!(already)), || format!("the grant's `already` is not {already}: {granted}"))?;
        balance_is(run, seller, 7).await?;
    }
    let ledger = ops.run(&["ledger", &user], 0).await?;
    ensure(ledger.contains("as an apology [localstack tier, key test]"), || format!("the ledger lacks the grant: {ledger}"))
}

async fn imbalance(run: &ScenarioRun, seller: &Seller, ops: &Ops<'_>) -> Result<(), String> {
    let found = async |status| -> Result<bool, String> {
        let audited = ops.json_of_either(&["audit"], status).await?;
        let broken = audited.get("broken").and_then(Value::as_array).cloned().unwrap_or_default();
        Ok(broken.iter().any(|violation| {
            violation.get("person") == Some(&json!(seller.user.0)) && violation.get("invariant") == Some(&json!(1))
        }))
    };
    ensure(!found(&[0, 1]).await?, || "an audit found an imbalance before one was seeded".into())?;
    let stack = run.env.stack().ok_or("the test environment has no stack")?;
    add_credits(stack, seller.user, 3).await?;
    let was_found = found(&[1]).await?;
    add_credits(stack, seller.user, -3).await?;
    ensure(was_found, || "an audit did not find a seeded imbalance".into())
}

/// The `ops` program with the environment that `scripts/ops` sets.
struct Ops<'a> {
    program: PathBuf,
    stack: &'a Stack,
}

impl<'a> Ops<'a> {
    fn of(run: &'a ScenarioRun) -> Result<Self, String> {
        let stack = run.env.stack().ok_or("the test environment has no stack")?;
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        Ok(Self { program: own.with_file_name("ops"), stack })
    }

    /// Runs `ops` and returns its output.
    ///
    /// # Errors
    /// The program could not be run, or ended with a status that is not in `statuses`.
    async fn output(&self, arguments: &[&str], statuses: &[i32]) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        command.args(arguments).args(["--as", "localstack tier"]).env_clear().stdin(Stdio::null());
        command.envs([("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")]);
        command.env("AWS_ENDPOINT_URL", self.stack.endpoint());
        for (name, output) in [
            ("TABLE_NAME", "TableName"),
            ("MEDIA_BUCKET", "MediaBucket"),
            ("GENERATE_QUEUE_URL", "GenerateQueueUrl"),
            ("SEND_QUEUE_URL", "SendQueueUrl"),
            ("PARKED_QUEUE_URL", "ParkedQueueUrl"),
        ] {
            command.env(name, self.stack.output(output)?);
        }
        let ran = command.output().await.map_err(|error| format!("{}: {error}", self.program.display()))?;
        let output = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        let status = ran.status.code().unwrap_or(-1);
        if statuses.contains(&status) {
            Ok(output)
        } else {
            Err(format!("ops {arguments:?} ended with status {status}: {output}"))
        }
    }

    async fn run(&self, arguments: &[&str], status: i32) -> Result<String, String> {
        self.output(arguments, &[status]).await
    }

    async fn json(&self, arguments: &[&str], status: i32) -> Result<Value, String> {
        self.json_of_either(arguments, &[status]).await
    }

    async fn json_of_either(&self, arguments: &[&str], statuses: &[i32]) -> Result<Value, String> {
        let output = self.output(&[arguments, &["--json"]].concat(), statuses).await?;
        serde_json::from_str(&output).map_err(|error| format!("the output of ops {arguments:?} is no JSON: {error}: {output}"))
    }
}

/// Changes a balance without a ledger entry, as a manual edit in the AWS console would.
async fn add_credits(stack: &Stack, user: UserId, credits: i64) -> Result<(), String> {
    let update = json!({
        "TableName": stack.output("TableName")?,
        "Key": { "pk": { "S": format!("USER#{user}") }, "sk": { "S": "PROFILE" } },
        "UpdateExpression": "ADD balance :credits",
        "ExpressionAttributeValues": { ":credits": { "N": credits.to_string() } },
    });
    let request = http::Request::post(stack.endpoint())
        .header("x-amz-target", "DynamoDB_20120810.UpdateItem")
        .header("content-type", "application/x-amz-json-1.0")
        // LocalStack reads the service from the credential's scope and does not check the signature.
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
        )
        .header("x-amz-date", "20260101T000000Z")
        .body(Bytes::from(update.to_string()));
    let reply = LoopbackHttp.send(request.map_err(|error| error.to_string())?).await?;
    ensure(reply.status().is_success(), || format!("DynamoDB refused the update: {} {:?}", reply.status(), reply.body()))
}
