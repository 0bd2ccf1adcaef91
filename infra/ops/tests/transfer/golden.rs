//! The items that earlier releases stored can be exported and imported.

use std::{collections::BTreeMap, fs};

use adapters::table::{Account, Storable, Stored, StoredItem};
use domain::{credits::Entry, job::Job};
use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/adapters/tests/golden");

fn read_all<T: Storable>(release: &str, file: &str) -> usize {
    let text = fs::read_to_string(format!("{FOLDER}/{release}/{file}.json")).unwrap();
    let items: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    for (name, item) in &items {
        let stored: StoredItem = serde_json::from_value(item.clone()).unwrap();
        assert_eq!(serde_json::to_value(&stored).unwrap(), *item, "{name}");
        Stored::<T>::read(stored).unwrap_or_else(|error| panic!("{release}, {name}: {error}"));
    }
    items.len()
}

#[test]
fn the_items_of_every_release_are_read_and_written_unchanged() {
    let folders = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let releases: Vec<_> = folders.filter(|name| name.starts_with(|c: char| c.is_ascii_digit())).collect();
    assert!(releases.contains(&"0.1.0".to_owned()));
    for release in releases {
        assert!(read_all::<Account>(&release, "accounts") > 3);
        assert!(read_all::<Entry>(&release, "ledger") > 3);
        assert!(read_all::<Job>(&release, "jobs") > 3);
    }
}
