//! The refunder Lambda.

use app::Setup;
use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use refunder::Refunder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let refunder = Refunder::new(&Setup::lambda().await?)?;
    run(service_fn(async |event: LambdaEvent<SqsEvent>| Ok::<_, Error>(refunder.handle(event.payload).await))).await
}
