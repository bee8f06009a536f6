//! The webhook function.

use platform::function::{self, Error};
use platform::{Settings, telemetry};
use webhook::Webhook;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let webhook = Webhook::new(&Settings::from_environment())?;
    function::serve(|event| async { Ok::<_, Error>(webhook.handle(event).await) }).await
}
