//! The receipts function.

use platform::function::{self, Error};
use platform::{Settings, telemetry};
use receipts::Receipts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let receipts = Receipts::new(&Settings::from_environment())?;
    function::serve(|event| async { Ok::<_, Error>(receipts.handle(event).await) }).await
}
