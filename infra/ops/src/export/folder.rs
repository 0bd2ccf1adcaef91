//! The folder of an export while it is written: a sibling with another name, which only its owner may read.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, BufWriter, Write},
    marker::PhantomData,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use adapters::table::Stored;
use sha2::{Digest, Sha256};

use super::{FileFacts, Form, LINE_MAX_BYTES, Line, MANIFEST, Manifest, Row, file_name};
use crate::context::OpsError;

/// The files name people: only their owner may read them.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

fn cannot(what: &str, path: &Path, error: &io::Error) -> OpsError {
    OpsError::new(format!("cannot {what} {}: {error}", path.display()), "Check the path, its permissions and the free space.")
}

fn create(path: &Path) -> Result<File, OpsError> {
    let file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path);
    file.map_err(|error| cannot("create", path, &error))
}

/// An unfinished export. It is deleted unless it is finished; after a kill it keeps its name, which ends in `.unfinished`.
pub(super) struct Unfinished(PathBuf);

impl Unfinished {
    /// Creates an unfinished export beside the folder that it is for.
    ///
    /// # Errors
    /// The folder exists and is not empty, or it could not be created.
    pub(super) fn beside(folder: &Path) -> Result<Self, OpsError> {
        let advice = "Give the path of a new folder.";
        match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
            Ok(true) => {}
            Ok(false) => return Err(OpsError::new(format!("the folder {} is not empty", folder.display()), advice)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(OpsError::new(format!("cannot use {}: {error}", folder.display()), advice)),
        }
        let name = folder.file_name().ok_or_else(|| OpsError::new(format!("{} names no folder", folder.display()), advice))?;
        let unfinished = folder.with_file_name(format!(".{}.{}.unfinished", name.to_string_lossy(), std::process::id()));
        let created = DirBuilder::new().mode(FOLDER_MODE).create(&unfinished);
        created.map(|()| Self(unfinished.clone())).map_err(|error| cannot("create", &unfinished, &error))
    }

    /// The folder while it is unfinished.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes the manifest and gives the folder its name.
    ///
    /// # Errors
    /// The manifest could not be written, or the folder could not be renamed.
    pub(super) fn finish(mut self, folder: &Path, manifest: &Manifest) -> Result<(), OpsError> {
        let path = self.0.join(MANIFEST);
        let mut file = create(&path)?;
        let written = serde_json::to_vec_pretty(manifest).map_err(io::Error::from).and_then(|mut text| {
            text.push(b'\n');
            file.write_all(&text).and_then(|()| file.sync_all())
        });
        written.map_err(|error| cannot("write", &path, &error))?;
        // An empty folder of this name is replaced.
        fs::rename(&self.0, folder).map_err(|error| cannot("create", folder, &error))?;
        self.0.clear();
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            // What cannot be deleted keeps its name, which says that it is unfinished.
            let _left = fs::remove_dir_all(&self.0);
        }
    }
}

/// A file of rows that is being written.
pub(super) struct RowFile<R> {
    path: PathBuf,
    form: Form,
    file: BufWriter<File>,
    hash: Sha256,
    facts: FileFacts,
    row: PhantomData<R>,
}

impl<R: Row> RowFile<R> {
    /// Creates the file. A CSV file begins with the names of its columns.
    pub(super) fn new(folder: &Path, form: Form) -> Result<Self, OpsError> {
        let path = folder.join(file_name::<R>(form));
        let file = BufWriter::new(create(&path)?);
        let mut file = Self { path, form, file, hash: Sha256::new(), facts: FileFacts::default(), row: PhantomData };
        if form == Form::Csv {
            file.bytes(format!("{}\n", R::COLUMNS.join(",")).as_bytes())?;
        }
        Ok(file)
    }

    /// Writes a row.
    pub(super) fn write(&mut self, stored: &Stored<R::Value>) -> Result<(), OpsError> {
        let row = R::of(stored);
        let text = match self.form {
            Form::Json => json_line(&Line { row, item: stored.item.clone() }),
            Form::Csv => csv_line(&row.for_a_spreadsheet()),
        };
        let text = text.map_err(|error| cannot("write", &self.path, &error))?;
        self.facts.rows += 1;
        self.bytes(&text)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), OpsError> {
        self.hash.update(bytes);
        self.facts.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.file.write_all(bytes).map_err(|error| cannot("write", &self.path, &error))
    }

    /// Writes the file to the disk. Gives its name and what the manifest says of it.
    pub(super) fn finish(mut self) -> Result<(String, FileFacts), OpsError> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        written.map_err(|error| cannot("write", &self.path, &error))?;
        let sha256 = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((file_name::<R>(self.form), FileFacts { sha256, ..self.facts }))
    }
}

fn json_line<R: Row>(line: &Line<R>) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    if text.len() > LINE_MAX_BYTES {
        return Err(io::Error::other(format!("a row has {} bytes, and an import reads at most {LINE_MAX_BYTES}", text.len())));
    }
    Ok(text)
}

fn csv_line(row: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.serialize(row).map_err(io::Error::other)?;
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{credits::EntryKind, locale::Locale};
    use jiff::Timestamp;

    use super::super::{AccountRow, EntryRow};

    fn names(row: &impl serde::Serialize) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.serialize(row).unwrap();
        String::from_utf8(writer.into_inner().unwrap()).unwrap().lines().next().unwrap().to_owned()
    }

    fn account() -> AccountRow {
        AccountRow {
            person: 7,
            balance: -3,
            language: Locale::Ru,
            reachable: false,
            consented_at: None,
            created_at: Some(Timestamp::from_millisecond(1_800_000_000_123).unwrap()),
            bought: true,
            came_from: Some("-1+1".into()),
        }
    }

    #[test]
    fn a_csv_file_begins_with_the_names_of_the_fields_and_no_text_is_a_formula() {
        assert_eq!(names(&account()), AccountRow::COLUMNS.join(","));
        let line = String::from_utf8(csv_line(&account().for_a_spreadsheet()).unwrap()).unwrap();
        assert_eq!(line, "7,-3,ru,false,,2027-01-15T08:00:00.123Z,true,'-1+1\n");
        let at = Timestamp::UNIX_EPOCH;
        let entry =
            EntryRow { person: 7, at, kind: EntryKind::Grant, amount: 2, key: "GRANT#a".into(), note: "=1, \"2\"".into() };
        assert_eq!(names(&entry), EntryRow::COLUMNS.join(","));
        let line = String::from_utf8(csv_line(&entry.for_a_spreadsheet()).unwrap()).unwrap();
        assert_eq!(line, "7,1970-01-01T00:00:00Z,grant,2,GRANT#a,\"'=1, \"\"2\"\"\"\n");
    }

    #[test]
    fn a_folder_with_something_in_it_is_refused_and_an_unfinished_one_is_deleted() {
        let folder = std::env::temp_dir().join(format!("neurocards-unfinished-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let unfinished = Unfinished::beside(&folder).unwrap();
        let path = unfinished.path().to_owned();
        assert!(path.is_dir() && path.parent() == folder.parent());
        drop(unfinished);
        assert!(!path.exists());
        fs::write(folder.join("a"), "b").unwrap();
        let Err(refused) = Unfinished::beside(&folder) else { panic!("a folder with a file was taken") };
        assert!(refused.to_string().contains("is not empty"), "{refused}");
        let Err(refused) = Unfinished::beside(&folder.join("a")) else { panic!("a file was taken for a folder") };
        assert!(refused.to_string().starts_with("cannot use "), "{refused}");
        fs::remove_dir_all(folder).unwrap();
    }
}
