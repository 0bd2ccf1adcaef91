//! The sender Lambda.

use app::Setup;
use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use sender::Sender;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sender = Sender::new(&Setup::lambda().await?)?;
    run(service_fn(async |event: LambdaEvent<SqsEvent>| Ok::<_, Error>(sender.handle(event.payload).await))).await
}
