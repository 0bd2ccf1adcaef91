//! One run: a world of its own, in virtual time, on one thread; played, left alone until nothing moves any more, and judged.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::ids::UserId;
use stories::{
    stories::{Scene, Story},
    timeline::timeline,
    world::{Sandbox, Seller, Times, World},
};

use crate::{
    checked::Checked,
    fault::Fault,
    histories,
    injector::{Event, Injector, Plan, fingerprint},
    judge::{Ended, Judged, judge},
};

/// The first person's id.
const FIRST_ID: i64 = 700_000_000;
/// How long is waited between two looks whether anything still moves.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Longer than anything that was put off on purpose.
const AFTERGLOW: Duration = Duration::from_secs(420);
/// Looks until a job that has not ended is one that never will.
const LOOKS_MAX: u32 = 180;

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
    /// How its jobs ended.
    pub endings: BTreeSet<Ended>,
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
/// The world could not be set up.
pub fn run(play: Play, seed: u64, plan: Plan, with_timeline: bool) -> Result<Outcome, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.map_err(|error| error.to_string())?.block_on(Box::pin(played(play, seed, plan, with_timeline)))
}

async fn played(play: Play, seed: u64, plan: Plan, with_timeline: bool) -> Result<Outcome, String> {
    let world = Sandbox::open_seeded(seed, Times::production()).await?;
    let sandbox = world.sandbox().ok_or("no sandbox")?;
    let checked = Checked::new(sandbox.dynamodb.clone());
    sandbox.net.mount("dynamodb.local", checked.clone());
    let injector = Injector::new(plan);
    sandbox.net.tap(Arc::new(injector.clone()));
    let scene = Scene::new(world.clone(), FIRST_ID);
    match play {
        // A story's own expectations hold without faults; with them the laws and the judge decide.
        Play::Story(story) => drop((story.play)(scene.clone()).await),
        Play::History => histories::play(&scene, seed).await,
    }
    injector.calm();
    let people = scene.people();
    settle(&world, &checked, &people).await?;
    let is_late = |event: &Event| matches!(event.fault, Some(Fault::Late | Fault::Delayed | Fault::Twice));
    if injector.events().iter().any(is_late) {
        tokio::time::sleep(AFTERGLOW).await;
        settle(&world, &checked, &people).await?;
    }
    let mut outcome = summed_up(&world, &checked, &people)?;
    outcome.events = injector.events();
    if with_timeline {
        outcome.timeline = Some(timeline(&scene).await);
    }
    Ok(outcome)
}

/// Lets Telegram be up again for everybody and waits until every job has ended and every person knows, as long as that may take.
async fn settle(world: &World, checked: &Checked, people: &[Seller]) -> Result<(), String> {
    for seller in people {
        world.telegram.up(seller.user.0);
    }
    for _ in 0..LOOKS_MAX {
        let mut open = false;
        for user in users(people) {
            let holdings = checked.holdings(user)?;
            open |= holdings.jobs.iter().any(|job| !job.has_ended() || job.due_at.is_some());
        }
        if !open {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

fn users(people: &[Seller]) -> impl Iterator<Item = UserId> + '_ {
    people.iter().map(|seller| seller.user)
}

fn summed_up(world: &World, checked: &Checked, people: &[Seller]) -> Result<Outcome, String> {
    let found = checked.found();
    let mut outcome = Outcome { checks: found.checks, broken: found.broken, ..Outcome::default() };
    for seller in people {
        let judged: Judged = judge(world, seller, &checked.holdings(seller.user)?);
        outcome.endings.extend(judged.endings);
        outcome.jobs += judged.jobs;
        outcome.lost += judged.lost;
        outcome.minted += judged.minted;
        outcome.misinformed.extend(judged.misinformed);
        outcome.open.extend(judged.open);
        outcome.broken.extend(judged.broken);
    }
    let refused = world.sandbox().and_then(|sandbox| sandbox.dynamodb.guard().map(|guard| guard.refused()));
    outcome.broken.extend(refused.unwrap_or_default());
    Ok(outcome)
}
