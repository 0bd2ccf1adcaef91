//! The manifest of an export: what its files hold, and whether it can be imported.

use std::{collections::BTreeMap, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Days, How};
use crate::context::OpsError;

/// The version of the files' format. Raise it when an importer of this release could not read them.
pub const FORMAT: u32 = 1;
/// The manifest's file.
pub const MANIFEST: &str = "manifest.json";
/// Most bytes of a manifest.
const BYTES_MAX: u64 = 64 * 1024;

/// The form of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// JSON lines: each row with the item of the table. It can be imported.
    #[default]
    Json,
    /// CSV, for a spreadsheet.
    Csv,
}

/// What an export holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format ([`FORMAT`]).
    pub format: u32,
    /// When the export began.
    pub made_at: Timestamp,
    /// The release that made the export.
    pub release: String,
    /// The form of the rows.
    pub form: Form,
    /// The days whose ledger entries and jobs the export holds. The accounts are those of the time of the export.
    pub days: Days,
    /// Whether the export is complete and can be imported.
    pub importable: bool,
    /// Jobs that had not ended, by stage.
    pub open_jobs: BTreeMap<String, u64>,
    /// Violations of the money invariants.
    pub violations: u64,
    /// Rows of accounts.
    pub accounts: u64,
    /// Rows of ledger entries.
    pub entries: u64,
    /// Rows of jobs.
    pub jobs: u64,
    /// The sum of the balances of the accounts.
    pub sum_of_balances: i64,
    /// The sum of the amounts of the ledger entries.
    pub sum_of_entries: i64,
    /// The files of the rows, by name.
    pub files: BTreeMap<String, FileFacts>,
}

/// What the manifest says of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// The rows, without the header of a CSV file.
    pub rows: u64,
    /// The length.
    pub bytes: u64,
    /// The SHA-256 of the content, in hex digits, as `sha256sum` prints it.
    pub sha256: String,
}

impl Manifest {
    /// The manifest of an export that begins.
    pub(super) fn new(made_at: Timestamp, how: &How) -> Self {
        Self {
            format: FORMAT,
            made_at,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            form: how.form,
            days: how.days,
            importable: false,
            open_jobs: BTreeMap::new(),
            violations: 0,
            accounts: 0,
            entries: 0,
            jobs: 0,
            sum_of_balances: 0,
            sum_of_entries: 0,
            files: BTreeMap::new(),
        }
    }

    /// Reads the manifest of a folder that is to be imported.
    ///
    /// # Errors
    /// The folder has no manifest, the manifest cannot be read, or the export cannot be imported.
    pub fn of_import(folder: &Path) -> Result<Self, OpsError> {
        let path = folder.join(MANIFEST);
        let advice = "Give the folder of a JSON export, or a CSV file of balances.";
        let bytes = std::fs::metadata(&path)
            .and_then(|file| if file.len() > BYTES_MAX { Ok(None) } else { std::fs::read(&path).map(Some) });
        let bytes = bytes.map_err(|error| OpsError::new(format!("cannot read {}: {error}", path.display()), advice))?;
        let unreadable = || OpsError::new(format!("{} is no manifest of an export", path.display()), advice);
        // A later format may have other fields: its number is read first.
        let json: serde_json::Value = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(unreadable)?;
        let format = json.get("format").and_then(serde_json::Value::as_u64).ok_or_else(unreadable)?;
        if format != u64::from(FORMAT) {
            return Err(OpsError::new(
                format!("the export has format {format}, and this release reads format {FORMAT}"),
                "Import it with the release that made it or with a later one.",
            ));
        }
        let manifest: Self = serde_json::from_value(json).map_err(|_| unreadable())?;
        if manifest.importable {
            return Ok(manifest);
        }
        Err(OpsError::new(
            "the export is for reading only and cannot be imported",
            "Export again as JSON, without days and without --for-reading, when no job is open.",
        ))
    }
}
