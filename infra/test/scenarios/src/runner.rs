//! Plays scenarios and reports them.

use std::time::{Duration, Instant};

use crate::{Scenario, ScenarioRun, timeline::timeline};

/// How a scenario went.
pub struct Report {
    /// The scenario.
    pub scenario: Scenario,
    /// Its timeline, with the ledgers after it.
    pub timeline: String,
    /// Why it failed, if it did.
    pub failure: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// Plays a scenario and checks what it left behind.
pub async fn play(scenario: Scenario, run: ScenarioRun) -> Report {
    let began = Instant::now();
    let played = (scenario.play)(run.clone()).await;
    let result = match played {
        Ok(()) => run.aftermath().await,
        Err(failure) => Err(failure),
    };
    Report { scenario, timeline: timeline(&run).await, failure: result.err(), took: began.elapsed() }
}

impl Report {
    /// The scenario as it is printed.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { scenario, timeline, failure, took } = self;
        let verdict = match failure {
            None => "passed".to_owned(),
            Some(failure) => format!("FAILED: {failure}"),
        };
        format!("── {} ── {}\n{timeline}  {verdict} ({:.1} s)\n", scenario.number, scenario.title, took.as_secs_f32())
    }
}

/// The closing line: `N passed, N failed`.
#[must_use]
pub fn tally(reports: &[Report]) -> (String, bool) {
    let failed = reports.iter().filter(|report| report.failure.is_some()).count();
    (format!("{} passed, {failed} failed", reports.len() - failed), failed == 0 && !reports.is_empty())
}
