//! A starting function builds at most one client for each AWS service, and parses the catalog at most once.

#[cfg(test)]
mod tests {
    use app::{Setup, SetupError};
    use fakes::film::Detail;
    use serde_json::Value;
    use testkit::environment::{Carrier, Logs, TestEnvironment, Times};

    /// Settings that enable every optional part: the sweeper's gauges, and the webhook's operator commands.
    const EVERYTHING: [(&str, Option<&str>); 2] = [("METRICS_NAMESPACE", Some("NeuroCards/test")), ("ADMIN_IDS", Some("7"))];

    /// A function, how it starts, and its numbers of DynamoDB, SQS and S3 clients and of parses of the catalog.
    type Built = (&'static str, fn(&Setup) -> Option<SetupError>, [usize; 4]);
    const BUILT: [Built; 6] = [
        ("webhook", |setup| webhook::Webhook::new(setup).err(), [1, 1, 0, 1]),
        ("callback", |setup| callback::Callback::new(setup).err(), [1, 1, 0, 0]),
        ("generator", |setup| generator::Generator::new(setup).err(), [1, 1, 1, 1]),
        ("sender", |setup| sender::Sender::new(setup).err(), [1, 1, 1, 1]),
        ("refunder", |setup| refunder::Refunder::new(setup).err(), [1, 1, 0, 1]),
        ("sweeper", |setup| sweeper::Sweeper::new(setup).err(), [1, 1, 0, 1]),
    ];

    #[tokio::test(start_paused = true)]
    async fn a_function_builds_one_client_a_service_and_parses_the_catalog_once() {
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.unwrap();
        let setup = env.sandbox().unwrap().setup_with(&EVERYTHING).await.unwrap();
        for (function, start, expected) in BUILT {
            let (logs, _guard) = Logs::capture("adapters=debug,app=debug");
            assert!(start(&setup).is_none(), "{function} does not start");
            let lines: Vec<Value> = logs.lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
            let count = |message: &str, service: Option<&str>| {
                let counted = |line: &&Value| line["message"] == message && service.is_none_or(|name| line["service"] == name);
                lines.iter().filter(counted).count()
            };
            let clients = ["DYNAMODB", "SQS", "S3"].map(|service| count("an AWS client is built", Some(service)));
            let [dynamodb, sqs, s3] = clients;
            assert_eq!([dynamodb, sqs, s3, count("the catalog is parsed", None)], expected, "{function}");
            assert_eq!(count("an AWS client is built", None), clients.iter().sum::<usize>(), "{function}: no other client");
        }
    }
}
