//! The contracts of SQS and S3, against the services of this crate in virtual time.

use std::sync::Arc;

use local_aws::contract::{self, Outcome, Target};
use local_aws::net::Net;

fn contract_target(env: &crate::common::TestEnv) -> Target {
    let net = env.net.clone();
    let fetch = move |request| {
        let net: Net = net.clone();
        Box::pin(async move { net.send(request).await.map_err(|error| error.to_string()) }) as _
    };
    Target {
        sqs: env.sqs_client(),
        s3: env.s3_client("http://s3.local", "secret"),
        fetch: Arc::new(fetch),
        prefix: "contract".to_owned(),
    }
}

fn assert_kept(outcomes: &[Outcome], count: usize) {
    let broken: Vec<_> = outcomes.iter().filter(|(_, outcome)| outcome.is_err()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    assert_eq!(outcomes.len(), count);
}

#[tokio::test(start_paused = true)]
async fn the_local_services_keep_every_contract() {
    let env = crate::common::env();
    assert_kept(&contract::all(&contract_target(&env)).await, 32);
}
