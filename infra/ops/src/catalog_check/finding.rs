//! What the comparison of a row found.

use std::fmt;

use serde::Serialize;

/// The weight of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// KIE and the catalog contradict each other.
    Difference,
    /// The model fails often.
    Warning,
    /// A part could not be compared.
    Unread,
    /// Known, and accepted by KIE in recorded calls.
    Note,
}

impl Weight {
    /// The name in the answer.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Difference => "difference",
            Self::Warning => "warning",
            Self::Unread => "not compared",
            Self::Note => "note",
        }
    }
}

/// One finding about a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The weight.
    pub weight: Weight,
    /// The finding as a sentence that names the field.
    pub what: String,
}

impl Finding {
    /// A finding of this weight.
    pub fn new(weight: Weight, what: impl Into<String>) -> Self {
        Self { weight, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<12} {}", self.weight.name(), self.what)
    }
}
