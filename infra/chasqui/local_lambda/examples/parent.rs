//! A machine for the test that no process outlives it: starts one function, says which, and waits to be killed.

use local_lambda::runtime_api::{Lambda, Options};
use local_lambda::template::{Machine, Stack};
use std::io::Write;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let program = std::env::current_exe()?;
    let folder = program.parent().ok_or("no folder")?;
    let template = r#"
        Resources:
          Echo:
            Type: AWS::Serverless::Function
            Properties: { CodeUri: ./echo }
    "#;
    let endpoint = "http://127.0.0.1:1";
    let stack = Stack::parse(template, &Machine::new(endpoint))?;
    let lambda = Lambda::new(stack.functions, Options::new(folder, endpoint, Arc::new(|_| {})));
    lambda.warm_up().await?;
    for process in &lambda.stats()[0].processes {
        writeln!(std::io::stdout(), "{}", process.pid)?;
    }
    std::io::stdout().flush()?;
    std::future::pending().await
}
