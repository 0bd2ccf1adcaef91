//! Reads a file of rows of an export, line by line. Errors name the file and the line, and quote nothing, because the file is personal
//! data.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    marker::PhantomData,
    path::Path,
};

use adapters::table::{Stored, TableError};
use sha2::{Digest, Sha256};

use crate::{
    context::OpsError,
    export::{FileFacts, Form, LINE_MAX_BYTES, Line, Manifest, Row, file_name},
};

/// A file of rows that is being read.
pub(super) struct Lines<R> {
    name: String,
    reader: BufReader<File>,
    expected: FileFacts,
    hash: Sha256,
    read: FileFacts,
    row: PhantomData<R>,
}

/// A row with the number of its line.
pub(super) struct Numbered<T> {
    /// The number of the line, from 1.
    pub line: u64,
    /// The value and the item of the row.
    pub stored: Stored<T>,
}

/// What an operator does about a file that is not as the export wrote it.
const ADVICE: &str = "The files are not as the export wrote them. Copy the whole folder again, or export again.";

/// The error in a line.
pub(super) fn bad_line(file: &str, line: u64, problem: &str) -> OpsError {
    OpsError::new(format!("{file} line {line}: {problem}"), ADVICE)
}

/// The error in a file or in the manifest.
pub(super) fn bad_file(what: String) -> OpsError {
    OpsError::new(what, ADVICE)
}

impl<R: Row> Lines<R> {
    /// Opens a file of an export.
    ///
    /// # Errors
    /// The manifest does not name the file, or the file cannot be read.
    pub(super) fn open(folder: &Path, manifest: &Manifest) -> Result<Self, OpsError> {
        let name = file_name::<R>(Form::Json);
        let expected = manifest.files.get(&name).cloned();
        let expected = expected.ok_or_else(|| bad_file(format!("the manifest does not name the file {name}")))?;
        let path = folder.join(&name);
        let file = File::open(&path).map_err(|error| bad_file(format!("cannot read {}: {error}", path.display())))?;
        let (reader, hash) = (BufReader::new(file), Sha256::new());
        Ok(Self { name, reader, expected, hash, read: FileFacts::default(), row: PhantomData })
    }

    /// The file's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Reads the next row; `None` after the last.
    ///
    /// # Errors
    /// The line is no row of this file. After the last row: the file is not the one that the manifest describes.
    pub(super) fn next(&mut self) -> Result<Option<Numbered<R::Value>>, OpsError> {
        let mut text = Vec::new();
        let longest = u64::try_from(LINE_MAX_BYTES).unwrap_or(u64::MAX);
        let read = self.reader.by_ref().take(longest + 1).read_until(b'\n', &mut text);
        let bytes = read.map_err(|error| bad_file(format!("cannot read {}: {error}", self.name)))?;
        if bytes == 0 {
            return self.check_file().map(|()| None);
        }
        self.read.rows += 1;
        self.read.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
        self.hash.update(&text);
        let line = self.read.rows;
        let stored = row_of::<R>(&text).map_err(|problem| bad_line(&self.name, line, &problem))?;
        Ok(Some(Numbered { line, stored }))
    }

    /// Compares what was read with the manifest.
    fn check_file(&self) -> Result<(), OpsError> {
        let FileFacts { rows, bytes, sha256 } = &self.expected;
        let same = |what: &str, expected: u64, read: u64| {
            let differs = || bad_file(format!("{} has {read} {what}, and the manifest says {expected}", self.name));
            if expected == read { Ok(()) } else { Err(differs()) }
        };
        same("rows", *rows, self.read.rows)?;
        same("bytes", *bytes, self.read.bytes)?;
        let read: String = self.hash.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if read == *sha256 { Ok(()) } else { Err(bad_file(format!("{} has another SHA-256 than the manifest says", self.name))) }
    }
}

fn row_of<R: Row>(text: &[u8]) -> Result<Stored<R::Value>, String> {
    if text.len() > LINE_MAX_BYTES {
        return Err(format!("longer than {LINE_MAX_BYTES} bytes"));
    }
    let text = text.strip_suffix(b"\n").ok_or("the line has no end: the file was cut off")?;
    let Line { row, item } = serde_json::from_slice::<Line<R>>(text).map_err(|error| {
        let what = if error.is_data() { "a field is missing or has a wrong type" } else { "no JSON" };
        if error.column() > 0 { format!("{what} (at byte {})", error.column()) } else { what.to_owned() }
    })?;
    // The key of an item may hold anything: only the reason is shown.
    let stored = Stored::read(item).map_err(|error| match error {
        TableError::Unreadable { reason, .. } => format!("the item cannot be imported: {reason}"),
        other => other.to_string(),
    })?;
    if R::of(&stored) == row { Ok(stored) } else { Err("the fields differ from the item".to_owned()) }
}
