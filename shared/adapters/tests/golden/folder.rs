//! Golden folders: one for each release, with JSON files of named entries. The refunder's golden test includes this file too.

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

/// The release that the code under test is.
pub const THIS_RELEASE: &str = env!("CARGO_PKG_VERSION");

/// Whether the test shall write the folder of this release. `GOLDEN=write` asks for it.
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

/// Every file of a release's folder.
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

/// Writes the folder of a release, a line for each entry; refuses a folder that exists.
pub fn write(root: &Path, release: &str, files: &Files) {
    let folder = root.join(release);
    let created = fs::create_dir(&folder);
    created.unwrap_or_else(|error| panic!("{}: {error}. The data of a release is never changed.", folder.display()));
    for (name, entries) in files {
        let lines: Vec<_> = entries.iter().map(|(name, entry)| format!("  {}: {entry}", Json::from(name.as_str()))).collect();
        fs::write(folder.join(name), format!("{{\n{}\n}}\n", lines.join(",\n"))).unwrap();
    }
}

/// What an earlier release would miss in what today's code wrote: each attribute must be there with the same value. Attributes that
/// were added are fine. A write id is drawn anew with each write, so that it is only looked for.
pub fn missing(stored: &Json, written: &Json) -> Vec<String> {
    match (stored, written) {
        (Json::Object(stored), Json::Object(written)) => {
            let each = stored.iter().flat_map(|(name, value)| match written.get(name) {
                None => vec![format!("{name}: not written any more")],
                Some(_) if name == "write_id" => vec![],
                Some(written) => missing(value, written).into_iter().map(|what| format!("{name}.{what}")).collect(),
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

/// The JSON object in a text: a message's body has fields, as an item has attributes.
fn object(text: &str) -> Option<Json> {
    serde_json::from_str(text).ok().filter(Json::is_object)
}
