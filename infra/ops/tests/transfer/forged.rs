//! Exports that are changed after they were made.

use std::{fs, path::Path};

use ops::export::How;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    bot::{Bot, Folder, rows},
    faults::Writes,
    people::some_people,
};

/// An export of some people.
pub async fn exported() -> Folder {
    let (here, folder) = (Bot::new().await, Folder::new());
    some_people(&here).await;
    here.export(&folder.export(), How::default()).await.unwrap();
    folder
}

/// Imports, which has to fail, and gives the error.
pub async fn refused(folder: &Folder) -> String {
    let there = Bot::new().await;
    let writes = Writes::of(&there);
    let error = there.import(&folder.export(), true).await.expect_err("the import is refused").to_string();
    assert_eq!((writes.seen(), there.everything().len()), (0, 0), "nothing was written: {error}");
    error
}

pub fn edit(folder: &Folder, file: &str, change: impl Fn(String) -> String) {
    let path = folder.export().join(file);
    fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
}

/// Makes the manifest agree with the files, as somebody would who knows the format.
pub fn sign(folder: &Path) {
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap();
    for (name, count) in [("accounts", "accounts"), ("ledger", "entries"), ("jobs", "jobs")] {
        let file = fs::read(folder.join(format!("{name}.jsonl"))).unwrap();
        let sha256: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
        let lines = file.iter().filter(|byte| **byte == b'\n').count();
        manifest[count] = json!(lines);
        manifest["files"][format!("{name}.jsonl")] = json!({ "rows": lines, "bytes": file.len(), "sha256": sha256 });
    }
    let sum = |file: &str, field: &str| {
        let lines = fs::read_to_string(folder.join(file)).unwrap();
        let rows = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        rows.filter_map(|row| row[field].as_i64()).sum::<i64>()
    };
    manifest["sum_of_balances"] = json!(sum("accounts.jsonl", "balance"));
    manifest["sum_of_entries"] = json!(sum("ledger.jsonl", "amount"));
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

/// Changes the first row of a file for which `is_meant`, and signs the manifest.
pub fn edit_row(folder: &Folder, file: &str, is_meant: impl Fn(&Value) -> bool, change: impl Fn(&mut Value)) -> usize {
    let mut all = rows(&folder.export(), file);
    let at = all.iter().position(is_meant).unwrap();
    change(&mut all[at]);
    let text: String = all.iter().map(|row| format!("{row}\n")).collect();
    fs::write(folder.export().join(file), text).unwrap();
    sign(&folder.export());
    at + 1
}

pub fn is_of(person: i64) -> impl Fn(&Value) -> bool {
    move |row| row["person"] == person
}
