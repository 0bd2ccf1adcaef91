//! Every release can read the data of earlier releases, and earlier releases can read its data. See README.md in this folder.

#[cfg(test)]
mod folder;
#[cfg(test)]
mod release_0_1_0;
#[cfg(test)]
mod store;
#[cfg(test)]
mod stored;

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        path::Path,
    };

    use adapters::table::TableError;
    use domain::{
        conversation::{Chat, Profile},
        credits::{self, Balance, Credits},
        ids::UserId,
        invariants::Violation,
        job::Job,
        limits::{Buyer, Limits},
    };

    use crate::{
        folder::{self, Files, THIS_RELEASE},
        release_0_1_0::{self, SELLER, now, some_job},
        store::Store,
        stored::Stored,
    };

    /// The values of one release, by file name and entry name.
    type Values = BTreeMap<&'static str, Vec<(String, Stored)>>;

    /// Each release that has a golden folder, with the values of its entries.
    fn releases() -> Vec<(&'static str, Values)> {
        vec![("0.1.0", release_0_1_0::values())]
    }

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden"))
    }

    /// The names of the entries in each file.
    fn names(files: &Files) -> BTreeMap<&str, BTreeSet<&str>> {
        files.iter().map(|(file, entries)| (file.as_str(), entries.keys().map(String::as_str).collect())).collect()
    }

    /// Each entry of the golden folders with its name and its value. An entry without a value, or a value without an entry,
    /// panics.
    fn entries() -> Vec<(String, serde_json::Value, Stored)> {
        let mut all = Vec::new();
        for (release, values) in releases() {
            let mut files = folder::read(root(), release);
            let expected: BTreeMap<&str, BTreeSet<&str>> =
                values.iter().map(|(file, values)| (*file, values.iter().map(|(name, _)| name.as_str()).collect())).collect();
            assert_eq!(names(&files), expected, "the files of {release} and their entries");
            for (file, values) in values {
                let mut entries = files.remove(file).unwrap();
                let named = |(name, value): (String, Stored)| {
                    (format!("{release}/{file}: {name}"), entries.remove(&name).unwrap(), value)
                };
                all.extend(values.into_iter().map(named));
            }
        }
        all
    }

    #[test]
    fn every_golden_folder_has_its_values_here() {
        let known: BTreeSet<String> = releases().into_iter().map(|(release, _)| release.to_owned()).collect();
        assert_eq!(folder::releases(root()), known);
    }

    /// The folder is written only under `GOLDEN=write`: see README.md in this folder.
    #[tokio::test]
    async fn the_golden_folder_of_this_release_is_written_on_demand() {
        if !folder::shall_write() {
            return;
        }
        let values = releases().into_iter().find(|(release, _)| *release == THIS_RELEASE);
        let (release, values) = values.unwrap_or_else(|| panic!("no values are listed for {THIS_RELEASE}"));
        let mut files = Files::new();
        for (file, values) in values {
            for (name, value) in values {
                let entries = files.entry(file.to_owned()).or_default();
                assert!(entries.insert(name.clone(), value.write().await).is_none(), "{file}: two entries are named {name}");
            }
        }
        folder::write(root(), release, &files);
    }

    #[tokio::test]
    async fn what_an_earlier_release_stored_reads_as_the_value_that_it_was() {
        for (name, stored, value) in entries() {
            assert_eq!(value.read(&stored).await, value, "{name}");
        }
    }

    #[tokio::test]
    async fn what_this_release_stores_an_earlier_release_can_read() {
        for (name, mut stored, value) in entries() {
            // 0.1.0 answers a callback to a sealed path with 404, as to any path that it does not know. Its job continues by
            // polls.
            if let Stored::Callback(..) = value {
                continue;
            }
            let mut written = value.write().await;
            if let Stored::Note(..) = value {
                // The sort key of a note ends in a random id.
                for note in [&mut stored, &mut written] {
                    note["sk"]["S"] = note["sk"]["S"].as_str().unwrap()[..24].into();
                }
            }
            assert_eq!(folder::missing(&stored, &written), [""; 0], "{name}");
        }
    }

    #[tokio::test]
    async fn work_goes_on_from_what_an_earlier_release_stored() {
        for (_, stored, value) in entries() {
            value.go_on(&stored).await;
        }
    }

    /// A later release may store a balance below zero: a debt.
    #[tokio::test]
    async fn a_debt_reads_as_nothing_to_spend_and_keeps_its_sign_for_the_invariants() {
        let account =
            |(_, stored, value)| if let Stored::Account(user, profile) = value { Some((stored, user, profile)) } else { None };
        let (mut stored, user, profile) = entries().into_iter().find_map(account).unwrap();
        stored["balance"]["N"] = "-3".into();
        let (store, job) = (Store::with(&stored), some_job("00000000000070008000000000000007.1".parse().unwrap()));
        let table = &store.table;
        let person = table.person(user, None, now()).await.unwrap();
        assert_eq!(person.profile, Some(Profile { balance: Credits(0), ..profile }));
        assert_eq!(table.balance(user).await.unwrap(), Balance(-3));
        let snapshot = table.account_snapshot(user).await.unwrap();
        assert_eq!(snapshot.balance, Some(Balance(-3)));
        assert_eq!(snapshot.violations(), [Violation::BalanceOff { difference: -3 }], "no entry is stored");
        let charge = credits::charge(user, job.id, Credits(1), now());
        let allowance = Limits::default().allowance(1, 0, Buyer::NotYet).unwrap();
        let chat = Chat { version: 1, ..Chat::default() };
        let refused = table.confirm_order(user, &chat, &[(job, charge)], &allowance, now()).await;
        assert!(matches!(refused, Err(TableError::InsufficientCredits)), "{refused:?}");
        table.give(&credits::grant(user, "more", Credits(2), "", now())).await.unwrap();
        assert_eq!(table.balance(user).await.unwrap(), Balance(-1));
    }

    #[tokio::test]
    async fn a_person_s_jobs_and_ledger_are_read_whole() {
        let store = Store::empty();
        let (mut jobs, mut ledger) = (Vec::new(), Vec::new());
        for (_, stored, value) in entries() {
            match value {
                Stored::Job(job) if job.user == SELLER => jobs.push(*job),
                Stored::Entry(entry) if entry.user == SELLER => ledger.push(entry),
                _ => continue,
            }
            store.put(&stored);
        }
        let oldest_first = |job: &Job| format!("JOB#{}", job.id);
        jobs.sort_by_key(oldest_first);
        assert_eq!(store.table.jobs(SELLER).await.unwrap(), jobs);
        ledger.sort_by_key(|entry| format!("LEDGER#{}", entry.key));
        assert_eq!(store.table.ledger(SELLER).await.unwrap(), ledger);
        let account_snapshot = store.table.account_snapshot(SELLER).await.unwrap();
        assert_eq!((account_snapshot.jobs, account_snapshot.entries), (jobs.clone(), ledger));
        let newest_first: Vec<_> = jobs.iter().rev().take(10).cloned().collect();
        assert_eq!(store.table.recent_jobs(SELLER, 10).await.unwrap(), newest_first);
        let of_order = store.table.jobs_of_order(SELLER, jobs[0].id.draft).await.unwrap();
        assert!(of_order.iter().eq(jobs.iter().filter(|job| job.id.draft == jobs[0].id.draft)));
        assert_eq!(store.table.find_job(jobs[0].id).await.unwrap().as_ref(), Some(&jobs[0]));
    }

    #[tokio::test]
    async fn the_daily_pass_finds_the_accounts_of_an_earlier_release() {
        let store = Store::empty();
        let mut users = BTreeSet::new();
        for (_, stored, value) in entries() {
            if let Stored::Account(user, _) = value {
                users.insert(user);
                store.put(&stored);
            }
        }
        let found: BTreeSet<UserId> = store.table.accounts(None, 100).await.unwrap().users.into_iter().collect();
        assert_eq!(found, users);
        for user in users {
            assert!(store.table.person(user, None, now()).await.unwrap().profile.is_some());
        }
    }
}
