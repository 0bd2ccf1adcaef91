//! Plays stories and reports them.

use std::time::{Duration, Instant};

use crate::{
    list::{Scene, Story},
    timeline::timeline,
};

/// How a story went.
pub struct Report {
    /// The story.
    pub story: Story,
    /// Its timeline, with the ledgers after it.
    pub timeline: String,
    /// Why it failed, if it did.
    pub failure: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// Plays a story and looks at what it left behind.
pub async fn play(story: Story, scene: Scene) -> Report {
    let began = Instant::now();
    let played = (story.play)(scene.clone()).await;
    let result = match played {
        Ok(()) => scene.aftermath().await,
        Err(failure) => Err(failure),
    };
    Report { story, timeline: timeline(&scene).await, failure: result.err(), took: began.elapsed() }
}

impl Report {
    /// The story as it is printed.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { story, timeline, failure, took } = self;
        let verdict = match failure {
            None => "passed".to_owned(),
            Some(failure) => format!("FAILED: {failure}"),
        };
        format!("── {} ── {}\n{timeline}  {verdict} ({:.1} s)\n", story.number, story.title, took.as_secs_f32())
    }
}

/// The closing line: `N passed, N failed`.
#[must_use]
pub fn tally(reports: &[Report]) -> (String, bool) {
    let failed = reports.iter().filter(|report| report.failure.is_some()).count();
    (format!("{} passed, {failed} failed", reports.len() - failed), failed == 0 && !reports.is_empty())
}
