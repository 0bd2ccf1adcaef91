//! Imports people and their balances from another bot's CSV file. The key of the grant ensures that each person is imported once,
//! however often the import runs.

use std::{collections::BTreeMap, fmt};

use adapters::table::TableError;
use domain::{
    conversation::{Chat, Profile},
    credits::{self, Credits, EntryKey},
    ids::UserId,
    locale::Locale,
};
use serde::{Deserialize, Serialize};

use crate::context::{Answer, OpsContext, OpsError};

/// The key of the grant that each imported person gets once.
pub const KEY: &str = "import";
/// Most credits in one row. A larger number is a mistake or the wrong column.
pub const BALANCE_MAX: u32 = 1_000_000;
/// Longest language code, such as pt-BR or zh-Hant-TW.
const LANGUAGE_MAX_CHARS: usize = 16;

/// A row of the file. Columns that the import does not need, such as names, are not read.
#[derive(Deserialize)]
struct Row {
    id: String,
    balance: String,
    #[serde(default)]
    language: String,
}

/// A person to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The line of the file.
    pub line: u64,
    /// The person's id in Telegram.
    pub user: UserId,
    /// The person's balance.
    pub balance: Credits,
    /// The person's language.
    pub locale: Locale,
}

/// A row that cannot be imported, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The line of the file.
    pub line: u64,
    /// The error in the row. It quotes nothing, because the row is personal data.
    pub problem: String,
}

/// The rows of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// People who can be imported, in the order of the file.
    pub arrivals: Vec<Arrival>,
    /// Rows that cannot be imported.
    pub bad: Vec<BadRow>,
}

/// Reads a CSV file in UTF-8. Its header has `id`, `balance` and optionally `language`; other columns are ignored.
///
/// # Errors
/// The file is not a CSV file in UTF-8, or lacks a column.
pub fn read(file: &[u8]) -> Result<People, OpsError> {
    let expected = "Give a CSV file in UTF-8 whose first line names the columns: id,balance,language";
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let headers =
        reader.headers().map_err(|error| OpsError::new(format!("the file cannot be read: {}", kind_of(&error)), expected))?;
    // Spreadsheets put a byte-order mark before the first column's name.
    let headers: csv::StringRecord = headers.iter().map(|name| name.trim_start_matches('\u{feff}').to_lowercase()).collect();
    for column in ["id", "balance"] {
        if !headers.iter().any(|name| name == column) {
            return Err(OpsError::new(format!("the file has no column {column}"), expected));
        }
    }
    let (mut people, mut lines_by_user) = (People::default(), BTreeMap::new());
    let mut at = reader.position().clone();
    let mut record = csv::StringRecord::new();
    loop {
        let read = match reader.read_record(&mut record) {
            Ok(false) => return Ok(people),
            Ok(true) => record.deserialize(Some(&headers)).map_err(|error| kind_of(&error)),
            Err(error) => Err(kind_of(&error)),
        };
        let line = line_of(file, &at);
        at = reader.position().clone();
        let known = |arrival: Arrival| match lines_by_user.insert(arrival.user, line) {
            None => Ok(arrival),
            Some(first) => Err(format!("the same id as in line {first}")),
        };
        match read.and_then(|row| arrival(line, &row)).and_then(known) {
            Ok(arrival) => people.arrivals.push(arrival),
            Err(problem) => people.bad.push(BadRow { line, problem }),
        }
    }
}

/// The line number of the row that begins at this position, after any blank lines.
fn line_of(file: &[u8], at: &csv::Position) -> u64 {
    let rest = usize::try_from(at.byte()).ok().and_then(|byte| file.get(byte..)).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
    at.line() + u64::try_from(blank).unwrap_or_default()
}

