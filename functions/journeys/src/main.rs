//! The journeys function.

use journeys::Journeys;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::{Settings, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let journeys = Journeys::new(&Settings::from_environment())?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async {
        Ok::<_, Error>(journeys.handle(event.payload).await)
    }))
    .await
}
