//! Golden folders: one folder for each release, with JSON files of named entries. The refunder's golden test includes this file
//! too.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value as Json;

/// The entries of one file, by name.
pub type Entries = BTreeMap<String, Json>;
/// The files of one release, by name.
pub type Files = BTreeMap<String, Entries>;

/// The release of the code under test.
pub const THIS_RELEASE: &str = env!("CARGO_PKG_VERSION");

/// Whether the test writes the folder of this release: only under `GOLDEN=write`.
pub fn shall_write() -> bool {
    std::env::var("GOLDEN").is_ok_and(|mode| mode == "write")
}

/// The releases that have a folder.
pub fn releases(root: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let names = folders.map(|folder| folder.file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(|first: char| first.is_ascii_digit())).collect()
}

/// Reads every file in the folder of a release.
pub fn read(root: &Path, release: &str) -> Files {
    let files = fs::read_dir(root.join(release)).unwrap().map(|file| file.unwrap());
    let read = |path: &Path| serde_json::from_str(&fs::read_to_string(path).unwrap());
    files
        .map(|file| {
            let entries = read(&file.path()).unwrap_or_else(|error| panic!("{}: {error}", file.path().display()));
            (file.file_name().into_string().unwrap(), entries)
        })
        .collect()
}

/// Writes the folder of a release, one line for each entry. A folder that exists is refused.
pub fn write(root: &Path, release: &str, files: &Files) {
    let folder = root.join(release);
    let created = fs::create_dir(&folder);
    created.unwrap_or_else(|error| panic!("{}: {error}. The data of a release is never changed.", folder.display()));
    for (name, entries) in files {
        let lines: Vec<_> = entries.iter().map(|(name, entry)| format!("  {}: {entry}", Json::from(name.as_str()))).collect();
        fs::write(folder.join(name), format!("{{\n{}\n}}\n", lines.join(",\n"))).unwrap();
    }
}

/// The differences for which an earlier release could not read today's data: each stored attribute must be there with the same
/// value. Added attributes are fine. A write id differs with each write, so only its presence is checked.
pub fn missing(stored: &Json, written: &Json) -> Vec<String> {
    match (stored, written) {
        (Json::Object(stored), Json::Object(written)) => {
            let each = stored.iter().flat_map(|(name, value)| match written.get(name) {
                None => vec![format!("{name}: not written any more")],
                Some(_) if name == "write_id" => vec![],
                Some(written) => missing(value, written).into_iter().map(|difference| format!("{name}.{difference}")).collect(),
            });
            each.collect()
        }
        (Json::Array(stored), Json::Array(written)) if stored.len() == written.len() => {
            stored.iter().zip(written).flat_map(|(stored, written)| missing(stored, written)).collect()
        }
        (stored, written) if stored == written => vec![],
        (Json::String(stored), Json::String(written)) => match (object(stored), object(written)) {
            (Some(stored), Some(written)) => missing(&stored, &written),
            _ => vec![format!(" stored as {stored}, written as {written}")],
        },
        (stored, written) => vec![format!(" stored as {stored}, written as {written}")],
    }
}

/// The JSON object in a text, such as the body of a queue message; `None` if the text is no object.
fn object(text: &str) -> Option<Json> {
    serde_json::from_str(text).ok().filter(Json::is_object)
}
