//! `ops probe` against the fakes: its plan, its table, its recordings.

use std::{
    fs,
    path::{Path, PathBuf},
};

use adapters::rng::Rng;
use fakes::{
    kie::{Drift, Outcome},
    telegram::SentAs,
};
use ops::{
    context::{Answer as _, OpsError},
    probe::{Accounts, CaseProbed, Comparison, FAKES, Plan, Probed, Recording, replay, run},
};
use testkit::environment::TestEnvironment;

use crate::common::{env, text};

const CHAT: i64 = 780_000_009;
/// `UPDATE_RECORDED=1` makes the first test write its recordings here.
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ops/tests/recorded/fakes");

async fn accounts(env: &TestEnvironment) -> Accounts {
    let setup = env.sandbox().unwrap().setup_with(&[]).await.unwrap();
    let services = setup.services();
    let (kie, telegram) = (services.kie().unwrap(), services.telegram().unwrap());
    Accounts { kie, telegram: Some(telegram), wire: setup.wire().clone(), rng: Rng::seeded(7) }
}

async fn plan(env: &TestEnvironment, only: &[&str]) -> Plan {
    let services = env.sandbox().unwrap().setup_with(&[]).await.unwrap().services();
    let only: Vec<_> = only.iter().map(|name| (*name).to_owned()).collect();
    Plan::new(&services.catalog().unwrap(), &only, Some(CHAT)).unwrap()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("probe").join(name)
}

/// Runs these cases, or the default ones, and records them in a folder of this name.
async fn probed(env: &TestEnvironment, only: &[&str], folder: &Path) -> Result<Probed, OpsError> {
    env.telegram.person(CHAT, "en", "Zephyrina");
    let agreed = plan(env, only).await.agree("yes").unwrap();
    run(&agreed, &accounts(env).await, folder, &|_| ()).await
}

/// The observed answers and comparisons of the only case of a run, by question.
fn observed(probed: &Probed) -> Vec<(&str, &str, Comparison)> {
    let all = probed.cases.iter().flat_map(|it| &it.notes.observations);
    all.map(|it| (it.question.as_str(), it.observed.as_str(), it.comparison)).collect()
}

const TABLE: &str = "\
CASE                    QUESTION                      DOCUMENTED                        OBSERVED                                                                              COMPARISON
row-neurocard           createTask                    accepted                          accepted                                                                              same
row-neurocard           end of the task               a film                            a film                                                                                same
row-neurocard           price                         45 credits                        45 credits                                                                            same
row-neurocard           frame                         the photo's, 3:4                  60 x 80 pixels                                                                        same
row-neurocard           length                        10 s                              10000 ms                                                                              same
row-neurocard           sound                         with sound                        with sound                                                                            same
row-reels-ugc           createTask                    accepted                          accepted                                                                              same
row-reels-ugc           end of the task               a film                            a film                                                                                same
row-reels-ugc           price                         65.6 credits                      65.6 credits                                                                          same
row-reels-ugc           frame                         9:16                              54 x 96 pixels                                                                        same
row-reels-ugc           length                        8 s                               8000 ms                                                                               same
row-reels-ugc           sound                         with sound                        with sound                                                                            same
row-reels-broll         createTask                    accepted                          accepted                                                                              same
row-reels-broll         end of the task               a film                            a film                                                                                same
row-reels-broll         price                         112 credits                       112 credits                                                                           same
row-reels-broll         frame                         the photo's, 3:4                  60 x 80 pixels                                                                        same
row-reels-broll         length                        8 s                               8000 ms                                                                               same
row-reels-broll         sound                         silent                            silent                                                                                same
square-neurocard        createTask                    accepted                          accepted                                                                              same
square-neurocard        end of the task               a film                            a film                                                                                same
square-neurocard        price                         27 credits                        27 credits                                                                            same
square-neurocard        frame                         the photo's, 1:1                  64 x 64 pixels                                                                        same
square-neurocard        length                        6 s                               6000 ms                                                                               same
square-neurocard        sound                         with sound                        with sound                                                                            same
square-reels-ugc        createTask                    accepted                          accepted                                                                              same
square-reels-ugc        end of the task               a film                            a film                                                                                same
square-reels-ugc        price                         32.8 credits                      32.8 credits                                                                          same
square-reels-ugc        frame                         9:16                              54 x 96 pixels                                                                        same
square-reels-ugc        length                        4 s                               4000 ms                                                                               same
square-reels-ugc        sound                         with sound                        with sound                                                                            same
square-reels-broll      createTask                    accepted                          accepted                                                                              same
square-reels-broll      end of the task               a film                            a film                                                                                same
square-reels-broll      price                         42 credits                        42 credits                                                                            same
square-reels-broll      frame                         the photo's, 1:1                  64 x 64 pixels                                                                        same
square-reels-broll      length                        3 s                               3000 ms                                                                               same
square-reels-broll      sound                         silent                            silent                                                                                same
no-extension-neurocard  createTask                    refused: file type not supported  refused: 500 image_urls file type not supported                                       same
silent-address          kind of a silent film         an animation                      an animation                                                                          same
silent-address          sent again by its own method  an animation                      an animation                                                                          same
silent-address          sent again by sendVideo       refused                           the file is unavailable: Bad Request: type of file mismatch; send it from its source  same
silent-upload           kind of a silent film         a video                           a video                                                                               same
silent-upload           sent again by its own method  a video                           a video                                                                               same
silent-upload           sent again by sendVideo       a video                           a video                                                                               same
43 same, 0 different, 0 not observed; KIE took 324.4 credits, 1.62 USD
";

