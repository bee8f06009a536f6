//! The journeys function.

use journeys::Journeys;
use platform::function::{self, Error};
use platform::{Settings, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let journeys = Journeys::new(&Settings::from_environment())?;
    function::serve(|event| async { Ok::<_, Error>(journeys.handle(event).await) }).await
}
