//! One run: a world of its own, in virtual time, on one thread; played, left alone until nothing moves any more, and judged.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::ids::UserId;
use scenarios::{
    list::{Scene, Story},
    timeline::timeline,
};
use testkit::environment::{Sandbox, Seller, Times, World};

use crate::{
    checked::{Checked, CheckedQueues},
    excuses::{attempts_with_two_tasks, unexcused},
    histories,
    injector::{Event, Injector, fingerprint},
    judge::{Ended, Gifts, Judged, judge},
    panics,
};

/// The first person's id.
const FIRST_ID: i64 = 700_000_000;
/// How long is waited between two looks whether anything still moves.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Looks until a job that has not ended is one that never will.
const LOOKS_MAX: u32 = 180;

/// The operator of the histories: nobody's seller.
pub(crate) const OPERATOR: i64 = 600_000_000;
/// One history in so many has metrics, as the template deploys it: sweeps then look for what only they can measure.
const METRICS_ONE_IN: u64 = 8;

/// In a random history the sweeper's schedule fires every minute, as it should, or lags up to so many times as much: until an
/// operator is called.
const LAG_MAX: u32 = 10;

/// What is played.
#[derive(Clone, Copy)]
pub enum Play {
    /// One of the stories.
    Story(Story),
    /// A random history of several sellers, drawn from the run's seed.
    History,
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Every call, in order.
    pub events: Vec<Event>,
    /// How its jobs ended, and how often.
    pub endings: BTreeMap<Ended, usize>,
    /// Orders placed.
    pub jobs: usize,
    /// Laws checked.
    pub checks: u64,
    /// Credits lost.
    pub lost: u64,
    /// Credits minted.
    pub minted: u64,
    /// What people were told that is not so.
    pub misinformed: Vec<String>,
    /// Jobs that have not ended.
    pub open: Vec<String>,
    /// Laws broken, at any step.
    pub broken: Vec<String>,
    /// The run as a person can read it; only on request.
    pub timeline: Option<String>,
}

impl Outcome {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.wrong().is_empty()
    }

    /// Everything that is not as it should be.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        let count = |n: u64, what: &str| (n > 0).then(|| format!("{n} credits {what}"));
        let counts = [count(self.lost, "lost"), count(self.minted, "minted")].into_iter().flatten();
        let told = self.misinformed.iter().map(|what| format!("misinformed: {what}"));
        let open = self.open.iter().map(|what| format!("open: {what}"));
        let broken = self.broken.iter().map(|what| format!("broken: {what}"));
        counts.chain(told).chain(open).chain(broken).collect()
    }

    /// Whether faults struck that cost nothing but time, and no others.
    #[must_use]
    pub fn was_only_delayed(&self) -> bool {
        let mut struck =
            self.events.iter().filter_map(|event| event.fault.map(|fault| fault.only_delays(&event.site))).peekable();
        struck.peek().is_some() && struck.all(|only_delays| only_delays)
    }

    /// How many jobs were delivered, and how many refunded.
    #[must_use]
    pub fn delivered_and_refunded(&self) -> (usize, usize) {
        let of = |ended| self.endings.get(&ended).copied().unwrap_or_default();
        (of(Ended::Delivered), of(Ended::Refunded) + of(Ended::RefundedThoughSent))
    }

    /// Faults that struck.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.events.iter().filter(|event| event.fault.is_some()).count()
    }

    /// The same for the same seed and plan.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.events)
    }
}

/// Plays, on this thread, in virtual time.
///
/// # Errors
/// The world could not be set up, or the run panicked where nobody catches it.
pub fn run(play: Play, seed: u64, injector: Injector, with_timeline: bool) -> Result<Outcome, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let (outcome, panics) = panics::noted(|| runtime.block_on(Box::pin(played(play, seed, injector, with_timeline))));
    match outcome {
        Some(Err(error)) => Err(std::iter::once(error).chain(panics).collect::<Vec<_>>().join("; ")),
        Some(Ok(mut outcome)) => {
            outcome.broken.extend(panics);
            Ok(outcome)
        }
        None => Err(panics.join("; ")),
    }
}

