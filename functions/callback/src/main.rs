//! The callback Lambda.

use app::Setup;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use callback::Callback;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let callback = Callback::new(&Setup::lambda().await?)?;
    run(service_fn(async |event: LambdaEvent<LambdaFunctionUrlRequest>| Ok::<_, Error>(callback.handle(event.payload).await)))
        .await
}
