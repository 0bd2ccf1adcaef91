//! The sweeper Lambda.

use journey::Setup;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use sweeper::Sweeper;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sweeper = Sweeper::new(&Setup::lambda().await?)?;
    run(service_fn(async |_: LambdaEvent<Value>| Ok::<_, Error>(sweeper.handle().await))).await
}
