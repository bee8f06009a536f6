//! The sender function.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::{Settings, telemetry};
use sender::Sender;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let sender = Sender::new(&Settings::from_environment())?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async {
        Ok::<_, Error>(sender.handle(event.payload).await)
    }))
    .await
}
