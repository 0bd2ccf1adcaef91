//! Scenarios in which messages, replies or processes are lost.

use std::time::Duration;

use domain::{catalog::Kind, job::State};
use fakes::{
    kie::{Callback, Outcome},
    telegram::CallFailure,
};
use futures_util::future::join_all;
use local_aws::net::Moment::{AfterApplied, BeforeSent};
use testkit::environment::armed_faults::Kill;

use super::{delivery::delivered_as_made, failures::tasks_of};
use crate::{
    ScenarioRun,
    expect::{balance_is, ensure, only, refunded},
};

pub async fn messages(run: ScenarioRun) -> Result<(), String> {
    let (seller, env) = (run.seller("Ilya", "ru").await?, &run.env);
    env.script_kie(seller.user, vec![Outcome::success().with_callback(Callback::Lost)]);
    match env.sandbox() {
        Some(sandbox) => {
            sandbox.faults.lose_messages_of(seller.user.0);
            run.remark("every queue message of the webhook, the generator and the sender is lost; the sweeper's messages arrive");
        }
        None => run.remark("only KIE's callback is lost on LocalStack; the sandbox loses the queue messages too"),
    }
    seller.order(Kind::Reels).await?;
    seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    balance_is(&run, &seller, 1).await
}

pub async fn lost_reply(run: ScenarioRun) -> Result<(), String> {
    let (seller, env) = (run.seller("Kira", "en").await?, &run.env);
    env.script_kie(seller.user, vec![Outcome::success().with_lost_reply()]);
    seller.order(Kind::Reels).await?;
    seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    let tasks = tasks_of(&run, &seller);
    ensure(tasks == 1, || format!("KIE has {tasks} tasks, one expected"))?;
    balance_is(&run, &seller, 1).await
}

/// Calls at which a function's process dies, before the call is sent or after it took effect.
const DEATHS: [Kill; 8] = [
    Kill { function: "webhook", call: "TransactWriteItems", moment: AfterApplied },
    Kill { function: "generator", call: "createTask", moment: BeforeSent },
    Kill { function: "generator", call: "createTask", moment: AfterApplied },
    Kill { function: "callback", call: "SendMessage", moment: BeforeSent },
    Kill { function: "sender", call: "sendVideo", moment: AfterApplied },
    Kill { function: "sender", call: "TransactWriteItems", moment: AfterApplied },
    Kill { function: "refunder", call: "TransactWriteItems", moment: AfterApplied },
    Kill { function: "sweeper", call: "PutItem", moment: AfterApplied },
];

pub async fn deaths(run: ScenarioRun) -> Result<(), String> {
    if run.env.sandbox().is_none() {
        return deaths_by_timeout(run).await;
    }
    let deaths = DEATHS.map(async |kill| death(&run, kill).await.map_err(|error| format!("{kill:?}: {error}")));
    join_all(deaths).await.into_iter().collect()
}

/// Plays one order during which one process dies.
async fn death(run: &ScenarioRun, kill: Kill) -> Result<(), String> {
    let (seller, env) = (run.seller(kill.function, "en").await?, &run.env);
    let sandbox = env.sandbox().ok_or("a process can be killed at a call only in the sandbox")?;
    let outcome = Outcome::success();
    match kill.function {
        // The sweeper has work only after lost messages, the refunder only after failed sends.
        "sweeper" => {
            env.script_kie(seller.user, vec![outcome.with_callback(Callback::Lost)]);
            sandbox.faults.lose_messages_of(seller.user.0);
        }
        "refunder" => {
            env.script_kie(seller.user, vec![outcome.after(env.times.making * 2)]);
            env.telegram.fail(seller.user.0, "sendVideo", 3, CallFailure::Transient(502));
        }
        _ => env.script_kie(seller.user, vec![outcome]),
    }
    seller.prepare(Kind::Neurocard, run.env.photo.clone()).await?;
    sandbox.faults.kill(kill, seller.user.0);
    seller.confirm().await?;
    let jobs = seller.until_over(1).await?;
    ensure(sandbox.faults.has_killed(seller.user.0), || "no process died".into())?;
    let job = only(&jobs)?;
    match job.state {
        State::Delivered { .. } => balance_is(run, &seller, 1).await?,
        State::Failed { class, .. } => {
            refunded(run, &seller, job, class).await?;
            balance_is(run, &seller, 2).await?;
        }
        ref other => return Err(format!("the job is {}, neither delivered nor failed", other.name())),
    }
    let when = if kill.moment == AfterApplied { "after" } else { "before" };
    let ending = if job.state.name() == "failed" { "refunded" } else { "delivered" };
    let Kill { function, call, .. } = kill;
    run.remark(format!(
        "person {}: the {function}'s process died {when} its {call} took effect; the order was {ending}",
        seller.user
    ));
    Ok(())
}

/// On LocalStack a process dies as on Lambda: it hangs in a call until the function's time-out.
async fn deaths_by_timeout(run: ScenarioRun) -> Result<(), String> {
    run.remark("on LocalStack only the generator and the sender die, by Lambda's time-out; the sandbox kills every function");
    let env = &run.env;
    let (generator, sender) = (run.seller("generator", "en").await?, run.seller("sender", "en").await?);
    env.script_kie(generator.user, vec![Outcome::hang()]);
    env.telegram.fail(sender.user.0, "sendVideo", 1, CallFailure::HangAfterDoing);
    generator.order(Kind::Neurocard).await?;
    sender.order(Kind::Neurocard).await?;
    for seller in [&generator, &sender] {
        let jobs = seller.until_over(1).await?;
        let job = only(&jobs)?;
        ensure(matches!(job.state, State::Delivered { .. }), || format!("the job is {}, not delivered", job.state.name()))?;
        balance_is(&run, seller, 1).await?;
    }
    let took = run.env.times.function_timeout.max(Duration::from_secs(1));
    run.remark(format!("both processes were killed after {took:?}; the next invocations finished the orders"));
    Ok(())
}
