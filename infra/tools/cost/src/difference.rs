//! Describes the differences between docs/cost.md and a new measurement.

use std::collections::BTreeMap;

/// The place of a row: its heading and its first cell.
type LineKey = (String, String);

/// One text for each row that differs, the rows with a grown figure first. Empty if the pages are equal.
#[must_use]
pub fn differences(kept: &str, measured: &str) -> Vec<String> {
    if kept == measured {
        return Vec::new();
    }
    let (kept, measured) = (rows(kept), rows(measured));
    let mut found = Vec::new();
    for (place, now) in &measured {
        match kept.get(place) {
            None => found.push((false, format!("{}: new: {now}", at(place)))),
            Some(before) if before != now => {
                let grew = figures(before).iter().zip(figures(now)).any(|(before, now)| now > *before);
                found.push((!grew, format!("{}{}: was {before}, is {now}", if grew { "grew: " } else { "" }, at(place))));
            }
            Some(_) => {}
        }
    }
    found.extend(kept.keys().filter(|place| !measured.contains_key(*place)).map(|place| (true, format!("{}: gone", at(place)))));
    found.sort_by_key(|(is_minor, _)| *is_minor);
    if found.is_empty() {
        return vec!["only sentences differ".to_owned()];
    }
    found.into_iter().map(|(_, what)| what).collect()
}

fn at((heading, first): &LineKey) -> String {
    format!("{heading} | {first}")
}

/// The rows of all tables, by place.
fn rows(page: &str) -> BTreeMap<LineKey, String> {
    let mut rows = BTreeMap::new();
    let mut heading = String::new();
    for line in page.lines() {
        if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim().to_owned();
        } else if let Some((first, rest)) = line.strip_prefix("| ").and_then(|row| row.split_once(" | ")) {
            rows.insert((heading.clone(), first.to_owned()), rest.trim_end_matches(['|', ' ']).to_owned());
        }
    }
    rows
}

/// The figures of a row, cell by cell.
fn figures(row: &str) -> Vec<f64> {
    let digits = |cell: &str| cell.trim().trim_start_matches('$').replace(',', "");
    let first = |cell: &str| digits(cell).split(' ').next().and_then(|word| word.parse().ok());
    row.split('|').map(|cell| first(cell).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: &str = "# Order\n| call | requests |\n|---|--:|\n| sender · SQS Send | 1 |\n| webhook · SQS Send | 12 |\n";

    #[test]
    fn one_more_request_is_named_and_comes_first() {
        assert_eq!(differences(KEPT, KEPT), Vec::<String>::new());
        let measured = KEPT.replace("| 1 |", "| 2 |").replace("| 12 |", "| 9 |");
        let expected = ["grew: Order | sender · SQS Send: was 1, is 2", "Order | webhook · SQS Send: was 12, is 9"];
        assert_eq!(differences(KEPT, &measured), expected);
    }

    #[test]
    fn a_new_call_and_a_call_that_is_gone_are_named() {
        let measured = format!("{KEPT}| sender · SQS Delete | 1 |\n");
        assert_eq!(differences(KEPT, &measured), ["Order | sender · SQS Delete: new: 1"]);
        assert_eq!(differences(&measured, KEPT), ["Order | sender · SQS Delete: gone"]);
        assert_eq!(differences("a", "b"), ["only sentences differ"]);
    }
}
