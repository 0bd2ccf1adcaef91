//! The sweeper Lambda.

use app::Setup;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use sweeper::Sweeper;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sweeper = Sweeper::new(&Setup::lambda().await?)?;
    let sweep = async |_: LambdaEvent<Value>| {
        let swept = sweeper.handle().await;
        sweeper.measure().await;
        Ok::<_, Error>(swept)
    };
    run(service_fn(sweep)).await
}