#[tokio::test(start_paused = true)]
async fn the_default_plan_finds_the_fakes_as_documented_and_records_them() {
    let (env, _) = env().await;
    let is_update = std::env::var_os("UPDATE_RECORDED").is_some();
    let folder = if is_update { COMMITTED.into() } else { folder("default") };
    let before = env.kie.credits();
    let probed = probed(&env, &[], &folder).await.unwrap();
    assert_eq!(text(&probed), TABLE);
    assert!(!probed.found_problems());
    assert!((before - env.kie.credits() - 324.4).abs() < 0.01, "KIE took {}", before - env.kie.credits());
    assert!(env.kie.tasks().iter().all(|task| task.callback_url.is_none()), "KIE calls nobody");
    assert_eq!(env.telegram.mistakes(), Vec::<String>::new());

    for CaseProbed { case, .. } in &probed.cases {
        let written = fs::read_to_string(folder.join(format!("{case}.json"))).unwrap();
        for hidden in ["780000009", "Zephyrina", "kie.local", "AgAC", "neurocards/", "Bearer"] {
            assert!(!written.contains(hidden), "{hidden} in {case}.json");
        }
        let recording: Recording = serde_json::from_str(&written).unwrap();
        assert_eq!(recording.made_by, FAKES);
        assert_eq!(replay(&recording).await, (recording.observations, Vec::new()), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_yes_nothing_is_ordered_sent_or_written() {
    let (env, _) = env().await;
    let before = env.kie.credits();
    for answer in ["", "no", "y"] {
        let refused = plan(&env, &[]).await.agree(answer).unwrap_err().to_string();
        assert!(refused.starts_with("nothing was ordered and nothing was sent"), "{refused}");
    }
    assert_eq!((env.kie.credits(), env.kie.count("createTask"), env.kie.count("upload")), (before, 0, 0));
    assert_eq!(env.telegram.calls().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_pay_the_plan_orders_nothing() {
    let (env, _) = env().await;
    env.kie.set_credits(10.0);
    let refused = probed(&env, &["row-neurocard"], &folder("poor")).await.unwrap_err().to_string();
    assert!(refused.starts_with("KIE has 10.0 credits, the plan may take 45.0\n"), "{refused}");
    assert_eq!((env.kie.credits(), env.kie.count("createTask"), env.kie.count("upload")), (10.0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_differs_from_its_documents_is_called_different() {
    let (env, _) = env().await;
    env.kie.drift("kling-3.0/video", &Drift::Price(2.0));
    env.telegram.make_next_films(CHAT, 1, SentAs::Document);
    let dear = probed(&env, &["square-reels-broll"], &folder("different")).await.unwrap();
    assert!(observed(&dear).contains(&("price", "84 credits", Comparison::Different)), "{dear}");
    let sent = probed(&env, &["silent-upload"], &folder("different")).await.unwrap();
    assert_eq!(observed(&sent)[0], ("kind of a silent film", "a document", Comparison::Different));
    assert!(dear.found_problems() && text(&sent).contains("DIFFERENT"), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_or_failed_order_is_an_observation() {
    let (env, _) = env().await;
    env.kie.script(
        "",
        vec![Outcome::refuse(422, "aspect_ratio is required"), Outcome::fail("400", "nsfw"), Outcome::never_answers()],
    );
    let run = async || probed(&env, &["row-neurocard"], &folder("failed")).await.unwrap();
    let refused = run().await;
    assert_eq!(observed(&refused), [("createTask", "refused: 422 aspect_ratio is required", Comparison::Different)]);
    let failed = run().await;
    let expected = [
        ("createTask", "accepted", Comparison::Same),
        ("end of the task", "failed: 400 nsfw", Comparison::Different),
        ("price of a failure", "0 credits", Comparison::Same),
    ];
    assert_eq!(observed(&failed), expected);
    let endless = run().await;
    assert_eq!(observed(&endless)[1], ("end of the task", "no end within 900 s", Comparison::NotObserved));
}
