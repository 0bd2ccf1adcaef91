//! Plays scenarios and reports their results.

use std::time::{Duration, Instant};

use crate::{Scenario, ScenarioRun, timeline::timeline};

/// The result of a scenario's run.
pub struct Report {
    /// The scenario that was played.
    pub scenario: Scenario,
    /// The run's timeline, with the jobs and ledgers after it.
    pub timeline: String,
    /// The failed expectation; `None` if the scenario passed.
    pub failure: Option<String>,
    /// Real time that the scenario took.
    pub took: Duration,
}

/// Plays a scenario, then checks what must hold after every scenario.
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
    /// Returns the report as `make demo` prints it.
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

/// Returns the closing line, `N passed, N failed`, and whether all scenarios passed.
#[must_use]
pub fn tally(reports: &[Report]) -> (String, bool) {
    let failed = reports.iter().filter(|report| report.failure.is_some()).count();
    (format!("{} passed, {failed} failed", reports.len() - failed), failed == 0 && !reports.is_empty())
}
