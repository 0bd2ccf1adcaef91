//! What the probe saw, next to what the documents say.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{context::Answer, text_table::TextTable};

/// Whether an observation is as documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// As documented.
    Same,
    /// Not as documented.
    Different,
    /// Not observed, because a step before it failed.
    NotObserved,
}

impl Comparison {
    const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "DIFFERENT",
            Self::NotObserved => "not observed",
        }
    }

    /// The result of a comparison.
    #[must_use]
    pub const fn of(is_same: bool) -> Self {
        if is_same { Self::Same } else { Self::Different }
    }
}

/// One question with the documented and the observed answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// What is asked.
    pub question: String,
    /// The answer of the documents.
    pub documented: String,
    /// The answer of the services.
    pub observed: String,
    /// Whether both are the same.
    pub comparison: Comparison,
}

/// The observations of a case, and what KIE took.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Notes {
    /// The observations in the order of the steps.
    pub observations: Vec<Observation>,
    /// What KIE says that it took, in KIE's credits.
    pub kie_credits: f64,
}

impl Notes {
    /// Notes an observation.
    pub fn note(&mut self, question: &str, documented: impl Into<String>, observed: impl Into<String>, comparison: Comparison) {
        let (documented, observed) = (documented.into(), observed.into());
        self.observations.push(Observation { question: question.to_owned(), documented, observed, comparison });
    }

    /// Notes that a question has no answer, and why.
    pub fn miss(&mut self, question: &str, documented: impl Into<String>, why: impl fmt::Display) {
        self.note(question, documented, why.to_string(), Comparison::NotObserved);
    }
}

/// A case that was run, or that was not reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseProbed {
    /// The case's id.
    pub case: String,
    /// What was noted.
    #[serde(flatten)]
    pub notes: Notes,
}

/// The answer of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Probed {
    /// The cases in the order of the plan.
    pub cases: Vec<CaseProbed>,
    /// What KIE says that it took, in US dollars.
    pub usd: f64,
}

impl Answer for Probed {
    /// A difference from the documents is what the probe is for; an operator has to read it.
    fn found_problems(&self) -> bool {
        self.count(Comparison::Different) > 0
    }
}

impl Probed {
    /// The number of observations with this result.
    #[must_use]
    pub fn count(&self, comparison: Comparison) -> usize {
        let all = self.cases.iter().flat_map(|it| &it.notes.observations);
        all.filter(|observation| observation.comparison == comparison).count()
    }
}

impl fmt::Display for Probed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = TextTable::new(["case", "question", "documented", "observed", "comparison"]);
        for CaseProbed { case, notes } in &self.cases {
            for Observation { question, documented, observed, comparison } in &notes.observations {
                let cells = [case, question, documented, observed].map(Clone::clone);
                let [case, question, documented, observed] = cells;
                table.row([case, question, documented, observed, comparison.name().to_owned()]);
            }
        }
        write!(f, "{table}")?;
        let credits: f64 = self.cases.iter().map(|it| it.notes.kie_credits).sum();
        let [same, different, missed] =
            [Comparison::Same, Comparison::Different, Comparison::NotObserved].map(|comparison| self.count(comparison));
        writeln!(
            f,
            "{same} same, {different} different, {missed} not observed; KIE took {credits:.1} credits, {:.2} USD",
            self.usd
        )
    }
}
