//! The webhook function.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::{Settings, telemetry};
use webhook::Webhook;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let webhook = Webhook::new(&Settings::from_environment())?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async {
        Ok::<_, Error>(webhook.handle(event.payload).await)
    }))
    .await
}
