//! Requests over a real connection to a real process and back.

use crate::support::lambda;
use local_lambda::gateway::{Gateway, GatewayError, Limits};
use local_lambda::runtime_api::Lambda;
use local_lambda::template::{HttpApi, Route, Throttle};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn api() -> HttpApi {
    let route = |method: &str, path: &str, throttle| Route {
        method: method.into(),
        path: path.into(),
        function: "echo".into(),
        throttle,
    };
    let twice = Throttle { rate: 0.001, burst: 2.0 };
    HttpApi { routes: vec![route("ANY", "/do/{what}", None), route("GET", "/rare", Some(twice))] }
}

async fn start(lambda: &Lambda, limits: Limits) -> Gateway {
    Gateway::start(SocketAddr::from(([127, 0, 0, 1], 0)), &api(), lambda.clone(), limits).await.unwrap()
}

/// Status, head in lower case, body.
async fn send(gateway: &Gateway, head: &str, body: &[u8]) -> (u16, String, String) {
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    let length = body.len();
    let head = format!("{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // Refusals may come before the body was read.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
}

#[tokio::test]
async fn other_machines_are_not_served() {
    let all = SocketAddr::from(([0, 0, 0, 0], 0));
    let error = Gateway::start(all, &api(), lambda(|_, _| {}), Limits::default()).await.err().unwrap();
    assert!(matches!(error, GatewayError::NotLoopback(_)), "{error}");
}

#[tokio::test]
async fn what_no_function_gets_to_see() {
    let lambda = lambda(|_, _| {});
    let gateway = start(&lambda, Limits { body: 1000, ..Limits::default() }).await;
    let long = format!("GET /do/x HTTP/1.1\r\nX-Long: {}", "x".repeat(10_240));
    for (head, body, status, answer) in [
        ("GET /nowhere HTTP/1.1", 0, 404, r#"{"message":"Not Found"}"#),
        ("POST /rare HTTP/1.1", 0, 404, r#"{"message":"Not Found"}"#),
        ("GET /do/%ff HTTP/1.1", 0, 400, r#"{"message":"Bad Request"}"#),
        (long.as_str(), 0, 431, r#"{"message":"Request Header Fields Too Large"}"#),
    ] {
        let (got, head, text) = send(&gateway, head, &vec![b'x'; body]).await;
        assert_eq!((got, text.as_str()), (status, answer));
        assert!(head.contains("content-type: application/json") && head.contains("apigw-requestid: "), "{head}");
    }
    // What API Gateway says, and the members of a problem beside it.
    let (status, head, text) = send(&gateway, "POST /do/x HTTP/1.1", &[b'x'; 1001]).await;
    assert_eq!(status, 413);
    assert!(
        text.starts_with(r#"{"message":"Request Entity Too Large","type":"urn:chasqui:problem:too-large""#),
        "{text}"
    );
    assert!(head.contains("content-type: application/problem+json"), "{head}");
    assert_eq!(lambda.stats()[0].invocations, 0);
}

#[tokio::test]
async fn the_default_limits_are_those_of_the_service() {
    let limits = Limits::default();
    assert_eq!((limits.body, limits.headers, limits.integration), (10_485_760, 10_240, Duration::from_secs(30)));
}

#[tokio::test]
async fn failing_functions_are_internal_errors() {
    let lambda = lambda(|_, _| {});
    let gateway = start(&lambda, Limits { integration: Duration::from_millis(1500), ..Limits::default() }).await;
    lambda.warm_up().await.unwrap();
    for (what, status, text) in [
        ("fail", 500, r#"{"message":"Internal Server Error"}"#),
        ("panic", 500, r#"{"message":"Internal Server Error"}"#),
        ("improper", 500, r#"{"message":"Internal Server Error"}"#),
        ("crash", 500, r#"{"message":"Internal Server Error"}"#),
        ("hang", 503, r#"{"message":"Service Unavailable"}"#),
    ] {
        let (got, _, body) = send(&gateway, &format!("GET /do/{what} HTTP/1.1"), b"").await;
        assert_eq!((got, body.as_str()), (status, text), "{what}");
    }
}

#[tokio::test]
async fn answers_travel_back_whole() {
    let gateway = start(&lambda(|_, _| {}), Limits::default()).await;
    let head = "POST /do/teapot HTTP/1.1\r\nX-Sent: one\r\nx-sent: two\r\nContent-Type: application/octet-stream";
    let (status, head, body) = send(&gateway, head, "mañana".as_bytes()).await;
    assert_eq!((status, body.as_str()), (418, "mañana"));
    for line in ["content-type: text/plain", "x-seen: one,two", "set-cookie: a=1", "set-cookie: b=2"] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{line} in {head}");
    }
}

#[tokio::test]
async fn routes_are_throttled_as_the_template_says() {
    let gateway = start(&lambda(|_, _| {}), Limits::default()).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(send(&gateway, "GET /rare HTTP/1.1", b"").await.0);
    }
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(send(&gateway, "GET /do/x HTTP/1.1", b"").await.0, 200, "others are not affected");
}

#[tokio::test]
async fn stopping_answers_what_is_under_way_and_closes_the_address() {
    let lambda = lambda(|_, _| {});
    lambda.warm_up().await.unwrap();
    let gateway = start(&lambda, Limits::default()).await;
    let address = gateway.address();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /do/sleep HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let taken = || lambda.stats()[0].processes[0].invocations == 1;
    crate::support::eventually("the request is under way", taken).await;
    gateway.stop(Duration::from_secs(5)).await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(TcpStream::connect(address).await.is_err());
}
