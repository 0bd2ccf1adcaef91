//! Opens a sandbox with an operator's context, and plays the orders that the tests need.

use domain::{
    catalog::Kind,
    classify::Class,
    job::{Job, State},
};
use fakes::{
    film::{self, Detail},
    kie::Outcome,
};
use ops::{
    audit,
    context::{Answer, OpsContext},
};
use testkit::environment::{Carrier, Seller, TestEnvironment, Times};

pub const OLGA: i64 = 780_000_001;
/// Words of the seller that no letter may contain.
pub const WORDS: &str = "Zephyrina's secret mug";

pub async fn env() -> (TestEnvironment, OpsContext) {
    let env =
        TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("the sandbox opens");
    let setup = env.sandbox().unwrap().setup_with(&[]).await.unwrap();
    (env, OpsContext::new(&setup, "tester, key none"))
}

pub async fn olga(env: &TestEnvironment) -> Seller {
    let olga = Seller::new(env, OLGA, "en", "Zephyrina");
    olga.start().await.unwrap();
    olga
}

/// Checks that the money invariants hold, the ledger's guard refused nothing, and no call to Telegram was malformed.
pub async fn all_is_well(env: &TestEnvironment, context: &OpsContext) {
    let audited = audit::audit(context).await.unwrap();
    assert!(!audited.found_problems(), "{audited}");
    assert_eq!(env.sandbox().unwrap().dynamodb.guard().unwrap().refused(), Vec::<String>::new());
    assert_eq!(env.telegram.mistakes(), Vec::<String>::new());
}

/// Plays an order while Telegram is down: the video is not delivered, the order is refunded, and its dead letter is parked.
pub async fn undelivered(env: &TestEnvironment) -> (Seller, Job) {
    let olga = olga(env).await;
    env.script_kie(olga.user, vec![Outcome::success().after(env.times.making * 2)]);
    for data in ["make:neurocard"] {
        olga.tap_data(data).await.unwrap();
    }
    olga.send_photo(film::sample_photo()).await.unwrap();
    olga.tap_data("edit:about").await.unwrap();
    olga.say(WORDS).await.unwrap();
    olga.confirm().await.unwrap();
    env.until("KIE has the task", async || Ok(!env.kie.tasks().is_empty())).await.unwrap();
    env.telegram.down(OLGA);
    env.until("the dead letter is parked", async || Ok(!env.parked(olga.user).await?.is_empty())).await.unwrap();
    env.telegram.up(OLGA);
    let jobs = olga.until_over(1).await.unwrap();
    assert!(matches!(jobs[0].state, State::Failed { class: Class::CouldNotDeliver, .. }));
    (olga, jobs[0].clone())
}

/// Plays an order that KIE rejects, and sends a dead letter about its job.
pub async fn refused(env: &TestEnvironment, outcomes: Vec<Outcome>) -> (Seller, Job) {
    let olga = olga(env).await;
    env.script_kie(olga.user, outcomes);
    olga.order(Kind::Neurocard).await.unwrap();
    let jobs = olga.until_over(1).await.unwrap();
    assert!(matches!(jobs[0].state, State::Failed { class: Class::ContentRejected, .. }), "{:?}", jobs[0].state);
    dead_letter(env, &jobs[0]).await;
    (olga, jobs[0].clone())
}

pub async fn dead_letter(env: &TestEnvironment, job: &Job) {
    let (before, (sqs, _)) = (env.parked(job.user).await.unwrap().len(), env.clients());
    let url = "http://sqs.local/000000000000/generate-dead";
    sqs.send_message().queue_url(url).message_body(job.message().body()).send().await.unwrap();
    env.until("the dead letter is parked", async || Ok(env.parked(job.user).await?.len() > before)).await.unwrap();
}

pub fn text(answer: &impl Answer) -> String {
    answer.to_string()
}
