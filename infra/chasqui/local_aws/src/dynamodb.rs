//! DynamoDB: dynoxide, embedded, behind this machine's port.
//!
//! The database runs in this process with its own loopback server, which knows the exact wording of every refusal; the
//! front passes requests on to it over pooled connections, asks for the consumed capacity on the way, and takes it out
//! of the answer again unless the caller asked for it too.

use std::{net::SocketAddr, path::Path};

use bytes::Bytes;
use dynoxide::Database;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    aws_error::AwsError,
    call::Service,
    capacity::{self, Units},
};

/// The operations that report what they consumed.
const REPORTING: [&str; 10] = [
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "GetItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
    "TransactGetItems",
    "TransactWriteItems",
];

/// The embedded database and the way to it.
#[derive(Clone)]
pub(crate) struct DynamoDb {
    database: Database,
    address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl DynamoDb {
    /// Opens the database kept at `path`, or an empty one in memory, and starts its server.
    pub(crate) async fn start(path: Option<&Path>) -> Result<(Self, JoinHandle<()>), String> {
        let database = match path {
            Some(path) => Database::new(&path.to_string_lossy()),
            None => Database::memory(),
        }
        .map_err(|error| error.to_string())?;
        // Ends no bulk loading: this is the one way to SQLite's `synchronous = NORMAL`. A commit then no longer waits for
        // the disk and still survives the death of this process, like the journals here.
        database.disable_bulk_loading().map_err(|error| error.to_string())?;
        let listener =
            TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let server = tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok((Self { database, address, client }, server))
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Passes a request on; answers also what it consumed.
    pub(crate) async fn answer(
        &self,
        operation: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> (Response<Full<Bytes>>, Units) {
        let measured = REPORTING.contains(&operation);
        let asked = contains(body, b"\"ReturnConsumedCapacity\"");
        let sent = if measured && !asked { with_capacity(body) } else { body.clone() };
        let (mut response, bytes) = match self.pass(headers, sent).await {
            Ok(found) => found,
            Err(error) => {
                let error = AwsError::internal(format!("the embedded database did not answer: {error}"));
                return (error.into_response(Service::DynamoDb), Units::default());
            }
        };
        if !measured {
            return (response.map(|()| Full::new(bytes)), Units::default());
        }
        if response.status() != StatusCode::OK {
            let units = capacity::of_refusal(&self.database, operation, body, &bytes);
            return (response.map(|()| Full::new(bytes)), units);
        }
        let units = capacity::of_answer(operation, &bytes);
        let shown = if asked { bytes } else { without_capacity(bytes) };
        // The checksum of the former body no longer holds; the header is optional.
        response.headers_mut().remove("x-amz-crc32");
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(shown.len()));
        (response.map(|()| Full::new(shown)), units)
    }

    async fn pass(
        &self,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<(Response<()>, Bytes), Box<dyn std::error::Error + Send + Sync>> {
        let mut request = Request::post(format!("http://{}/", self.address)).body(Full::new(body))?;
        for (name, value) in headers {
            if ![header::HOST, header::CONTENT_LENGTH, header::CONNECTION].contains(name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        let (parts, body) = self.client.request(request).await?.into_parts();
        let bytes = body.collect().await?.to_bytes();
        Ok((Response::from_parts(parts, ()), bytes))
    }
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
}

/// The request with the wish to know its consumption; anything but a JSON object stays as it is, to be refused.
fn with_capacity(body: &Bytes) -> Bytes {
    let Some(rest) = body.strip_prefix(b"{") else { return body.clone() };
    let comma: &[u8] = if rest.trim_ascii_start().starts_with(b"}") { b"" } else { b"," };
    [b"{\"ReturnConsumedCapacity\":\"INDEXES\"", comma, rest].concat().into()
}

/// The answer without the consumption that the caller did not ask for.
fn without_capacity(body: Bytes) -> Bytes {
    let Ok(mut members) = serde_json::from_slice::<BTreeMap<&str, &RawValue>>(&body) else { return body };
    members.remove("ConsumedCapacity");
    serde_json::to_vec(&members).map_or_else(|_| body.clone(), Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wish_for_capacity_is_added_to_any_object() {
        for (body, expected) in [
            ("{}", "{\"ReturnConsumedCapacity\":\"INDEXES\"}"),
            ("{ }", "{\"ReturnConsumedCapacity\":\"INDEXES\" }"),
            ("{\"a\":1}", "{\"ReturnConsumedCapacity\":\"INDEXES\",\"a\":1}"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(with_capacity(&Bytes::from(body)), expected);
        }
    }

    #[test]
    fn only_the_capacity_leaves_the_answer() {
        let body = Bytes::from(r#"{"ConsumedCapacity":{"CapacityUnits":1.0},"Item":{"n":{"N":"1.50"}}}"#);
        assert_eq!(without_capacity(body), r#"{"Item":{"n":{"N":"1.50"}}}"#);
    }
}
