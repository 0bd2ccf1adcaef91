//! The answer of the comparison.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::finding::{Finding, Weight};
use crate::context::Answer;

/// A row and what the comparison found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowChecked {
    /// The row's id.
    pub row: String,
    /// KIE's id of the model.
    pub model: String,
    /// The share of the model's tasks that succeeded in the last 24 hours, in percent. `None` if KIE does not say.
    pub success_percent: Option<f64>,
    /// The findings, by field.
    pub findings: Vec<Finding>,
}

/// Every row of the catalog, compared with KIE.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogChecked {
    /// The rows in the order of the catalog.
    pub rows: Vec<RowChecked>,
}

/// Drift is listed and is no failure: the exit status stays 0.
impl Answer for CatalogChecked {}

impl CatalogChecked {
    /// The number of findings of a weight.
    #[must_use]
    pub fn count(&self, weight: Weight) -> usize {
        self.rows.iter().flat_map(|row| &row.findings).filter(|finding| finding.weight == weight).count()
    }
}

impl Serialize for CatalogChecked {
    /// The rows and the counts, so that a script needs no sum.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut answer = serializer.serialize_struct("CatalogChecked", 5)?;
        answer.serialize_field("rows", &self.rows)?;
        answer.serialize_field("differences", &self.count(Weight::Difference))?;
        answer.serialize_field("warnings", &self.count(Weight::Warning))?;
        answer.serialize_field("not_compared", &self.count(Weight::Unread))?;
        answer.serialize_field("notes", &self.count(Weight::Note))?;
        answer.end()
    }
}

impl fmt::Display for CatalogChecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.row.len()).max().unwrap_or_default();
        for row in &self.rows {
            let success = match row.success_percent {
                Some(percent) => format!("{percent:.0} % of a day's tasks succeeded"),
                None => "no success rate".to_owned(),
            };
            let drifts = row.findings.iter().any(|finding| finding.weight == Weight::Difference);
            let state = if drifts { "DRIFT" } else { "fine" };
            writeln!(f, "{:<width$}  {state:<5}  {}, {success}", row.row, row.model)?;
            row.findings.iter().try_for_each(|finding| writeln!(f, "    {finding}"))?;
        }
        let differences = match self.count(Weight::Difference) {
            0 => "no drift".to_owned(),
            count => counted(count, "difference"),
        };
        write!(f, "{}, {differences}", counted(self.rows.len(), "row"))?;
        if let warnings @ 1.. = self.count(Weight::Warning) {
            write!(f, ", {}", counted(warnings, "warning"))?;
        }
        if let unread @ 1.. = self.count(Weight::Unread) {
            write!(f, ", {unread} not compared")?;
        }
        writeln!(f)
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(row: &str, weights: &[Weight]) -> RowChecked {
        let findings = weights.iter().map(|weight| Finding::new(*weight, "duration: why")).collect();
        RowChecked { row: row.to_owned(), model: "kling-3.0/video".to_owned(), success_percent: Some(99.6), findings }
    }

    #[test]
    fn a_fine_row_is_a_line_and_drift_is_listed_under_its_row() {
        let silent = RowChecked { success_percent: None, ..row("b", &[]) };
        let all = CatalogChecked { rows: vec![row("neuro", &[Weight::Difference, Weight::Note]), silent] };
        let expected = "\
neuro  DRIFT  kling-3.0/video, 100 % of a day's tasks succeeded
    difference   duration: why
    note         duration: why
b      fine   kling-3.0/video, no success rate
2 rows, 1 difference
";
        assert_eq!(all.to_string(), expected);
        let none = CatalogChecked { rows: vec![row("neuro", &[Weight::Note, Weight::Warning, Weight::Unread])] };
        assert!(none.to_string().ends_with("\n1 row, no drift, 1 warning, 1 not compared\n"), "{none}");
        assert!(!all.found_problems(), "drift is no failure");
    }

    #[test]
    fn the_json_has_the_counts() {
        let all = CatalogChecked { rows: vec![row("a", &[Weight::Difference, Weight::Difference, Weight::Unread])] };
        let json = serde_json::to_value(&all).unwrap();
        assert_eq!([&json["differences"], &json["warnings"], &json["not_compared"], &json["notes"]], [2, 0, 1, 0]);
        assert_eq!(json["rows"][0]["findings"][0], json!({"weight": "difference", "what": "duration: why"}));
    }
}
