//! No log line contains a secret, a signed URL, or a text that a person wrote. Checked over every scenario, and over orders with
//! random faults.

#[cfg(test)]
mod secrecy {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use bytes::Bytes;
    use fakes::{
        film::{self, Detail},
        telegram::{Author, Body, CallFailure},
    };
    use futures_util::future::join_all;
    use local_aws::net::{Action, CallInfo, Interceptor};
    use scenarios::{ScenarioRun, all, runner::play};
    use serde_json::{Value, json};
    use testkit::environment::{Carrier, Logs, SECRETS, Seller, TestEnvironment, Times};

    /// NeuroCards' crates log at trace, all others at info.
    const LEVELS: &str = "info,domain=trace,adapters=trace,app=trace,webhook=trace,callback=trace,generator=trace,\
sender=trace,refunder=trace,sweeper=trace";

    const FUNCTIONS: [&str; 6] = ["webhook", "callback", "generator", "sender", "refunder", "sweeper"];

    // The name and the texts of this file's people: small talk, product, wishes for the video, own prompt.
    const NAME: &str = "Zephyrina-Quartzwhistle";
    const WORDS: &str = "сокровенная-мысль-8842 my-innermost-thought";
    const ABOUT: &str = "кружка-самоцвет-5517 moonstone-mug";
    const WISHES: &str = "янтарный-шёпот-9031 amber-whisper";
    const PROMPT: &str = "лиса-на-льду-7260 fox-upon-ice";

    /// Returns the names and texts of all people in a run. Texts up to five characters are left out, because they may occur by
    /// chance; functions' names too, because scenario 10 names its people after functions.
    fn texts_of(run: &ScenarioRun) -> Vec<String> {
        let mut texts = Vec::new();
        for seller in run.people() {
            for line in seller.person.chat().into_iter().filter(|line| line.author == Author::Person) {
                match line.body {
                    Body::Text { text, .. } if !text.starts_with('/') && text.chars().count() > 5 => texts.push(text),
                    _ => {}
                }
            }
            texts.push(seller.name);
        }
        texts.retain(|text| !FUNCTIONS.contains(&text.as_str()));
        texts
    }

    /// Returns each line that contains a forbidden text, with that text. Forbidden are secrets, signed URLs, this file's texts,
    /// and `texts`.
    fn leaks(lines: &[String], texts: &[String]) -> Vec<String> {
        let secrets = SECRETS.map(|(_, value)| value);
        let token = secrets.into_iter().filter_map(|secret| secret.split_once(':').map(|(_, rest)| rest));
        let signed =
            ["sandbox-secret", "/file/bot", "/bot123456", "X-Amz-Signature", "X-Amz-Credential", "x-amz-signature", "/kie/"];
        let own = [WORDS, ABOUT, WISHES, PROMPT].into_iter().flat_map(|words| words.split(' ')).chain([NAME]);
        let texts = texts.iter().map(String::as_str);
        let forbidden: Vec<&str> = secrets.into_iter().chain(token).chain(signed).chain(own).chain(texts).collect();
        let found = |line: &String| forbidden.iter().find(|text| line.contains(**text)).map(|text| format!("{text} in {line}"));
        lines.iter().filter_map(found).collect()
    }

    async fn env() -> TestEnvironment {
        TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("the sandbox opens")
    }

