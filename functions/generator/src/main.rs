//! The generator Lambda.

use app::Setup;
use aws_lambda_events::sqs::SqsEvent;
use generator::Generator;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let generator = Generator::new(&Setup::lambda().await?)?;
    run(service_fn(async |event: LambdaEvent<SqsEvent>| Ok::<_, Error>(generator.handle(event.payload).await))).await
}
