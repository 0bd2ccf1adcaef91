//! Text tables and lists for a terminal.

use std::fmt;

use jiff::Timestamp;

/// A table with column names and rows. Each column is as wide as its longest cell.
pub(crate) struct TextTable<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> TextTable<N> {
    /// A table with these columns and no row yet.
    pub(crate) fn new(names: [&str; N]) -> Self {
        Self { rows: vec![names.map(str::to_uppercase)] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }
}

impl<const N: usize> fmt::Display for TextTable<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in &self.rows {
            let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// A line of a list: a name and its value.
pub(crate) fn line(f: &mut fmt::Formatter<'_>, name: &str, value: impl fmt::Display) -> fmt::Result {
    writeln!(f, "{name:<12} {value}")
}

/// A time, to the second.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// The value, or a dash for `None`.
pub(crate) fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_its_longest_cell_and_no_line_has_trailing_blanks() {
        let mut lines = TextTable::new(["job", "stage"]);
        lines.row(["a".into(), "сделано".into()]);
        lines.row(["long one".into(), "-".into()]);
        assert_eq!(lines.to_string(), "JOB       STAGE\na         сделано\nlong one  -\n");
    }

    #[test]
    fn a_time_is_shown_to_the_second() {
        assert_eq!(time(Timestamp::from_millisecond(1_800_000_000_999).unwrap()), "2027-01-15T08:00:00Z");
    }
}
