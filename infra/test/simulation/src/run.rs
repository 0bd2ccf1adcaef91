//! One run of the simulation, in its own test environment, in virtual time, on one thread. The run plays a scenario or a
//! workload, waits until nothing changes any more, and lets the oracle examine the result.

use std::{sync::Arc, time::Duration};

use domain::{ids::UserId, limits::Limits};
use scenarios::{ScenarioRun, timeline::timeline};
use testkit::environment::{SECRETS_FROM_SSM, Seller, TestEnvironment, Times};

use crate::{
    allowed_anomalies::{attempts_with_two_tasks, unexplained},
    checked::{Checked, CheckedQueues},
    injector::Injector,
    oracle::{self, Delays, Evidence, Findings, Gifts, RefundedThoughSent},
    outcome::RunOutcome,
    panics,
    play::Play,
    unconfirmed_sends,
    workloads::{self, OPERATOR},
};

/// The user id of the first seller of a run.
const FIRST_ID: i64 = 700_000_000;
/// How long a run waits between two checks for open jobs and undelivered messages.
const POLL_EVERY: Duration = Duration::from_secs(60);
/// After this many checks a job that has not ended counts as open for ever.
const POLLS_MAX: u32 = 180;

/// One workload in this many runs the functions with metrics on, as the template deploys them. It covers the sweeper's queries
/// for metrics.
const METRICS_ONE_IN: u64 = 8;

/// One workload in this many has one limit that its sellers reach.
const LIMITED_ONE_IN: u64 = 3;

/// One workload in this many has functions whose clocks are [`APART`].
const APART_ONE_IN: u64 = 5;
/// How far the clocks of two functions differ in such a workload.
const APART: Duration = Duration::from_secs(5);

/// The sweeper's schedule fires every minute. In a random workload its interval is up to this many times as long.
const LAG_MAX: u32 = 10;

/// Runs a scenario or a workload on this thread, in virtual time.
///
/// # Errors
/// The test environment could not be set up, or a panic reached this function. The run then has no outcome.
pub fn run(play: Play, seed: u64, injector: Injector, with_timeline: bool) -> Result<RunOutcome, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let (outcome, panics) = panics::caught(|| runtime.block_on(Box::pin(played(play, seed, injector, with_timeline))));
    match outcome {
        Some(Err(error)) => Err(std::iter::once(error).chain(panics).collect::<Vec<_>>().join("; ")),
        Some(Ok(mut outcome)) => {
            outcome.broken.extend(panics);
            Ok(outcome)
        }
        None => Err(panics.join("; ")),
    }
}

async fn played(play: Play, seed: u64, injector: Injector, with_timeline: bool) -> Result<RunOutcome, String> {
    let limits = limits(play, seed);
    let settings = settings(play, seed, &limits);
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let env = TestEnvironment::open_seeded(seed, times(play, seed), &settings).await?;
    let sandbox = env.sandbox().ok_or("no sandbox")?;
    let checked = Checked::new(sandbox.dynamodb.clone(), sandbox.clock());
    sandbox.net.mount("dynamodb.local", checked.clone());
    sandbox.net.mount("sqs.local", CheckedQueues::new(sandbox.sqs.clone(), checked.clone()));
    sandbox.net.intercept(Arc::new(injector.clone()));
    let run = ScenarioRun::new(env.clone(), FIRST_ID);
    let is_clean = injector.is_clean();
    let played = match play {
        Play::Scenario(scenario) => (scenario.play)(run.clone()).await,
        Play::Workload => {
            workloads::play(&run, seed).await;
            Ok(())
        }
        Play::Orders => {
            workloads::orders(&run, seed).await;
            Ok(())
        }
    };
    injector.calm();
    let people = run.people();
    settle(&env, &checked, &people).await;
    loop {
        let afterglow = injector.afterglow();
        if afterglow.is_zero() {
            break;
        }
        tokio::time::sleep(afterglow).await;
        settle(&env, &checked, &people).await;
    }
    let began_ms = injector.began_ms(run.now().as_millisecond());
    let delays = injector.delayed_messages(began_ms);
    let (mut outcome, refunded_though_sent) = summed_up(&run, &checked, &people, &limits, &delays)?;
    // A scenario's own expectations hold only without faults; with faults the invariants and the oracle decide.
    outcome.broken.extend(played.err().filter(|_| is_clean).map(|failure| format!("the scenario failed: {failure}")));
    outcome.events = injector.events();
    let unconfirmed = unconfirmed_sends::examine(&refunded_though_sent, &outcome.events, began_ms, sandbox.faults.deaths());
    outcome.refunded_though_sent = unconfirmed.causes;
    outcome.broken.extend(unconfirmed.avoidable);
    outcome.broken.extend(unexplained(&outcome.endings, &outcome.events, sandbox.faults.deaths() + lost_by_script(&env)));
    outcome.broken.extend(attempts_with_two_tasks(&env.kie.tasks()));
    if with_timeline {
        outcome.timeline = Some(timeline(&run).await);
    }
    // A sweep opens thousands of environments one after another; closing this one frees its memory.
    sandbox.net.close();
    Ok(outcome)
}

fn times(play: Play, seed: u64) -> Times {
    let times = Times::production();
    match play {
        Play::Scenario(_) | Play::Orders => times,
        Play::Workload => {
            let mut rng = fastrand::Rng::with_seed(!seed);
            let sweep_every = times.sweep_every * rng.u32(1..=LAG_MAX);
            let is_apart = seed.is_multiple_of(APART_ONE_IN);
            let clocks_ahead = times.clocks_ahead.map(|ahead| if is_apart && rng.bool() { APART } else { ahead });
            Times { sweep_every, clocks_ahead, ..times }
        }
    }
}

