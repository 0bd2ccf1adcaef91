//! Malformed queue messages, and valid messages, updates and callbacks that come repeatedly.

use std::{sync::Arc, time::Duration};

use app::Setup;
use aws_lambda_events::sqs::SqsBatchResponse;
use domain::{catalog::Kind, credits::Credits, ids::UserId, invariants, job_message::JobMessage};
use fakes::kie::{Callback, Outcome};
use futures_util::future::join_all;
use testkit::environment::{Seller, TestEnvironment, delivery};

use crate::common::{USER, env, messages, sandbox, seller, seller_in_mid_order};

struct Handlers {
    generator: generator::Generator,
    sender: sender::Sender,
    refunder: refunder::Refunder,
    sweeper: sweeper::Sweeper,
}

impl Handlers {
    fn new(setup: &Setup) -> Self {
        Self {
            generator: generator::Generator::new(setup).unwrap(),
            sender: sender::Sender::new(setup).unwrap(),
            refunder: refunder::Refunder::new(setup).unwrap(),
            sweeper: sweeper::Sweeper::new(setup).unwrap(),
        }
    }

    async fn handle(&self, function: &str, bodies: &[String]) -> SqsBatchResponse {
        match function {
            "generator" => self.generator.handle(delivery("generate", bodies)).await,
            "sender" => self.sender.handle(delivery("send", bodies)).await,
            "refunder" => self.refunder.handle(delivery("send-dead", bodies)).await,
            _ => {
                self.sweeper.handle().await;
                SqsBatchResponse::default()
            }
        }
    }
}

async fn handlers(env: &TestEnvironment) -> Handlers {
    Handlers::new(&sandbox(env).setup_with(&[]).await.unwrap())
}

