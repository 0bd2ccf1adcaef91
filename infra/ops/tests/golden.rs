//! An operator reads dead letters that an earlier release parked: see `functions/refunder/tests/golden/README.md`.

#[cfg(test)]
mod golden {
    use std::{collections::BTreeMap, fs};

    use adapters::queues::Letter;
    use domain::job_message::JobMessage;
    use ops::parked::LetterView;
    use serde_json::Value as Json;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../functions/refunder/tests/golden");
    const JOB: &str = "019ad959c07b7b3fa5b3a5e5a1d4c0d2.1";

    /// The letters of a release, by name.
    fn letters(release: &str) -> BTreeMap<String, Letter> {
        let text = fs::read_to_string(format!("{FOLDER}/{release}/letters.json")).unwrap();
        let letters: BTreeMap<String, Json> = serde_json::from_str(&text).unwrap();
        let letter = |letter: &Json| Letter {
            id: "a".into(),
            receipt: String::new(),
            body: letter["body"].as_str().unwrap().into(),
            attributes: serde_json::from_value(letter["attributes"].clone()).unwrap(),
        };
        letters.iter().map(|(name, stored)| (name.clone(), letter(stored))).collect()
    }

    #[test]
    fn an_operator_reads_the_letters_of_0_1_0() {
        // Stage, class, attempts and refund, and whether the letter names a video that a replay sends.
        let of_jobs = [
            ("refunded while sending", ["sending", "could_not_deliver", "3", "1"], true),
            ("healthy, requeued", ["generating", "-", "2", "no, it is still under way"], false),
            ("failed before", ["failed", "content_rejected", "0", "1"], false),
            ("failed before, for free", ["failed", "broken_upstream", "0", "0, it was free"], false),
            ("delivered before", ["delivered", "-", "0", "no, it is delivered"], false),
        ];
        let mut letters = letters("0.1.0");
        for (name, expected, has_video) in of_jobs {
            let letter = letters.remove(name).unwrap();
            let view = LetterView::from(&letter);
            assert_eq!([&view.stage, &view.class, &view.attempts, &view.refunded].map(String::as_str), expected, "{name}");
            assert_eq!((view.job.as_str(), view.person.as_str()), (JOB, "7000000001"), "{name}");
            assert_eq!((view.first_seen.as_str(), view.queue.as_str()), ("2026-12-01T10:04:05.25Z", "neurocards-dev-send-dead"));
            let video = has_video.then(|| format!("videos/7000000001/{JOB}.mp4"));
            assert_eq!(view.body.get("video").and_then(Json::as_str), video.as_deref(), "{name}");
            let message = JobMessage::parse(&letter.body).unwrap();
            assert_eq!((message.user.0, message.job.to_string().as_str(), message.sequence), (7_000_000_001, JOB, 5), "{name}");
        }
        let no_such_job = letters.remove("no such job").unwrap();
        let view = LetterView::from(&no_such_job);
        assert_eq!([&view.job, &view.stage, &view.class].map(String::as_str), [JOB, "unknown", "-"]);
        assert_eq!(JobMessage::parse(&no_such_job.body).unwrap().job.to_string(), JOB);
        let not_ours = letters.remove("no message of ours").unwrap();
        let view = LetterView::from(&not_ours);
        assert_eq!([&view.job, &view.stage, &view.queue].map(String::as_str), ["-", "-", "neurocards-dev-send-dead"]);
        assert!(JobMessage::parse(&not_ours.body).is_err());
        assert!(letters.is_empty(), "letters without a check in this test: {letters:?}");
    }

    #[test]
    fn every_release_with_letters_has_a_test_here() {
        let folders = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap());
        let folders = folders.filter(|entry| entry.file_type().unwrap().is_dir());
        let releases: Vec<_> = folders.map(|folder| folder.file_name().into_string().unwrap()).collect();
        assert_eq!(releases, ["0.1.0"]);
    }
}
