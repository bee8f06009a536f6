//! The dead-letters function.

use dead_letters::DeadLetters;
use platform::function::{self, Error};
use platform::{Settings, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let dead_letters = DeadLetters::new(&Settings::from_environment())?;
    function::serve(|event| async { Ok::<_, Error>(dead_letters.handle(event).await) }).await
}
