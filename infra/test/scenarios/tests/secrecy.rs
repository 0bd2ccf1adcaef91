//! No log line has a secret, a signed address, or a word that a person wrote: over every scenario, and over an order under
//! faults.

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
    use testkit::environment::{Carrier, Logs, SECRETS, Sandbox, Seller, TestEnvironment, Times};

    /// Our crates log everything, others what an operator would see.
    const LEVELS: &str = "info,domain=trace,adapters=trace,app=trace,webhook=trace,callback=trace,generator=trace,\
sender=trace,refunder=trace,sweeper=trace";

    const FUNCTIONS: [&str; 6] = ["webhook", "callback", "generator", "sender", "refunder", "sweeper"];

    /// What the people of this file are called, and what they say: by the way, of their product, of the video, as their prompt.
    const NAME: &str = "Zephyrina-Quartzwhistle";
    const WORDS: &str = "сокровенная-мысль-8842 my-innermost-thought";
    const ABOUT: &str = "кружка-самоцвет-5517 moonstone-mug";
    const WISHES: &str = "янтарный-шёпот-9031 amber-whisper";
    const PROMPT: &str = "лиса-на-льду-7260 fox-upon-ice";

    /// The names and words of all people in a run. Scenario ten names its people after functions, and a short word may be
    /// anybody's.
    fn said_in(run: &ScenarioRun) -> Vec<String> {
        let mut said = Vec::new();
        for seller in run.people() {
            for line in seller.person.chat().into_iter().filter(|line| line.author == Author::Person) {
                match line.body {
                    Body::Text { text, .. } if !text.starts_with('/') && text.chars().count() > 5 => said.push(text),
                    _ => {}
                }
            }
            said.push(seller.name);
        }
        said.retain(|word| !FUNCTIONS.contains(&word.as_str()));
        said
    }

    /// Every line with something that no log may have, and that something; besides what no log may ever have, these words.
    fn leaks(lines: &[String], words: &[String]) -> Vec<String> {
        let secrets = SECRETS.map(|(_, value)| value);
        let token = secrets.into_iter().filter_map(|secret| secret.split_once(':').map(|(_, rest)| rest));
        let signed =
            ["sandbox-secret", "/file/bot", "/bot123456", "X-Amz-Signature", "X-Amz-Credential", "x-amz-signature", "/kie/"];
        let own = [WORDS, ABOUT, WISHES, PROMPT].into_iter().flat_map(|words| words.split(' ')).chain([NAME]);
        let words = words.iter().map(String::as_str);
        let notified: Vec<&str> = secrets.into_iter().chain(token).chain(signed).chain(own).chain(words).collect();
        let found = |line: &String| notified.iter().find(|what| line.contains(**what)).map(|what| format!("{what} in {line}"));
        lines.iter().filter_map(found).collect()
    }

    async fn env() -> TestEnvironment {
        Sandbox::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("a sandbox")
    }

    /// Lines are JSON objects with a message, as CloudWatch reads them.
    fn are_well_formed(lines: &[String]) {
        for line in lines {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(["timestamp", "level", "message", "target"].iter().all(|field| line.get(field).is_some()), "{line}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_planted_leak_is_found() {
        let (logs, _guard) = Logs::capture(LEVELS);
        for (name, value) in SECRETS {
            tracing::info!(target: "generator", "{name} is {value}");
        }
        let token = SECRETS[0].1;
        tracing::error!(target: "adapters::telegram", url = format!("http://telegram.local/file/bot{token}/photos/1.jpg"), "not fetched");
        tracing::trace!(target: "sender", url = "http://s3.local/x?X-Amz-Signature=0a", "sent by address");
        tracing::debug!(target: "webhook", said = WORDS, "heard");
        tracing::warn!(target: "webhook::turn", who = ?Some(NAME), "met");
        tracing::info!(target: "elsewhere", "Vera");
        for words in [ABOUT, WISHES, PROMPT] {
            tracing::warn!(target: "generator", prompt = words.split(' ').next(), "asked for");
        }
        assert_eq!(leaks(&logs.lines(), &["Vera".to_owned()]).len(), SECRETS.len() + 8);
        tracing::info!(target: "webhook", "nothing to see");
        assert_eq!(logs.lines().len(), SECRETS.len() + 9);
    }

    #[tokio::test(start_paused = true)]
    async fn no_story_is_told_in_the_log() {
        let (logs, _guard) = Logs::capture(LEVELS);
        let scenarios = all().into_iter().map(async |scenario| {
            let run = ScenarioRun::new(env().await, 700_000_000);
            let report = play(scenario, run.clone()).await;
            assert!(report.failure.is_none(), "{}", report.text());
            said_in(&run)
        });
        let said = join_all(scenarios).await.concat();
        let lines = logs.lines();
        println!("{} log lines over {} scenarios, {} things said", lines.len(), all().len(), said.len());
        are_well_formed(&lines);
        assert_eq!(leaks(&lines, &said), Vec::<String>::new());
        assert!(lines.len() > 200, "{} lines: what is not logged tells nothing", lines.len());
        assert!(said.len() > 20, "{said:?}");
        for function in FUNCTIONS {
            let target = format!("\"target\":\"{function}");
            assert!(lines.iter().any(|line| line.contains(&target)), "{function} logged nothing");
        }
    }

    /// A third of a function's calls go wrong, each in another way; the same ones in every run.
    #[derive(Default)]
    struct Storm {
        calls: AtomicU32,
        blows: AtomicU32,
    }

    /// Numbers without a rhythm that the protocol's own could fall in with.
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
            self.blows.fetch_add(1, Ordering::Relaxed);
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
                // AWS does not lie about what it did; a gateway before somebody else's server may.
                3 if !is_aws => reply(404),
                4 if !is_aws => reply(403),
                5 if !is_aws => reply(200),
                _ => reply(500),
            }
        }
    }

    /// Orders a Reels with a caption, words about the product and wishes; or with a prompt of one's own.
    async fn order_with_words(seller: &Seller, own_prompt: bool) -> Result<(), String> {
        seller.tap_data("make:reels").await?;
        seller.person.send_photo_with_caption(film::sample_photo(), &ABOUT.repeat(30)).await;
        seller.say(ABOUT).await?;
        if own_prompt {
            seller.tap_data("style:own").await?;
            seller.say(PROMPT).await?;
            seller.tap_data("prompt:use").await?;
        } else {
            seller.tap_data("style:ugc").await?;
            seller.say(WISHES).await?;
        }
        seller.tap_data("count:1").await?;
        seller.confirm().await
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_person_writes_is_in_no_log_however_the_day_goes() {
        let (logs, _guard) = Logs::capture(LEVELS);
        let env = env().await;
        let storm = Arc::new(Storm::default());
        let mut overs = 0;
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
                overs += 1;
            }
        }
        let prompts = env.kie.tasks().into_iter().map(|task| task.input["prompt"].to_string());
        let asked = |words: &str| prompts.clone().filter(|prompt| prompt.contains(words)).count();
        assert!(asked("лиса") > 0 && asked("янтарный") > 0, "their words came as far as KIE");
        let lines = logs.lines();
        println!("{} log lines over {overs} orders, {} calls gone wrong", lines.len(), storm.blows.load(Ordering::Relaxed));
        are_well_formed(&lines);
        assert_eq!(leaks(&lines, &[]), Vec::<String>::new());
        let troubles = lines.iter().filter(|line| line.contains("WARN") || line.contains("ERROR")).count();
        assert!(
            lines.len() > 100 && troubles > 20,
            "{} lines, {troubles} of last_failure: too little to find anything in",
            lines.len()
        );
        assert!(overs >= 2, "{overs} orders came to an end");
        let noise: Vec<_> = lines.iter().filter(|line| line.contains("aws_smithy")).collect();
        assert!(noise.is_empty(), "an operator can do nothing about these: {noise:#?}");
    }
}
