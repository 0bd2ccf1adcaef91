//! Replays what `ops probe` recorded: the clients of KIE and Telegram read the recorded replies, and the probe observes the same.
//!
//! The folder `recorded/fakes` is a run against the fakes of this repository: it proves that recording and replaying work, and says
//! nothing about the real services. Folders of a run with keys have the day as their name.

#[cfg(test)]
mod recorded {
    use std::{fs, path::PathBuf};

    use ops::probe::{LIVE, Recording, replay};

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded");

    /// The files of every run: the run's name, the path, the text.
    fn files() -> Vec<(String, PathBuf, String)> {
        let mut files = Vec::new();
        for run in fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir()) {
            for file in fs::read_dir(run.path()).unwrap().map(|entry| entry.unwrap().path()) {
                let text = fs::read_to_string(&file).unwrap();
                files.push((run.file_name().into_string().unwrap(), file, text));
            }
        }
        files
    }

    #[tokio::test(start_paused = true)]
    async fn every_recorded_case_is_observed_again() {
        assert!(files().len() >= 9, "the folder of the fakes has the default plan");
        for (run, path, text) in files() {
            let recording: Recording = serde_json::from_str(&text).unwrap();
            assert_eq!(recording.made_by == LIVE, run != "fakes", "{}", path.display());
            assert_eq!(path.file_stem().unwrap().to_str(), Some(recording.case.id.as_str()));
            assert_eq!(replay(&recording).await, (recording.observations, Vec::new()), "{}", path.display());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_changed_reply_is_observed() {
        let (_, _, text) = files().into_iter().find(|(.., path, _)| path.ends_with("row-neurocard.json")).unwrap();
        let changed: Recording =
            serde_json::from_str(&text.replace("\"creditsConsumed\": 45.0", "\"creditsConsumed\": 90.0")).unwrap();
        let (observations, left) = replay(&changed).await;
        assert!(left.is_empty() && observations.iter().any(|it| it.observed == "90 credits"), "{observations:?}");
    }

    #[test]
    fn no_recording_has_an_address_a_token_or_a_long_id() {
        for (_, path, text) in files() {
            let shown = path.display();
            assert!(text.split("://").skip(1).all(|rest| rest.starts_with("files.example/")), "{shown}: an address");
            assert!(!text.contains("Bearer ") && !text.contains("/bot"), "{shown}: a token");
            let is_id = |word: &str| word.len() >= 24 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            for line in text.lines().filter(|line| !line.trim_start().starts_with("\"hex\"")) {
                assert!(!line.split(|letter: char| !letter.is_ascii_alphanumeric()).any(is_id), "{shown}: {line}");
            }
        }
    }
}
