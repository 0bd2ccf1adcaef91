//! What a sandbox is opened with.

use std::{collections::BTreeMap, path::Path, time::Duration};

use adapters::rng::Rng;
use fakes::film::Detail;
use local_aws::clock::AwsClock;

use crate::{
    mounts::Carrier,
    settings::{HOUSE, KIE_RATE, SECRETS},
    times::Times,
};

/// A bug added on purpose, to show that the scenarios detect it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeededBug {
    /// The table answers every refund with success and does not write it.
    NoRefund,
}

/// A service outside of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// A fake in this process.
    Fake,
    /// The service itself, at its own address or at that of its setting.
    Real,
}

/// What a sandbox is opened with. Its services of AWS are always local.
pub struct Opening<'a> {
    /// Random values and the start time.
    pub chance: Chance,
    /// The transport between the services.
    pub carrier: Carrier,
    /// The durations.
    pub times: Times,
    /// How the fake KIE makes its films.
    pub detail: Detail,
    /// The bug to seed.
    pub bug: Option<SeededBug>,
    /// The fake KIE's rate limit for createTask: calls, and the time in which they are counted.
    pub rate_limit: Option<(usize, Duration)>,
    /// Settings and secrets that extend and override the sandbox's own.
    pub more_settings: Vec<(String, String)>,
    /// The folder with the table, the media store and the fakes' chats and tasks; in memory for `None`. The queues are not kept: the
    /// sweeper finds the jobs whose messages were lost.
    pub folder: Option<&'a Path>,
    /// Telegram.
    pub telegram: Outside,
    /// Whether the fake Telegram posts its updates to the webhook. Otherwise the bot has to ask for them.
    pub posts_updates: bool,
    /// KIE.
    pub kie: Outside,
    /// Whether KIE can post callbacks to this process.
    pub has_callbacks: bool,
    /// The base of the callbacks' addresses, where it is not the function's own on the wire.
    pub callback_base: Option<String>,
    /// Whether the services outside can fetch from the media store's presigned addresses.
    pub has_public_media: bool,
    /// The address of the media store, as `https://host`, where it has a public one.
    pub media_url: Option<String>,
}

impl<'a> Opening<'a> {
    /// A sandbox without sockets, bugs and limits, in memory, with fakes and the tests' secrets.
    #[must_use]
    pub fn new(chance: Chance, times: Times, detail: Detail) -> Self {
        Self {
            chance,
            carrier: Carrier::InProcess,
            times,
            detail,
            bug: None,
            rate_limit: None,
            more_settings: SECRETS.iter().chain(&HOUSE).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            folder: None,
            telegram: Outside::Fake,
            posts_updates: true,
            kie: Outside::Fake,
            has_callbacks: true,
            callback_base: None,
            has_public_media: true,
            media_url: None,
        }
    }

    /// The sandbox with these settings and secrets, which extend and override the earlier ones.
    #[must_use]
    pub fn with_settings<N: Into<String>, V: Into<String>>(mut self, settings: impl IntoIterator<Item = (N, V)>) -> Self {
        self.more_settings.extend(settings.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// The sandbox with KIE's rate limit for createTask, which its fake KIE enforces.
    #[must_use]
    pub fn limited(self) -> Self {
        Self { rate_limit: Some(KIE_RATE), ..self }
    }

    /// The sandbox in this folder.
    #[must_use]
    pub fn in_folder(self, folder: &'a Path) -> Self {
        Self { folder: Some(folder), ..self }
    }

    /// The settings and secrets, by their names.
    pub(crate) fn settings(&self) -> BTreeMap<String, String> {
        self.more_settings.iter().cloned().collect()
    }
}

/// Start of a seeded sandbox's clock. The year 2100, because the machine's clock also checks the expiry of presigned URLs.
const SEEDED_START: jiff::Timestamp = jiff::Timestamp::constant(4_102_444_800, 0);

/// Minimum duration of an empty long poll in a seeded sandbox.
const SEEDED_POLL: Duration = Duration::from_secs(3600);

/// The inputs of a sandbox that differ between runs: random values, start time, minimum duration of an empty long poll.
pub struct Chance {
    pub(crate) rng: Rng,
    pub(crate) start: jiff::Timestamp,
    pub(crate) poll_min: Duration,
}

impl Chance {
    /// Random values, and the machine's time.
    #[must_use]
    pub fn real() -> Self {
        Self::starting_at(jiff::Timestamp::now())
    }

    /// Random values, and a clock that shows `start` at the opening and follows tokio's time.
    #[must_use]
    pub fn starting_at(start: jiff::Timestamp) -> Self {
        Self { rng: Rng::system(), start, poll_min: Duration::ZERO }
    }

    /// The values that follow from this seed: the same seed gives the same run.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        // The AWS SDK's retry jitter uses this thread's fastrand generator.
        fastrand::seed(seed);
        Self { rng: Rng::seeded(seed), start: SEEDED_START, poll_min: SEEDED_POLL }
    }

    pub(crate) fn aws_clock(&self) -> AwsClock {
        AwsClock::starting_at(self.start.into())
    }
}
