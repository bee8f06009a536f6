//! The reminders function.

use platform::function::{self, Error};
use platform::{Settings, telemetry};
use reminders::Reminders;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let reminders = Reminders::new(&Settings::from_environment())?;
    function::serve(|event: Value| reminders.handle(event)).await
}
