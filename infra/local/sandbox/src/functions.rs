//! The functions of the sandbox, each invoked as in the cloud: by a Function URL, a queue mapping or a schedule.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use adapters::clock::Clock;
use app::Setup;
use aws_lambda_events::sqs::SqsEvent;
use futures_util::FutureExt;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    cold_start::ColdStart,
    lambda::{Function, FunctionUrl, map_queue, schedule},
    mounts::Later,
    names::FUNCTIONS,
    queues::queue_url,
    times::Times,
};

/// Starts the six functions, each with its Function URL, its queue mappings or its schedule.
pub(crate) fn start_functions(
    running: &mut JoinSet<()>,
    setup: &Setup,
    sqs: &aws_sdk_sqs::Client,
    times: &Times,
    sweep_every: watch::Receiver<Duration>,
    [webhook_url, callback_url]: [&Later; 2],
    cold_start: Option<ColdStart>,
) -> Result<BTreeMap<&'static str, Function>, String> {
    let text = |error: app::SetupError| error.to_string();
    let began = setup.clock.now();
    let setup = |name: &str| {
        let at = FUNCTIONS.iter().position(|known| *known == name).unwrap_or_default();
        let ahead = times.clocks_ahead.get(at).copied().unwrap_or_default();
        let mut own = setup.clone();
        own.clock = Clock::tokio(began + ahead);
        own
    };
    let function = |name| Function::new(name, times.function_timeout).starting(cold_start.clone());
    let mut functions = BTreeMap::new();
    let mut known = |name| functions.entry(name).or_insert_with(|| function(name)).clone();

    let webhook = Arc::new(webhook::Webhook::new(&setup("webhook")).map_err(text)?);
    let handler = Arc::new(move |request| {
        let webhook = webhook.clone();
        async move { webhook.handle(request).await }.boxed()
    });
    webhook_url.set(FunctionUrl { function: known("webhook"), handler });

    let callback = Arc::new(callback::Callback::new(&setup("callback")).map_err(text)?);
    let handler = Arc::new(move |request| {
        let callback = callback.clone();
        async move { callback.handle(request).await }.boxed()
    });
    callback_url.set(FunctionUrl { function: known("callback"), handler });

    let generator = Arc::new(generator::Generator::new(&setup("generator")).map_err(text)?);
    let sender = Arc::new(sender::Sender::new(&setup("sender")).map_err(text)?);
    let refunder = Arc::new(refunder::Refunder::new(&setup("refunder")).map_err(text)?);
    let generate = Arc::new(move |event: SqsEvent| {
        let generator = generator.clone();
        async move { generator.handle(event).await }.boxed()
    });
    let send = Arc::new(move |event: SqsEvent| {
        let sender = sender.clone();
        async move { sender.handle(event).await }.boxed()
    });
    let refund = Arc::new(move |event: SqsEvent| {
        let refunder = refunder.clone();
        async move { refunder.handle(event).await }.boxed()
    });
    running.spawn(map_queue(sqs.clone(), queue_url("generate"), "generate", known("generator"), generate));
    running.spawn(map_queue(sqs.clone(), queue_url("send"), "send", known("sender"), send));
    for queue in ["generate-dead", "send-dead"] {
        running.spawn(map_queue(sqs.clone(), queue_url(queue), queue, known("refunder"), refund.clone()));
    }

    let sweeper = Arc::new(sweeper::Sweeper::new(&setup("sweeper")).map_err(text)?);
    let sweep = Arc::new(move || {
        let sweeper = sweeper.clone();
        async move {
            let _swept = sweeper.handle().await;
            sweeper.measure().await;
        }
        .boxed()
    });
    running.spawn(schedule(sweep_every, known("sweeper"), sweep));
    Ok(functions)
}