fn arrival(line: u64, row: &Row) -> Result<Arrival, String> {
    let user = row.id.parse().ok().filter(|id| *id > 0).map(UserId);
    let user = user.ok_or("id is not a person's: a whole number above 0")?;
    let balance = row.balance.parse().ok().filter(|balance| *balance <= BALANCE_MAX).map(Credits);
    let balance = balance.ok_or_else(|| format!("balance is not a whole number, 0 to {BALANCE_MAX}"))?;
    let is_code = row.language.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !is_code || row.language.len() > LANGUAGE_MAX_CHARS {
        return Err("language is not a code such as en or ru".to_owned());
    }
    let locale = Locale::from_language_code(Some(&row.language));
    Ok(Arrival { line, user, balance, locale })
}

/// The error as a text that quotes nothing of the file.
fn kind_of(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("{len} columns instead of {expected_len}"),
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => "the row does not fit the columns".to_owned(),
    }
}

/// The result of an import, or of a trial run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Whether the import was carried out. If `false`, the numbers are those of a trial run, and nothing was written.
    pub applied: bool,
    /// Accounts opened.
    pub opened: u64,
    /// People who had an account here and get their old balance in addition.
    pub added: u64,
    /// Credits given to new and existing accounts together.
    pub credits: u64,
    /// People who were imported before; nothing changes for them.
    pub already: u64,
    /// Lines of people who were imported before with another balance; nothing changes for them either.
    pub differ: Vec<BadRow>,
    /// Rows that cannot be imported.
    pub bad: Vec<BadRow>,
}

impl Answer for Imported {
    fn found_problems(&self) -> bool {
        !self.bad.is_empty() || !self.differ.is_empty()
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for BadRow { line, problem } in self.bad.iter().chain(&self.differ) {
            writeln!(f, "line {line}: {problem}")?;
        }
        let Self { opened, added, credits, already, .. } = self;
        let done = if self.applied { "imported" } else { "would be imported" };
        writeln!(f, "{done}: {opened} new accounts, {added} people who have an account; {credits} credits in all")?;
        writeln!(f, "imported before, unchanged: {already}, and {} with another balance", self.differ.len())?;
        writeln!(f, "bad rows: {}", self.bad.len())?;
        if self.applied { Ok(()) } else { writeln!(f, "nothing was written: add --apply to import") }
    }
}

/// The options of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// Carry the import out instead of only reporting what it would do.
    pub apply: bool,
    /// Import the good rows of a file that has bad ones.
    pub skip_bad: bool,
}

/// Imports each person once: opens an account with their balance, or adds the balance to the account that they have here.
///
/// The language is set only for a new account. An imported person has not accepted the terms.
///
/// # Errors
/// The table could not be read or written. The people of earlier rows are imported; run the import again for the others.
pub async fn import(context: &OpsContext, people: People, why: &str, how: How) -> Result<Imported, OpsError> {
    let apply = how.apply && (how.skip_bad || people.bad.is_empty());
    let mut imported = Imported { applied: apply, bad: people.bad, ..Imported::default() };
    for arrival in &people.arrivals {
        match import_one(context, arrival, why, apply).await? {
            OneResult::Opened => imported.opened += 1,
            OneResult::Added => imported.added += 1,
            OneResult::ImportedBefore(amount) if amount == i64::from(arrival.balance.0) => {
                imported.already += 1;
                continue;
            }
            OneResult::ImportedBefore(amount) => {
                let problem = format!("imported before, with {amount} credits");
                imported.differ.push(BadRow { line: arrival.line, problem });
                continue;
            }
        }
        imported.credits += u64::from(arrival.balance.0);
    }
    Ok(imported)
}

/// The result for one person.
enum OneResult {
    Opened,
    Added,
    /// The person was imported before, with this many credits.
    ImportedBefore(i64),
}

