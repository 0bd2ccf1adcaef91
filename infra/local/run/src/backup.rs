//! `make backup`: a copy of the data folder that is consistent in itself, made while the bot runs.
//!
//! The table is copied first, in one SQLite transaction, and the media after it: so the copy of the table names no film that came later.
//! The queues are in no copy. As after a kill, the sweeper finds the jobs.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};

use crate::data::{FOLDER, make_private};

/// The table's file.
const TABLE: &str = "table.sqlite";
/// What is copied beside the table, as far as it is there.
const FILES: [&str; 5] = ["media", "telegram", "kie.json", "keys.json", "version"];

/// Copies the data of this machine into a new folder, and checks the copy of the table.
///
/// # Errors
/// There is no data, the new folder has content, or a copy failed. The data is never changed.
#[expect(clippy::print_stdout, reason = "the command prints what it did")]
pub(crate) fn backup(data: Option<PathBuf>, to: &Path) -> Result<(), String> {
    let data = data.unwrap_or_else(|| FOLDER.into());
    if to.as_os_str().is_empty() {
        return Err("name the new folder: make backup TO=../backup-of-today".to_owned());
    }
    if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(format!("the folder {} has content: name a new one", to.display()));
    }
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        format!("{what} was not copied: {error}. The copy in {} is not whole", to.display())
    };
    make_private(to).map_err(|error| failed("the data", &error))?;
    copy_table(&data.join(TABLE), &to.join(TABLE)).map_err(|error| failed(TABLE, &error))?;
    for name in FILES {
        copy(&data.join(name), &to.join(name)).map_err(|error| failed(name, &error))?;
    }
    println!("backup    {}: DATA={} make run starts it", to.display(), to.display());
    Ok(())
}

/// Copies the table in one transaction, and has SQLite check the copy.
fn copy_table(from: &Path, to: &Path) -> Result<(), String> {
    let text = |error: rusqlite::Error| error.to_string();
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(text)?;
    source.execute("VACUUM INTO ?1", [to.to_string_lossy()]).map_err(text)?;
    let copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(text)?;
    let found: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(text)?;
    if found == "ok" { Ok(()) } else { Err(format!("SQLite finds the copy damaged: {found}")) }
}

/// Copies a file, or a folder with everything in it. What is not there, or is removed meanwhile, is left out.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let gone = |error: io::Error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) };
    match fs::metadata(from) {
        Ok(found) if found.is_dir() => {
            fs::create_dir_all(to)?;
            for entry in fs::read_dir(from)? {
                let entry = entry?;
                copy(&entry.path(), &to.join(entry.file_name()))?;
            }
            Ok(())
        }
        Ok(_) => fs::copy(from, to).map(drop).or_else(gone),
        Err(error) => gone(error),
    }
}
