//! The sender function.

use platform::function::{self, Error};
use platform::{Settings, telemetry};
use sender::Sender;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let sender = Sender::new(&Settings::from_environment())?;
    function::serve(|event| async { Ok::<_, Error>(sender.handle(event).await) }).await
}
