//! The receipts function.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::{Settings, telemetry};
use receipts::Receipts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let receipts = Receipts::new(&Settings::from_environment())?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async {
        Ok::<_, Error>(receipts.handle(event.payload).await)
    }))
    .await
}
