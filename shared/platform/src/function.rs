//! The main loop of a function: takes events from Lambda's Runtime API one by one and gives each to the handler.

use std::future::Future;

pub use lambda_runtime::Error;
use lambda_runtime::streaming::Body;
use lambda_runtime::{FunctionResponse, LambdaEvent, Runtime, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Answers events until Lambda ends the process. What the handler returns is the answer; an error is reported to Lambda,
/// which then does with the event what its source says.
///
/// Two costs of `lambda_runtime::run` are saved here. A handler's future is tens of kilobytes, and every layer of the
/// runtime moves the one it wraps: on the heap, only a pointer moves. And the layer that opens a tracing span for each event
/// is left out, because log lines carry no spans.
pub async fn serve<Event, Answer, Failure, Handled>(handle: impl Fn(Event) -> Handled) -> Result<(), Error>
where
    Event: DeserializeOwned,
    Answer: Serialize,
    Failure: Into<Error>,
    Handled: Future<Output = Result<Answer, Failure>>,
{
    let handle = &handle;
    let service = service_fn(move |event: LambdaEvent<Event>| {
        Box::pin(async move {
            let answer = handle(event.payload).await.map_err(Into::into)?;
            Ok::<_, Error>(FunctionResponse::<Answer, Body>::BufferedResponse(answer))
        })
    });
    Runtime::new(service).run().await
}

/// A sixth of what a function did was glibc's `malloc`; this one takes half of that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
