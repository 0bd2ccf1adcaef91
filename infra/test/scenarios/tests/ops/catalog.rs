//! `ops catalog check` against a fake KIE whose models drift away from the catalog.

use std::time::Duration;

use fakes::kie::Drift;
use ops::{
    catalog_check::{self, CatalogChecked, Weight},
    context::{Answer as _, OpsError},
};
use testkit::environment::TestEnvironment;

use crate::common::{env, text};

const KLING: &str = "kling-3.0/video";
const GROK: &str = "grok-imagine/image-to-video";
const SEEDANCE: &str = "bytedance/seedance-2-mini";

/// Compares the catalog with the environment's fake KIE; `key` replaces the account's key.
async fn check(env: &TestEnvironment, key: Option<&str>) -> Result<CatalogChecked, OpsError> {
    let changes: Vec<_> = key.map(|key| ("KIE_API_KEY", Some(key))).into_iter().collect();
    let services = env.sandbox().unwrap().setup_with(&changes).await.unwrap().services();
    catalog_check::check(&services.kie().unwrap(), &services.catalog().unwrap()).await
}

/// The findings of a row after these changes of one model, without the notes.
async fn drifted(model: &str, drifts: &[Drift], row: &str) -> (Vec<String>, CatalogChecked) {
    let (env, _) = env().await;
    drifts.iter().for_each(|drift| env.kie.drift(model, drift));
    let checked = check(&env, None).await.unwrap();
    assert!(!checked.found_problems(), "drift is no failure");
    assert_eq!(env.kie.tasks().len(), 0, "the check orders nothing");
    let row = checked.rows.iter().find(|checked| checked.row == row).unwrap();
    let listed = row.findings.iter().filter(|finding| finding.weight != Weight::Note);
    (listed.map(|finding| finding.what.clone()).collect(), checked)
}

#[tokio::test(start_paused = true)]
async fn the_catalog_fits_the_models_of_its_sources() {
    let (env, _) = env().await;
    let started = tokio::time::Instant::now();
    let checked = check(&env, None).await.unwrap();
    let weights = [Weight::Difference, Weight::Warning, Weight::Unread].map(|weight| checked.count(weight));
    assert_eq!(weights, [0, 0, 0], "{checked}");
    assert!(text(&checked).ends_with("\n6 rows, no drift\n"), "{checked}");
    assert!(
        text(&checked).contains("reels-broll         fine   kling-3.0/video, 100 % of a day's tasks succeeded\n"),
        "{checked}"
    );
    assert_eq!(env.kie.count("models"), 9, "three models, three reads each");
    assert!(started.elapsed() >= Duration::from_secs(8), "KIE allows one read a second: {:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_gone_is_one_difference_for_each_of_its_rows() {
    let (findings, checked) = drifted(KLING, &[Drift::Gone], "reels-own").await;
    assert_eq!(findings, ["model: KIE has no model \"kling-3.0/video\""]);
    assert_eq!(checked.count(Weight::Difference), 2, "{checked}");
    assert!(text(&checked).ends_with("\n6 rows, 2 differences\n"), "{checked}");
}

#[tokio::test(start_paused = true)]
async fn a_model_without_a_schema_is_not_compared_and_its_price_is() {
    let (findings, checked) = drifted(GROK, &[Drift::WithoutSchema, Drift::Price(2.0)], "neurocard").await;
    assert_eq!(findings[0], "schema: KIE has no schema of this model");
    assert!(findings[1].starts_with("price of 10 s: KIE takes 90 credits, the catalog has 45. KIE says: \"720p costs 9 credits"));
    assert!(text(&checked).ends_with("\n6 rows, 2 differences, 2 not compared\n"), "{checked}");
}

#[tokio::test(start_paused = true)]
async fn a_new_price_is_a_difference_for_each_length() {
    let (findings, _) = drifted(SEEDANCE, &[Drift::Price(1.5)], "reels-ugc").await;
    assert_eq!(findings.len(), 2);
    assert!(findings[0].starts_with("price of 8 s: KIE takes 98.4 credits, the catalog has 65.6."), "{findings:?}");
    assert!(findings[1].starts_with("price of 10 s: KIE takes 123 credits, the catalog has 82."), "{findings:?}");
}

#[tokio::test(start_paused = true)]
async fn a_renamed_field_is_missing_and_its_new_name_is_shown() {
    let renamed = Drift::Renamed { field: "prompt".into(), to: "text".into() };
    let (findings, _) = drifted(KLING, &[renamed], "reels-broll").await;
    assert!(findings[0].starts_with("prompt: KIE has no such field; its fields are ") && findings[0].contains("text"));
    assert_eq!(findings[1], "text: KIE requires this field, and the row does not send it");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_no_longer_taken_and_its_lost_price_are_named() {
    let without = |field: &str, value: &str| Drift::Without { field: field.into(), value: value.into() };
    let (findings, _) = drifted(KLING, &[without("duration", "8")], "reels-broll").await;
    assert!(findings[0].starts_with("duration: the row sends \"8\", KIE takes one of \"3\", \"4\""), "{findings:?}");
    let (findings, _) = drifted(GROK, &[without("resolution", "720p")], "neurocard").await;
    assert_eq!(findings[0], "resolution: the row sends \"720p\", KIE takes one of \"480p\", \"1080p\"");
    assert!(findings[1].starts_with("price: KIE's text is not understood. It says: \"480p costs 2.4 credits"), "{findings:?}");
}

#[tokio::test(start_paused = true)]
async fn a_field_that_becomes_required_is_named() {
    let (findings, _) = drifted(SEEDANCE, &[Drift::Required("web_search".into())], "neurocard-seedance").await;
    assert_eq!(findings, ["web_search: KIE requires this field, and the row does not send it"]);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_fails_the_command() {
    let (env, _) = env().await;
    let refused = check(&env, Some("another-key")).await.unwrap_err().to_string();
    assert!(refused.starts_with("KIE refused our account: 401") && refused.contains("KIE_API_KEY"), "{refused}");
    assert!(!refused.contains("another-key") && env.kie.count("models") == 1, "{refused}");
}