async fn import_one(context: &OpsContext, arrival: &Arrival, why: &str, apply: bool) -> Result<OneResult, OpsError> {
    let (table, user, now) = (context.table()?, arrival.user, context.now());
    let gift = credits::grant(user, KEY, arrival.balance, &context.signed(why), now);
    // If the person opens an account meanwhile, the next round adds the balance to it.
    for last_try in [false, true] {
        if let Some(before) = table.entry(user, &EntryKey::Grant(KEY.to_owned())).await? {
            return Ok(OneResult::ImportedBefore(before.amount));
        }
        let has_account = table.person(user, None, now).await?.profile.is_some();
        let given = match (apply, has_account) {
            (false, _) => Ok(()),
            (true, true) => table.give(&gift).await,
            (true, false) => {
                let (balance, locale) = (arrival.balance, arrival.locale);
                let profile = Profile {
                    balance,
                    locale,
                    reachable: true,
                    consented_at: None,
                    open_jobs: vec![],
                    bought: false,
                    came_from: None,
                };
                let chat = Chat { version: 1, ..Chat::default() };
                table.open_account(user, &profile, &gift, &chat).await
            }
        };
        match given {
            Ok(()) if has_account => return Ok(OneResult::Added),
            Ok(()) => return Ok(OneResult::Opened),
            Err(TableError::Stale) if !last_try => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(TableError::Stale.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(people: &People) -> Vec<(u64, &str)> {
        people.bad.iter().map(|row| (row.line, row.problem.as_str())).collect()
    }

    #[test]
    fn columns_are_found_by_name_and_other_columns_are_ignored() {
        let people = read("\u{feff}Name,Balance,ID,extra\n\"Olga, the 1st\", 12 ,7,x\nИван,0,8,\n".as_bytes()).unwrap();
        let arrival = |line, id, credits, locale| Arrival { line, user: UserId(id), balance: Credits(credits), locale };
        assert_eq!(people.arrivals, [arrival(2, 7, 12, Locale::En), arrival(3, 8, 0, Locale::En)]);
        assert_eq!(bad(&people), []);
        let languages = read("id,balance,language\n7,1,ru\n8,1,ru-RU\n9,1,pt_BR\n10,1,\n".as_bytes()).unwrap();
        let locales: Vec<_> = languages.arrivals.iter().map(|arrival| arrival.locale).collect();
        assert_eq!(locales, [Locale::Ru, Locale::Ru, Locale::En, Locale::En]);
    }

    #[test]
    fn a_bad_row_is_reported_by_its_line_and_not_quoted() {
        let file = "id,balance,language,name\n7,1,ru,Olga\nOlga,1,en,x\n8,-1,en,x\n9,1.5,en,x\n10,1000001,en,x\n11,1\n\n7,2,en,x\n-5,1,en,x\n12,1,\"русский\",x\n13,3,en,\"two\nlines\"\n14,x,en,Vera\n";
        let people = read(file.as_bytes()).unwrap();
        assert_eq!(people.arrivals.iter().map(|arrival| arrival.user.0).collect::<Vec<_>>(), [7, 13]);
        let balance = "balance is not a whole number, 0 to 1000000";
        let id = "id is not a person's: a whole number above 0";
        assert_eq!(
            bad(&people),
            [
                (3, id),
                (4, balance),
                (5, balance),
                (6, balance),
                (7, "2 columns instead of 4"),
                (9, "the same id as in line 2"),
                (10, id),
                (11, "language is not a code such as en or ru"),
                (14, balance),
            ]
        );
    }

    #[test]
    fn a_file_without_the_columns_is_refused_and_a_row_that_is_not_utf_8_is_bad() {
        for (file, expected) in [
            ("", "the file has no column id"),
            ("id;balance\n1;2\n", "the file has no column id"),
            ("id,name\n", "the file has no column balance"),
        ] {
            let error = read(file.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(expected) && error.contains("id,balance,language"), "{error}");
        }
        let people = read(b"id,balance\n7,1\n\xff,1\n9,1\n").unwrap();
        assert_eq!((people.arrivals.len(), bad(&people)), (2, vec![(3, "not UTF-8")]));
    }
}