/// The limits of a run: the defaults, and in some workloads one limit that the sellers reach.
fn limits(play: Play, seed: u64) -> Limits {
    let limits = Limits { films_kept_for_buyers_percent: 0, ..Limits::default() };
    match play {
        Play::Workload if seed.is_multiple_of(LIMITED_ONE_IN) => {
            let mut rng = fastrand::Rng::with_seed(seed ^ 0x11_417);
            match rng.u8(..6) {
                0 => Limits { open_orders: 1, ..limits },
                1 => Limits { orders_a_day: 2, ..limits },
                2 => Limits { refunds_a_day: 1, ..limits },
                // Sellers who order at once meet only here, so this limit is drawn twice as often.
                3 | 4 => Limits { films_a_day: 2, ..limits },
                _ => Limits { gifts_a_day: 1, ..limits },
            }
        }
        _ => limits,
    }
}

/// The extra settings of a run. The functions read their secrets from SSM at every start. A workload has limits and an operator,
/// and in some workloads the functions write metrics.
fn settings(play: Play, seed: u64, limits: &Limits) -> Vec<(&'static str, String)> {
    let secrets = (SECRETS_FROM_SSM.0, SECRETS_FROM_SSM.1.to_owned());
    match play {
        Play::Scenario(_) | Play::Orders => vec![secrets],
        Play::Workload => {
            let operator = ("ADMIN_IDS", OPERATOR.to_string());
            let metrics = seed.is_multiple_of(METRICS_ONE_IN).then(|| (adapters::metrics::NAMESPACE, "neurocards".to_owned()));
            let limits = [
                ("OPEN_ORDERS_MAX", limits.open_orders),
                ("ORDERS_A_DAY_MAX", limits.orders_a_day),
                ("REFUNDS_A_DAY_MAX", limits.refunds_a_day),
                ("FILMS_A_DAY_MAX", limits.films_a_day),
                ("FILMS_KEPT_FOR_BUYERS_PERCENT", limits.films_kept_for_buyers_percent),
                ("GIFTS_A_DAY_MAX", limits.gifts_a_day),
            ];
            let limits = limits.map(|(name, most)| (name, most.to_string()));
            [secrets, operator].into_iter().chain(metrics).chain(limits).collect()
        }
    }
}

/// Makes Telegram reachable again for all sellers, and lets those who blocked the bot come back. Then waits until every job has
/// ended, every seller is notified, and no queue holds a message for a function.
async fn settle(env: &TestEnvironment, checked: &Checked, people: &[Seller]) {
    for seller in people {
        env.telegram.up(seller.user.0);
        if env.telegram.is_blocked(seller.user.0) {
            // A held film waits for its seller, who comes back now.
            seller.person.unblock().await;
        }
    }
    for _ in 0..POLLS_MAX {
        let mut open = false;
        for user in users(people) {
            let snapshot = checked.account_snapshot(user);
            open |= snapshot.jobs.iter().any(|job| !job.has_ended() || job.due_at.is_some());
        }
        open |= env.sandbox().is_some_and(|sandbox| sandbox.messages_on_their_way() > 0);
        if !open {
            return;
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
}

/// The number of videos that Telegram took without an answer, by the script of the scenario.
fn lost_by_script(env: &TestEnvironment) -> usize {
    env.telegram.calls().iter().filter(|call| call.method == "sendVideo" && call.status == 0).count()
}

fn users(people: &[Seller]) -> impl Iterator<Item = UserId> + '_ {
    people.iter().map(|seller| seller.user)
}

fn summed_up(
    run: &ScenarioRun,
    checked: &Checked,
    people: &[Seller],
    limits: &Limits,
    delays: &Delays,
) -> Result<(RunOutcome, Vec<RefundedThoughSent>), String> {
    let (env, found) = (&run.env, checked.found());
    let operators_chat = env.telegram.chat(OPERATOR);
    let gifts = Gifts::of(run.gifts(), &operators_chat, limits);
    let mut outcome = RunOutcome { checks: found.checks, broken: found.broken, ..RunOutcome::default() };
    let (mut refunded_though_sent, mut snapshots) = (Vec::new(), Vec::new());
    for seller in people {
        let (snapshot, history) = (checked.read(seller.user)?, checked.history(seller.user));
        let evidence = Evidence { snapshot: &snapshot, history: &history, delays };
        let findings: Findings = oracle::examine(env, seller, evidence, &gifts);
        snapshots.push((seller.user, snapshot));
        refunded_though_sent.extend(findings.refunded_though_sent);
        for (ended, times) in findings.endings {
            *outcome.endings.entry(ended).or_default() += times;
        }
        outcome.jobs += findings.jobs;
        outcome.lost += findings.lost;
        outcome.minted += findings.minted;
        outcome.misinformed.extend(findings.misinformed);
        outcome.open.extend(findings.open);
        outcome.broken.extend(findings.broken);
    }
    let apart = env.times.clocks_ahead.into_iter().max().unwrap_or_default();
    outcome.broken.extend(oracle::passed(limits, apart, &snapshots));
    outcome.misinformed.extend(oracle::untrue_answers(&operators_chat, delays, |user| checked.history(user)));
    outcome.broken.extend(checked.strays()?.iter().map(|user| format!("seller {user}: a write bypassed the checker")));
    let left = env.sandbox().map_or(0, |sandbox| sandbox.messages_on_their_way());
    outcome.open.extend((left > 0).then(|| format!("{left} messages are still in the queues")));
    let refused = env.sandbox().and_then(|sandbox| sandbox.dynamodb.guard().map(|guard| guard.refused()));
    outcome.broken.extend(refused.unwrap_or_default());
    Ok((outcome, refunded_though_sent))
}
