//! The webhook Lambda.

use app::Setup;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use webhook::Webhook;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let webhook = Webhook::new(&Setup::lambda().await?)?;
    run(service_fn(async |event: LambdaEvent<LambdaFunctionUrlRequest>| Ok::<_, Error>(webhook.handle(event.payload).await)))
        .await
}