    /// Checks that each line is a JSON object with time, level, message and target.
    fn are_well_formed(lines: &[String]) {
        for line in lines {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(["timestamp", "level", "message", "target"].iter().all(|field| line.get(field).is_some()), "{line}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_seeded_leak_is_found() {
        let (logs, _guard) = Logs::capture(LEVELS);
        for (name, value) in SECRETS {
            tracing::info!(target: "generator", "{name} is {value}");
        }
        let token = SECRETS[0].1;
        tracing::error!(target: "adapters::telegram", url = format!("http://telegram.local/file/bot{token}/photos/1.jpg"), "not fetched");
        tracing::trace!(target: "sender", url = "http://s3.local/x?X-Amz-Signature=0a", "sent by address");
        tracing::debug!(target: "webhook", said = WORDS, "heard");
        tracing::warn!(target: "webhook::update", first_name = ?Some(NAME), "met");
        tracing::info!(target: "elsewhere", "Vera");
        for words in [ABOUT, WISHES, PROMPT] {
            tracing::warn!(target: "generator", prompt = words.split(' ').next(), "asked for");
        }
        assert_eq!(leaks(&logs.lines(), &["Vera".to_owned()]).len(), SECRETS.len() + 8);
        tracing::info!(target: "webhook", "nothing to see");
        assert_eq!(logs.lines().len(), SECRETS.len() + 9);
    }

    #[tokio::test(start_paused = true)]
    async fn no_scenario_logs_a_secret_or_a_text_of_a_person() {
        let (logs, _guard) = Logs::capture(LEVELS);
        let scenarios = all().into_iter().map(async |scenario| {
            let run = ScenarioRun::new(env().await, 700_000_000);
            let report = play(scenario, run.clone()).await;
            assert!(report.failure.is_none(), "{}", report.text());
            texts_of(&run)
        });
        let texts = join_all(scenarios).await.concat();
        let lines = logs.lines();
        println!("{} log lines of {} scenarios, searched for {} texts of people", lines.len(), all().len(), texts.len());
        are_well_formed(&lines);
        assert_eq!(leaks(&lines, &texts), Vec::<String>::new());
        assert!(lines.len() > 200, "the log has only {} lines, too few for this test", lines.len());
        assert!(texts.len() > 20, "{texts:?}");
        for function in FUNCTIONS {
            let target = format!("\"target\":\"{function}");
            assert!(lines.iter().any(|line| line.contains(&target)), "{function} logged nothing");
        }
    }

    /// Fails a third of the functions' calls, in several ways. The same calls fail in every run.
    #[derive(Default)]
    struct Storm {
        calls: AtomicU32,
        failed: AtomicU32,
    }

    /// Hashes a counter, so that the faults do not follow the rhythm of the protocol's calls.
    fn scattered(number: u32) -> u32 {
        number.wrapping_add(1).wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(2_246_822_519) >> 16
    }

    impl Interceptor for Storm {
        fn before(&self, call: &CallInfo) -> Action {
            let is_ours = FUNCTIONS.contains(&call.caller);
            let chance = if is_ours { scattered(self.calls.fetch_add(1, Ordering::Relaxed)) } else { 1 };
            if chance % 3 != 0 {
                return Action::Pass;
            }
            self.failed.fetch_add(1, Ordering::Relaxed);
            let echo = format!("no such thing: http://{}{} {}", call.host, call.path, String::from_utf8_lossy(&call.body));
            let reply = |status: u16| {
                let mut reply = http::Response::new(Bytes::from(echo.clone()));
                *reply.status_mut() = http::StatusCode::from_u16(status).unwrap();
                Action::Reply(reply)
            };
            let is_aws = ["dynamodb.local", "sqs.local", "s3.local"].contains(&call.host.as_str());
            match chance / 3 % 6 {
                0 => Action::RefuseNotSent,
                1 => Action::LoseReply,
                // Only calls outside AWS get a wrong 200, 403 or 404, as a gateway before the service may answer.
                3 if !is_aws => reply(404),
                4 if !is_aws => reply(403),
                5 if !is_aws => reply(200),
                _ => reply(500),
            }
        }
    }

    /// Orders a Reels with a caption and a product text, and with wishes or the seller's own prompt.
    async fn order_with_words(seller: &Seller, own_prompt: bool) -> Result<(), String> {
        seller.tap_data("make:reels").await?;
        seller.person.send_photo_with_caption(film::sample_photo(), &ABOUT.repeat(30)).await;
        seller.tap_data("edit:about").await?;
        seller.say(ABOUT).await?;
        if own_prompt {
            seller.tap_data("style:own").await?;
            seller.say(PROMPT).await?;
            seller.tap_data("prompt:use").await?;
        } else {
            seller.say(WISHES).await?;
        }
        seller.confirm().await
    }

    #[tokio::test(start_paused = true)]
    async fn no_text_of_a_person_is_logged_even_under_faults() {
        let (logs, _guard) = Logs::capture(LEVELS);
        let env = env().await;
        let storm = Arc::new(Storm::default());
        let mut ended = 0;
        for (at, stormy) in (0..).zip([false, false, true, true, true, true, true, true]) {
            let seller = Seller::new(&env, 730_000_000 + at, "ru", NAME);
            let person = &seller.person;
            let sandbox = env.sandbox().unwrap();
            if stormy && at == 2 {
                sandbox.net.intercept(storm.clone());
            }
            person.say(&format!("/start {WORDS}")).await;
            person.say(WORDS).await;
            person.tap("accept").await;
            let from = json!({"id": seller.user.0, "is_bot": false, "first_name": NAME, "last_name": NAME, "username": NAME, "language_code": WORDS});
            let chat = json!({"id": seller.user.0, "type": "private", "first_name": NAME});
            let odd = json!({"message_id": "not a number", "from": from, "chat": chat, "text": WORDS, "caption": WORDS});
            person.send_raw(json!({"message": odd})).await;
            person.send_document(WORDS, "application/pdf", WORDS).await;
            person.tap(WORDS).await;
            env.telegram.fail(seller.user.0, "sendVideo", 1, CallFailure::BadUrl);
            if order_with_words(&seller, at % 2 == 1).await.is_ok() && !env.jobs(seller.user).await.unwrap().is_empty() {
                seller.until_over(1).await.unwrap_or_else(|error| panic!("{error}"));
                ended += 1;
            }
        }
        let prompts = env.kie.tasks().into_iter().map(|task| task.input["prompt"].to_string());
        let reached_kie = |words: &str| prompts.clone().filter(|prompt| prompt.contains(words)).count();
        assert!(reached_kie("лиса") > 0 && reached_kie("янтарный") > 0, "the texts did not reach KIE");
        let lines = logs.lines();
        println!("{} log lines over {ended} orders, {} failed calls", lines.len(), storm.failed.load(Ordering::Relaxed));
        are_well_formed(&lines);
        assert_eq!(leaks(&lines, &[]), Vec::<String>::new());
        let failures = lines.iter().filter(|line| line.contains("WARN") || line.contains("ERROR")).count();
        assert!(
            lines.len() > 100 && failures > 20,
            "the log has {} lines, {failures} of them warnings or errors: too few for this test",
            lines.len()
        );
        assert!(ended >= 2, "only {ended} orders ended");
        let noise: Vec<_> = lines.iter().filter(|line| line.contains("aws_smithy")).collect();
        assert!(noise.is_empty(), "the AWS SDK's own warnings are logged: {noise:#?}");
    }
}
