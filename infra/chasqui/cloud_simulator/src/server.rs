//! The HTTP server: one listener for the Graph API, the control endpoints and the phone page.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

use crate::simulation::Simulation;
use crate::{control, graph};

/// Marks a response that is never sent: the connection is cut instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut;

impl Cut {
    pub(crate) fn response() -> Response {
        let mut response = ().into_response();
        response.extensions_mut().insert(Self);
        response
    }
}

#[derive(Debug, thiserror::Error)]
#[error("cut on purpose")]
struct CutOnPurpose;

/// All routes.
pub(crate) fn router(simulation: Arc<Simulation>) -> Router {
    Router::new()
        .route("/", get(|| page("text/html; charset=utf-8", include_str!("../page/index.html"))))
        .route("/phone.css", get(|| page("text/css; charset=utf-8", include_str!("../page/phone.css"))))
        .route("/phone.js", get(|| page("text/javascript; charset=utf-8", include_str!("../page/phone.js"))))
        .route("/messages.js", get(|| page("text/javascript; charset=utf-8", include_str!("../page/messages.js"))))
        .route("/words.js", get(|| page("text/javascript; charset=utf-8", include_str!("../page/words.js"))))
        .route("/_media/{id}", get(graph::download))
        .nest("/_sim", control::router())
        .fallback(graph::handle)
        .layer(DefaultBodyLimit::max(graph::LARGEST_BODY))
        .with_state(simulation)
}

async fn page(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-cache")], text)
}

/// Accepts connections until the simulator is stopped.
pub(crate) async fn serve(listener: TcpListener, simulation: Arc<Simulation>) {
    let router = router(Arc::clone(&simulation));
    let mut stopped = simulation.stopped.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        // A failed accept (too many open files) passes; the listener itself stays good.
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        tokio::spawn(connection(stream, router.clone(), Arc::clone(&simulation)));
    }
}

async fn connection(stream: TcpStream, router: Router, simulation: Arc<Simulation>) {
    // Answers are small: waiting for more to send would only slow them down.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move {
            let response = match router.oneshot(request.map(axum::body::Body::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if response.extensions().get::<Cut>().is_some() { Err(CutOnPurpose) } else { Ok(response) }
        }
    });
    let mut stopped = simulation.stopped.subscribe();
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        ended = connection => if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        },
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
}