/// Checks that the order was made, delivered and charged once, and that every money invariant holds.
async fn assert_handled_once(env: &TestEnvironment, seller: &Seller, source: &str) {
    let jobs = seller.until_over(1).await.unwrap();
    assert_eq!(jobs[0].state.name(), "delivered", "{source}");
    assert_eq!(env.kie.tasks().len(), 1, "{source}: one KIE task");
    assert_eq!(seller.videos().len(), 1, "{source}: one video");
    let (balance, ledger) = (env.balance(seller.user).await.unwrap(), env.ledger(seller.user).await.unwrap());
    assert_eq!((balance, ledger.len()), (Credits(1), 3), "{source}: welcome, charge, capture");
    assert_eq!(invariants::violations(balance, &ledger, &jobs), vec![], "{source}");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_not_a_job_message_is_parked_unchanged_and_nothing_else_happens() {
    let env = env().await;
    seller(&env).await;
    // The first sweep writes the progress of the invariants' pass, so it must precede the first read.
    tokio::time::sleep(Duration::from_secs(62)).await;
    let before = sandbox(&env).everything();
    let (sqs, _) = env.clients();
    let odd = [
        ("generate", "hello, operator"),
        ("generate", r#"{"user":1,"job":"x","look":0}"#),
        ("send", r#"{"user":"710000001","job":"00000000000000000000000000000001.1","look":0}"#),
        ("send", "[[[[[["),
        ("generate", r#"{"user":710000001,"job":"00000000000000000000000000000001.1","look":-1}"#),
    ];
    for (queue, body) in odd {
        sqs.send_message().queue_url(format!("http://sqs.local/000000000000/{queue}")).message_body(body).send().await.unwrap();
    }
    env.until("all messages are parked", async || Ok(messages(&env, "parked").len() >= odd.len())).await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let mut parked: Vec<_> = sandbox(&env).sqs.messages("parked").into_iter().map(|seen| (seen.attributes, seen.body)).collect();
    assert_eq!(parked.len(), odd.len(), "each message is parked once");
    for (queue, body) in odd {
        let at = parked.iter().position(|(_, parked)| parked == body).expect("the message is parked with its body");
        let (attributes, _) = parked.swap_remove(at);
        assert_eq!(attributes.into_iter().collect::<Vec<_>>(), [("queue".to_owned(), format!("{queue}-dead"))]);
    }
    for queue in ["generate", "send", "generate-dead", "send-dead"] {
        assert!(messages(&env, queue).is_empty(), "{queue}");
    }
    assert_eq!(sandbox(&env).everything(), before);
    assert_eq!(
        (env.kie.tasks().len(), env.telegram.count("sendMessage")),
        (0, 2),
        "no task, and no message except the greeting and the answer to /start"
    );
}

#[tokio::test(start_paused = true)]
async fn a_bad_message_does_not_delay_a_good_one_of_the_same_batch() {
    let env = env().await;
    let (_, job) = seller_in_mid_order(&env).await;
    let handlers = handlers(&env).await;
    let bodies = ["not a job message".to_owned(), job.message().body(), String::new()];
    for function in ["generator", "sender"] {
        let failed = handlers.handle(function, &bodies).await.batch_item_failures;
        let failed: Vec<_> = failed.into_iter().map(|failure| failure.item_identifier).collect();
        assert_eq!(failed, ["message-0", "message-2"], "{function}");
    }
    assert!(handlers.handle("refunder", &bodies).await.batch_item_failures.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_for_a_job_that_does_not_exist_is_dropped() {
    let env = env().await;
    seller(&env).await;
    let (handlers, before) = (handlers(&env).await, sandbox(&env).everything());
    for user in [USER, 1, i64::MAX, i64::MIN] {
        let job = "00000000000000000000000000000001.1".parse().unwrap();
        let job_message =
            JobMessage { user: UserId(user), job, sequence: u32::MAX, repeat: None, as_file: false, thread: None }.body();
        for function in ["generator", "sender", "refunder"] {
            let response = handlers.handle(function, std::slice::from_ref(&job_message)).await;
            assert!(response.batch_item_failures.is_empty(), "{function}");
        }
    }
    assert_eq!(messages(&env, "parked").len(), 4, "the refunder parks each dead letter");
    assert_eq!(sandbox(&env).everything(), before);
}

#[tokio::test(start_paused = true)]
async fn a_message_with_an_older_sequence_number_is_dropped() {
    let env = env().await;
    let (_, first) = seller_in_mid_order(&env).await;
    let polled = async || Ok(env.jobs(UserId(USER)).await?.iter().all(|job| job.sequence >= first.sequence + 2));
    env.until("KIE was polled twice", polled).await.unwrap();
    let handlers = handlers(&env).await;
    let (before, asked, queued) = (sandbox(&env).everything(), env.kie.count("recordInfo"), messages(&env, "generate"));
    let job = &env.jobs(UserId(USER)).await.unwrap()[0];
    for sequence in 0..job.sequence {
        let body = JobMessage { sequence, ..job.message() }.body();
        for function in ["generator", "sender"] {
            assert!(handlers.handle(function, std::slice::from_ref(&body)).await.batch_item_failures.is_empty());
        }
    }
    assert_eq!(sandbox(&env).everything(), before);
    assert_eq!(env.kie.count("recordInfo"), asked);
    assert_eq!(messages(&env, "generate"), queued);
}

/// Plays an order, and every seven seconds gives the function two concurrent batches with copies of the job's message.
async fn repeated(function: &'static str) {
    let env = env().await;
    let handlers = Arc::new(handlers(&env).await);
    let seller = seller(&env).await;
    seller.order(Kind::Reels).await.unwrap();
    let mut repeats = 0;
    loop {
        let job = env.jobs(seller.user).await.unwrap().remove(0);
        if job.has_ended() && repeats > 3 {
            break;
        }
        repeats += 1;
        let bodies = [job.message().body(), job.message().body()];
        join_all([handlers.handle(function, &bodies), handlers.handle(function, &bodies)]).await;
        tokio::time::sleep(Duration::from_secs(7)).await;
    }
    assert_handled_once(&env, &seller, function).await;
}

#[tokio::test(start_paused = true)]
async fn repeated_and_concurrent_generator_messages_have_one_effect() {
    repeated("generator").await;
}

#[tokio::test(start_paused = true)]
async fn repeated_and_concurrent_sender_messages_have_one_effect() {
    repeated("sender").await;
}

#[tokio::test(start_paused = true)]
async fn repeated_and_concurrent_dead_letters_have_one_effect() {
    repeated("refunder").await;
}

#[tokio::test(start_paused = true)]
async fn repeated_and_concurrent_sweeps_have_one_effect() {
    repeated("sweeper").await;
}

#[tokio::test(start_paused = true)]
async fn repeated_updates_and_callbacks_have_one_effect() {
    let env = env().await;
    let seller = seller(&env).await;
    env.kie.script("/photos/", vec![Outcome::success().with_callback(Callback::Twice)]);
    seller.prepare(Kind::Reels, fakes::film::sample_photo()).await.unwrap();
    let data = seller.confirm_data().unwrap();
    let confirmed = seller.person.tap(&data).await;
    for _ in 0..3 {
        assert!(seller.person.redeliver(confirmed.update_id).await.unwrap().taken());
    }
    assert_handled_once(&env, &seller, "webhook and callback").await;
    // A confirm after twenty minutes has no effect either: the draft's id is the charge's idempotency key, without a time limit.
    tokio::time::sleep(Duration::from_secs(1200)).await;
    assert!(seller.person.redeliver(confirmed.update_id).await.unwrap().taken());
    assert!(seller.person.tap(&data).await.taken());
    assert_handled_once(&env, &seller, "twenty minutes later").await;
    assert_eq!(env.kie.tasks().pop().unwrap().callbacks, [200, 200]);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_update_that_got_no_answer_gets_none_again() {
    let env = env().await;
    let seller = seller(&env).await;
    seller.tap_data("make:reels").await.unwrap();
    let photos = (0..3).map(|n| fakes::film::photo_of(600 + n, 800).into()).collect();
    let album = seller.person.send_album(photos).await;
    let calls = || env.telegram.calls().into_iter().filter(|call| call.method.starts_with("send")).count();
    let before = calls();
    assert!(seller.person.redeliver(album[2].update_id).await.unwrap().taken());
    assert_eq!(calls(), before, "a repeated photo of an album was answered: {:#?}", seller.texts());
    let blocked = seller.person.block().await;
    assert!(seller.person.redeliver(blocked.update_id).await.unwrap().taken());
    assert_eq!(calls(), before, "a repeated block was answered");
}
