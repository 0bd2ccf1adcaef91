//! Missing and malformed settings: each function stops at its start and names the setting. A function needs only the settings
//! that it uses.

use std::collections::BTreeSet;

use app::{Setup, SetupError};

use crate::common::{env, sandbox};

const AWS: [&str; 3] = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// A function, how it starts, and the settings that it needs in addition to [`AWS`].
type Contract = (&'static str, fn(&Setup) -> Option<SetupError>, &'static [&'static str]);
const CONTRACT: [Contract; 6] = [
    (
        "webhook",
        |setup| webhook::Webhook::new(setup).err(),
        &["TABLE_NAME", "GENERATE_QUEUE_URL", "SEND_QUEUE_URL", "TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET"],
    ),
    ("callback", |setup| callback::Callback::new(setup).err(), &["TABLE_NAME", "GENERATE_QUEUE_URL", "CALLBACK_SIGNING_KEY"]),
    (
        "generator",
        |setup| generator::Generator::new(setup).err(),
        &[
            "TABLE_NAME",
            "GENERATE_QUEUE_URL",
            "SEND_QUEUE_URL",
            "MEDIA_BUCKET",
            "TELEGRAM_BOT_TOKEN",
            "KIE_API_KEY",
            "CALLBACK_SIGNING_KEY",
            "CALLBACK_BASE_URL",
            // Needed only if LLM_API_URL is set.
            "LLM_MODEL",
        ],
    ),
    ("sender", |setup| sender::Sender::new(setup).err(), &["TABLE_NAME", "SEND_QUEUE_URL", "MEDIA_BUCKET", "TELEGRAM_BOT_TOKEN"]),
    (
        "refunder",
        |setup| refunder::Refunder::new(setup).err(),
        &["TABLE_NAME", "GENERATE_QUEUE_URL", "SEND_QUEUE_URL", "PARKED_QUEUE_URL", "TELEGRAM_BOT_TOKEN"],
    ),
    (
        "sweeper",
        |setup| sweeper::Sweeper::new(setup).err(),
        &["TABLE_NAME", "GENERATE_QUEUE_URL", "SEND_QUEUE_URL", "TELEGRAM_BOT_TOKEN"],
    ),
];

#[tokio::test(start_paused = true)]
async fn each_function_needs_exactly_its_contract_and_names_a_missing_setting() {
    let env = env().await;
    let sandbox = sandbox(&env);
    for (function, start, needs) in CONTRACT {
        let mut missed = BTreeSet::new();
        for name in sandbox.settings().filter(|name| !AWS.contains(name)) {
            for absent in [None, Some(""), Some("  ")] {
                let setup = sandbox.setup_with(&[(name, absent)]).await.unwrap();
                if let Some(error) = start(&setup) {
                    assert!(error.to_string().starts_with(name), "{function} without {name}: {error}");
                    missed.insert(name);
                }
            }
        }
        assert_eq!(missed, needs.iter().copied().collect(), "{function}");
    }
    for name in AWS {
        let error = sandbox.setup_with(&[(name, None)]).await.unwrap_err();
        assert!(error.to_string().starts_with(name), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_malformed_setting_is_refused_by_its_name() {
    let env = env().await;
    let sandbox = sandbox(&env);
    let times = ["LEASE_SECS", "CALLBACK_WAIT_SECS", "GENERATION_DEADLINE_SECS", "DELIVERY_DEADLINE_SECS"];
    let lists = ["LOOK_DELAYS_SECS", "RETRY_DELAYS_SECS", "SEND_DELAYS_SECS"];
    let counts = ["GENERATE_ATTEMPTS", "SEND_ATTEMPTS"];
    let bad_times = ["0", "-1", "1.5", "soon", "120s", "86401", "99999999999999999999", "NaN"];
    let bad_lists = ["0", "0,0,0", "30,", ",", "30;60", "30,-1", "30,900000"];
    let bad_counts = ["0", "-1", "11", "4294967296", "three"];
    let pairs = |names: &[&'static str], values: &[&'static str]| -> Vec<(&'static str, &'static str)> {
        names.iter().flat_map(|name| values.iter().map(|value| (*name, *value))).collect()
    };
    let rules = [pairs(&times, &bad_times), pairs(&lists, &bad_lists), pairs(&counts, &bad_counts)].concat();
    // Every function reads all the rules, so each refuses every bad value.
    for (name, value) in rules {
        let setup = sandbox.setup_with(&[(name, Some(value))]).await.unwrap();
        for (function, start, _) in CONTRACT {
            let error = start(&setup).unwrap_or_else(|| panic!("{function} starts with {name}={value}"));
            assert!(error.to_string().starts_with(name), "{function}, {name}={value}: {error}");
        }
    }
    for deadline in ["GENERATION_DEADLINE_SECS", "DELIVERY_DEADLINE_SECS"] {
        let setup = sandbox.setup_with(&[(deadline, Some("100")), ("LEASE_SECS", Some("100"))]).await.unwrap();
        for (function, start, _) in CONTRACT {
            let error = start(&setup).unwrap_or_else(|| panic!("{function} starts with no room for a lease")).to_string();
            assert!(error.contains(deadline) && error.contains("LEASE_SECS"), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_malformed_url_is_refused_by_its_name() {
    let env = env().await;
    let sandbox = sandbox(&env);
    for value in ["here", "ftp://example.com/x", "http://", "//example.com", "file:///etc/passwd"] {
        for (function, start, needs) in CONTRACT {
            let uses_telegram = needs.contains(&"TELEGRAM_BOT_TOKEN").then_some("TELEGRAM_API_URL");
            let uses_kie = needs.contains(&"KIE_API_KEY").then_some("KIE_API_URL");
            let uses_llm = needs.contains(&"LLM_MODEL").then_some("LLM_API_URL");
            let pages = ["TERMS_URL", "PRIVACY_URL", "SUPPORT_URL"].into_iter().filter(|_| function == "webhook");
            let own = needs.iter().copied().filter(|name| name.ends_with("_URL"));
            for name in own.chain(uses_telegram).chain(uses_kie).chain(uses_llm).chain(pages) {
                let setup = sandbox.setup_with(&[(name, Some(value))]).await.unwrap();
                let error = start(&setup).unwrap_or_else(|| panic!("{function} starts with {name}={value}"));
                assert!(error.to_string().starts_with(name), "{function}, {name}={value}: {error}");
            }
        }
        for service in ["", "_DYNAMODB", "_SQS", "_S3", "_SSM"] {
            let name = format!("AWS_ENDPOINT_URL{service}");
            let error = sandbox.setup_with(&[(&name, Some(value))]).await.unwrap_err();
            assert!(error.to_string().starts_with(&name), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_implausible_number_of_welcome_credits_is_refused() {
    let env = env().await;
    for value in ["-1", "1001", "2.5", "many"] {
        let setup = sandbox(&env).setup_with(&[("WELCOME_CREDITS", Some(value))]).await.unwrap();
        let error = webhook::Webhook::new(&setup).expect_err("the webhook starts").to_string();
        assert!(error.starts_with("WELCOME_CREDITS"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_zero_or_no_number_is_refused_by_its_name() {
    let env = env().await;
    let limits = ["OPEN_ORDERS_MAX", "ORDERS_A_DAY_MAX", "REFUNDS_A_DAY_MAX", "FILMS_A_DAY_MAX", "GIFTS_A_DAY_MAX"];
    let wrong = limits.into_iter().flat_map(|name| ["0", "-1", "1.5", "1000001", "many"].map(|value| (name, value)));
    for (name, value) in wrong.chain([("FILMS_KEPT_FOR_BUYERS_PERCENT", "100"), ("OPEN_ORDERS_MAX", "51")]) {
        let setup = sandbox(&env).setup_with(&[(name, Some(value))]).await.unwrap();
        let error = webhook::Webhook::new(&setup).expect_err("the webhook starts").to_string();
        assert!(error.starts_with(name), "{name}={value}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_about_secrets_never_contains_a_secret() {
    let env = env().await;
    let setup = sandbox(&env).setup_with(&[("SECRETS_PARAMETER", Some("/neurocards/none"))]).await;
    let error = setup.expect_err("the sandbox has no SSM").to_string();
    assert!(error.starts_with("SECRETS_PARAMETER"), "{error}");
}
