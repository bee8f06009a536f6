//! The inbox API function.

use inbox_api::Api;
use lambda_http::Error;
use platform::{Settings, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let api = Api::new(&Settings::from_environment())?;
    lambda_http::run(inbox_api::router(api)).await
}
