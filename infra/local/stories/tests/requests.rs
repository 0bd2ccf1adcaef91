//! What an update and an order cost, in requests: the bill is made of these.

#[cfg(test)]
mod requests {
    use std::{
        collections::BTreeMap,
        sync::{Arc, Mutex},
        time::Duration,
    };

    use domain::catalog::Kind;
    use local_aws::net::{CallInfo, Tap, Verdict};
    use standins::film::{self, Detail};
    use stories::world::{Carrier, Sandbox, Seller, Times, World};

    /// Calls by caller, service and operation.
    #[derive(Default)]
    struct Meter(Mutex<BTreeMap<String, u32>>);

    impl Tap for Meter {
        fn before(&self, call: &CallInfo) -> Verdict {
            if let Some(what) = what(call) {
                *self.0.lock().unwrap().entry(what).or_default() += 1;
            }
            Verdict::Pass
        }
    }

    impl Meter {
        fn take(&self) -> BTreeMap<String, u32> {
            std::mem::take(&mut *self.0.lock().unwrap())
        }
    }

    /// Who asked whom for what; `None` for the test's own looks and Lambda's polls.
    fn what(call: &CallInfo) -> Option<String> {
        let path = call.path.split('?').next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        // A presigned address: Telegram's own fetch, or KIE's.
        let by_address = call.path.contains("X-Amz-Signature");
        let caller = if by_address { "by address" } else { call.caller };
        let operation = match (call.host.as_str(), &call.operation) {
            (_, Some(operation)) => operation.clone(),
            ("s3.local", _) => format!("{} object", call.method),
            ("telegram.local", _) if path.starts_with("/file/") => "file".to_owned(),
            ("kie.local", _) if path.starts_with("/results/") => "result".to_owned(),
            _ => last.to_owned(),
        };
        let service = match call.host.as_str() {
            "dynamodb.local" => "DynamoDB",
            "sqs.local" => "SQS",
            "s3.local" => "S3",
            "telegram.local" => "Telegram",
            "kie.local" => "KIE",
            // Requests to our own functions are invocations.
            _ => return None,
        };
        (!caller.is_empty()).then(|| format!("{caller:<10} {service:<8} {operation}"))
    }

    fn table(calls: &BTreeMap<String, u32>) -> String {
        calls.iter().map(|(what, count)| format!("{count:>3} {what}\n")).collect()
    }

    async fn world() -> (World, Arc<Meter>) {
        let world = Sandbox::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("a sandbox");
        let meter = Arc::new(Meter::default());
        world.sandbox().unwrap().net.tap(meter.clone());
        (world, meter)
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_is_one_read_and_one_write() {
        let (world, meter) = world().await;
        let seller = Seller::new(&world, 740_000_001, "en", "Olga");
        seller.start().await.unwrap();
        let first = table(&meter.take());
        seller.person.say("hello").await;
        let text = table(&meter.take());
        seller.tap_data("make:reels").await.unwrap();
        let tap = table(&meter.take());
        seller.person.send_photo(film::sample_photo()).await;
        let photo = table(&meter.take());
        println!("the first update:\n{first}a text:\n{text}a tap:\n{tap}a photo:\n{photo}");
        assert_eq!(first, "  1 webhook    DynamoDB BatchGetItem\n  1 webhook    DynamoDB TransactWriteItems\n");
        assert_eq!(text, "  1 webhook    DynamoDB BatchGetItem\n  1 webhook    DynamoDB PutItem\n");
        assert_eq!(photo, text);
        assert_eq!(tap, format!("{text}  1 webhook    Telegram answerCallbackQuery\n"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_from_confirm_to_capture_costs_this() {
        let (world, meter) = world().await;
        let seller = Seller::new(&world, 740_000_002, "en", "Olga");
        seller.start().await.unwrap();
        seller.prepare(Kind::Neurocard, film::sample_photo()).await.unwrap();
        meter.take();
        let invoked = world.sandbox().unwrap().invocations();
        seller.confirm().await.unwrap();
        seller.until_over(1).await.unwrap();
        let calls = meter.take();
        let after = world.sandbox().unwrap().invocations();
        let invocations: BTreeMap<_, _> = after.iter().map(|(name, count)| (*name, count - invoked[name])).collect();
        let mut order = calls.clone();
        order.retain(|what, _| !what.starts_with("sweeper"));
        println!("an order of {:?} at KIE:\n{}invocations: {invocations:?}", world.times.making, table(&order));
        assert_eq!(table(&order), ORDER);
    }

    /// A video of 130 s: its task is submitted, looked at after 30 and 90 s, and fetched when the callback comes. The two
    /// objects got by address are KIE's fetch of the photo and Telegram's of the video.
    const ORDER: &str = "  2 by address S3       GET object
  1 callback   DynamoDB GetItem
  1 callback   SQS      SendMessage
  4 generator  DynamoDB GetItem
  7 generator  DynamoDB PutItem
  1 generator  KIE      createTask
  3 generator  KIE      recordInfo
  1 generator  KIE      result
  1 generator  S3       HEAD object
  2 generator  S3       PUT object
  4 generator  SQS      SendMessage
  1 generator  Telegram file
  1 generator  Telegram getFile
  1 sender     DynamoDB GetItem
  1 sender     DynamoDB PutItem
  1 sender     DynamoDB TransactWriteItems
  1 sender     S3       HEAD object
  1 sender     Telegram sendVideo
  1 webhook    DynamoDB BatchGetItem
  1 webhook    DynamoDB TransactWriteItems
  1 webhook    SQS      SendMessageBatch
  1 webhook    Telegram answerCallbackQuery
";

    #[tokio::test(start_paused = true)]
    async fn a_sweep_with_nothing_due_is_one_query_a_shard() {
        let (world, meter) = world().await;
        tokio::time::sleep(Duration::from_secs(600) + Duration::from_millis(500)).await;
        let swept = world.sandbox().unwrap().invocations()["sweeper"];
        let calls = meter.take();
        println!("{swept} sweeps:\n{}", table(&calls));
        let queries = u32::try_from(swept).unwrap() * u32::from(adapters::table::DUE_SHARDS);
        assert_eq!(table(&calls), format!("{queries:>3} sweeper    DynamoDB Query\n"));
    }
}
