//! The reminders function.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::{Settings, telemetry};
use reminders::Reminders;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let reminders = Reminders::new(&Settings::from_environment())?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async {
        reminders.handle(event.payload).await.map_err(Error::from)
    }))
    .await
}