async fn played(play: Play, seed: u64, injector: Injector, with_timeline: bool) -> Result<Outcome, String> {
    let settings = settings(play, seed);
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let world = Sandbox::open_seeded(seed, times(play, seed), &settings).await?;
    let sandbox = world.sandbox().ok_or("no sandbox")?;
    let checked = Checked::new(sandbox.dynamodb.clone());
    sandbox.net.mount("dynamodb.local", checked.clone());
    sandbox.net.mount("sqs.local", CheckedQueues::new(sandbox.sqs.clone(), checked.clone()));
    sandbox.net.tap(Arc::new(injector.clone()));
    let scene = Scene::new(world.clone(), FIRST_ID);
    let is_clean = injector.is_clean();
    let told = match play {
        Play::Story(story) => (story.play)(scene.clone()).await,
        Play::History => {
            histories::play(&scene, seed).await;
            Ok(())
        }
    };
    injector.calm();
    let people = scene.people();
    settle(&world, &checked, &people).await;
    loop {
        let afterglow = injector.afterglow();
        if afterglow.is_zero() {
            break;
        }
        tokio::time::sleep(afterglow).await;
        settle(&world, &checked, &people).await;
    }
    let mut outcome = summed_up(&scene, &checked, &people)?;
    // A story's own expectations hold without faults; with them the laws and the judge decide.
    outcome.broken.extend(told.err().filter(|_| is_clean).map(|failure| format!("the story: {failure}")));
    outcome.events = injector.events();
    outcome.broken.extend(unexcused(&outcome.endings, &outcome.events, sandbox.faults.deaths()));
    outcome.broken.extend(attempts_with_two_tasks(&world.kie.tasks()));
    if with_timeline {
        outcome.timeline = Some(timeline(&scene).await);
    }
    // Thousands of worlds live one after another: each gives back its memory.
    sandbox.net.close();
    Ok(outcome)
}

fn times(play: Play, seed: u64) -> Times {
    let times = Times::production();
    match play {
        Play::Story(_) => times,
        Play::History => {
            let lag = fastrand::Rng::with_seed(!seed).u32(1..=LAG_MAX);
            Times { sweep_every: times.sweep_every * lag, ..times }
        }
    }
}

/// The settings of a world beside its own: in a history there is an operator, and in some the functions measure what they do.
fn settings(play: Play, seed: u64) -> Vec<(&'static str, String)> {
    match play {
        Play::Story(_) => vec![],
        Play::History => {
            let operator = ("ADMIN_IDS", OPERATOR.to_string());
            let metrics = seed.is_multiple_of(METRICS_ONE_IN).then(|| (adapters::metrics::NAMESPACE, "neurocards".to_owned()));
            std::iter::once(operator).chain(metrics).collect()
        }
    }
}

/// Lets Telegram be up again for everybody and waits until nothing moves: every job has ended, every person knows, and no queue has
/// a message that somebody will still get; as long as that may take.
async fn settle(world: &World, checked: &Checked, people: &[Seller]) {
    for seller in people {
        world.telegram.up(seller.user.0);
    }
    for _ in 0..LOOKS_MAX {
        let mut open = false;
        for user in users(people) {
            let holdings = checked.holdings(user);
            open |= holdings.jobs.iter().any(|job| !job.has_ended() || job.due_at.is_some());
        }
        open |= world.sandbox().is_some_and(|sandbox| sandbox.messages_on_their_way() > 0);
        if !open {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn users(people: &[Seller]) -> impl Iterator<Item = UserId> + '_ {
    people.iter().map(|seller| seller.user)
}

fn summed_up(scene: &Scene, checked: &Checked, people: &[Seller]) -> Result<Outcome, String> {
    let (world, found) = (&scene.world, checked.found());
    let gifts = Gifts::of(scene.gifts(), &world.telegram.chat(OPERATOR));
    let mut outcome = Outcome { checks: found.checks, broken: found.broken, ..Outcome::default() };
    for seller in people {
        let judged: Judged = judge(world, seller, &checked.read(seller.user)?, &gifts);
        for (ended, times) in judged.endings {
            *outcome.endings.entry(ended).or_default() += times;
        }
        outcome.jobs += judged.jobs;
        outcome.lost += judged.lost;
        outcome.minted += judged.minted;
        outcome.misinformed.extend(judged.misinformed);
        outcome.open.extend(judged.open);
        outcome.broken.extend(judged.broken);
    }
    outcome.broken.extend(checked.strays()?.iter().map(|user| format!("{user}: something was written past the checks")));
    let left = world.sandbox().map_or(0, |sandbox| sandbox.messages_on_their_way());
    outcome.open.extend((left > 0).then(|| format!("{left} messages still go round")));
    let refused = world.sandbox().and_then(|sandbox| sandbox.dynamodb.guard().map(|guard| guard.refused()));
    outcome.broken.extend(refused.unwrap_or_default());
    Ok(outcome)
}
