//! The client against a server that misbehaves in every way: what went out, what did not, what nobody knows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use whatsapp::client::{CloudApi, ConfigError, SendError};
use whatsapp::message::MarkAsRead;
use whatsapp::{Action, OutboundMessage, OutboundRequest, PauseCause, Recipient};

const ACCEPTED: &str = r#"{"messaging_product":"whatsapp","contacts":[{"input":"+59171234567","wa_id":"59171234567","user_id":"BO.88"}],"messages":[{"id":"wamid.OUT","message_status":"accepted"}]}"#;

/// What the server does with a connection.
#[derive(Clone)]
enum Behaviour {
    /// Reads each request and writes these bytes.
    Answer(Vec<u8>),
    /// Reads one request, writes these bytes, closes.
    AnswerAndClose(Vec<u8>),
    /// Reads the request and never answers.
    Silence,
    /// Closes at once, having read nothing.
    Slam,
    /// Accepts and neither reads nor writes.
    Freeze,
}

struct Server {
    url: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

async fn server(behaviour: Behaviour) -> Server {
    server_at("http", behaviour).await
}

async fn server_at(scheme: &str, behaviour: Behaviour) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (counter, log) = (Arc::clone(&connections), Arc::clone(&requests));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream, behaviour.clone(), Arc::clone(&log)));
        }
    });
    Server { url, connections, requests }
}

async fn serve(mut stream: TcpStream, behaviour: Behaviour, log: Arc<Mutex<Vec<String>>>) {
    match behaviour {
        Behaviour::Slam => {}
        Behaviour::Freeze => tokio::time::sleep(Duration::from_secs(30)).await,
        Behaviour::Silence => {
            request(&mut stream).await;
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        Behaviour::AnswerAndClose(answer) => {
            let request = request(&mut stream).await;
            log.lock().unwrap().extend(request);
            stream.write_all(&answer).await.unwrap();
        }
        Behaviour::Answer(answer) => {
            while let Some(request) = request(&mut stream).await {
                log.lock().unwrap().push(request);
                stream.write_all(&answer).await.unwrap();
            }
        }
    }
}

/// Reads one whole request; `None` at the end of the connection.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned))?;
        if body.len() >= length.trim().parse::<usize>().unwrap() {
            return Some(text);
        }
    }
}

fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

fn client(server: &Server) -> CloudApi {
    CloudApi::new(&server.url, "v25.0", "secret-token").unwrap().with_deadline(Duration::from_millis(400))
}

fn body() -> Vec<u8> {
    let to = Recipient::phone("+59171234567");
    OutboundRequest::new(to, OutboundMessage::text("Hola")).with_callback_data("m-1").render_bytes().unwrap()
}

async fn send(behaviour: Behaviour) -> Result<whatsapp::Accepted, SendError> {
    client(&server(behaviour).await).send("300", body()).await
}

fn assert_ambiguous(error: &SendError, what: &str) {
    assert!(matches!(error, SendError::Ambiguous { .. }), "{what}: {error:?}");
    assert!(matches!(error.meaning().action, Action::Ambiguous | Action::Doubt { .. }), "{what}");
}

fn assert_not_sent(error: &SendError, what: &str) {
    assert!(matches!(error, SendError::NotSent { .. }), "{what}: {error:?}");
    assert!(error.meaning().action.may_repeat(), "{what}");
}

#[test]
fn what_it_cannot_be_made_of() {
    let made = |url: &str, version: &str, token: &str| CloudApi::new(url, version, token).err();
    for url in ["", "graph.facebook.com", "ftp://graph.facebook.com", "/v25.0", "https://"] {
        assert_eq!(made(url, "v25.0", "t"), Some(ConfigError::Address(url.to_owned())), "{url}");
    }
    for version in ["", "25.0", "v25", "v25.x", "v25.0/../x"] {
        assert_eq!(made("https://graph.facebook.com", version, "t"), Some(ConfigError::Version(version.to_owned())));
    }
    for token in ["", " \n", "a\nb"] {
        assert_eq!(made("https://graph.facebook.com", "v25.0", token), Some(ConfigError::Token));
    }
    let api = CloudApi::new("https://graph.facebook.com/", "v25.0", " secret-token\n").unwrap();
    assert!(!format!("{api:?}").contains("secret-token"));
}

#[tokio::test]
async fn what_did_not_go_out() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let api = CloudApi::new(&format!("http://{closed}"), "v25.0", "t").unwrap();
    assert_not_sent(&api.send("300", body()).await.unwrap_err(), "nobody listens");

    // TLS towards a server that never shakes hands: the deadline ends it before a byte of the request left.
    let frozen = server_at("https", Behaviour::Freeze).await;
    let start = Instant::now();
    assert_not_sent(&client(&frozen).send("300", body()).await.unwrap_err(), "no handshake");
    assert!(start.elapsed() < Duration::from_secs(5));
    let slammed = server_at("https", Behaviour::Slam).await;
    assert_not_sent(&client(&slammed).send("300", body()).await.unwrap_err(), "handshake cut");

    for id in ["", "../300", "300?x", "300/messages", "ñ"] {
        let server = server(Behaviour::Answer(http("200 OK", "", ACCEPTED))).await;
        let error = client(&server).send(id, body()).await.unwrap_err();
        assert!(matches!(&error, SendError::Rejected(rejection) if rejection.code == Some(33)), "{id}");
        assert_eq!(error.meaning().action, Action::Stop);
        assert_eq!(server.connections.load(Ordering::SeqCst), 0, "{id}");
    }
}

#[tokio::test]
async fn what_nobody_knows() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"messages\":[".to_vec();
    for (what, behaviour) in [
        ("no answer in time", Behaviour::Silence),
        ("closed without an answer", Behaviour::AnswerAndClose(Vec::new())),
        ("garbage", Behaviour::AnswerAndClose(b"hello\r\n\r\n".to_vec())),
        ("an answer cut off", Behaviour::AnswerAndClose(half.clone())),
        ("an answer that never ends", Behaviour::Answer(half)),
        ("not JSON", Behaviour::Answer(http("200 OK", "", "<html>"))),
        ("no id", Behaviour::Answer(http("200 OK", "", r#"{"messages":[]}"#))),
        ("an empty id", Behaviour::Answer(http("200 OK", "", r#"{"messages":[{"id":""}]}"#))),
        ("far too long", Behaviour::Answer(http("200 OK", "", &format!("{ACCEPTED}{}", " ".repeat(70_000))))),
        ("500", Behaviour::Answer(http("500 Internal Server Error", "", "oops"))),
        ("502", Behaviour::Answer(http("502 Bad Gateway", "", ""))),
        ("code 131000", Behaviour::Answer(http("400 Bad Request", "", r#"{"error":{"code":131000}}"#))),
        ("code 2", Behaviour::Answer(http("503 Service Unavailable", "", r#"{"error":{"code":2}}"#))),
        ("unknown code with 500", Behaviour::Answer(http("500 X", "", r#"{"error":{"code":777}}"#))),
    ] {
        assert_ambiguous(&send(behaviour).await.unwrap_err(), what);
    }
}

#[tokio::test]
async fn what_meta_refused() {
    let error = |code: i64| {
        format!(
            r#"{{"error":{{"message":"m","type":"OAuthException","code":{code},"error_data":{{"messaging_product":"whatsapp","details":"d"}},"error_subcode":1,"fbtrace_id":"T"}}}}"#
        )
    };
    for (status, body, code, repeat) in [
        ("400 Bad Request", error(131_047), Some(131_047), false),
        ("400 Bad Request", error(131_056), Some(131_056), true),
        ("429 Too Many Requests", error(130_429), Some(130_429), true),
        ("429 Too Many Requests", "slow down".to_owned(), None, true),
        ("401 Unauthorized", error(190), Some(190), true),
        ("401 Unauthorized", "<html>".to_owned(), None, true),
        ("404 Not Found", error(132_001), Some(132_001), false),
        ("400 Bad Request", error(777), Some(777), false),
        ("500 Internal Server Error", error(131_057), Some(131_057), true),
        ("302 Found", String::new(), None, false),
    ] {
        let answer = http(status, "Retry-After: 7\r\n", &body);
        match send(Behaviour::Answer(answer)).await.unwrap_err() {
            SendError::Rejected(rejection) => {
                assert_eq!(rejection.code, code, "{status}");
                assert_eq!(rejection.http_status.to_string(), status[..3]);
                assert_eq!(rejection.retry_after, Some(Duration::from_secs(7)));
                assert_eq!(rejection.meaning.action.may_repeat(), repeat, "{status} {code:?}");
                assert_eq!(rejection.details.is_some(), code.is_some());
                assert_eq!(rejection.fbtrace_id.is_some(), code.is_some());
            }
            other => panic!("{status} {code:?}: {other:?}"),
        }
    }
    let expired = send(Behaviour::Answer(http("401 Unauthorized", "", &error(190)))).await.unwrap_err();
    assert_eq!(expired.meaning().action, Action::Pause { cause: PauseCause::Credentials });
    assert_eq!(expired.to_string(), "WhatsApp refused the message: code 190, Access token expired or withdrawn: d");
    // The status line came whole: whatever follows, it was refused.
    let cut = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 500\r\n\r\n{".to_vec();
    assert!(matches!(send(Behaviour::AnswerAndClose(cut)).await.unwrap_err(), SendError::Rejected(_)));
}

#[tokio::test]
async fn what_meta_accepted() {
    let server = server(Behaviour::Answer(http("200 OK", "", ACCEPTED))).await;
    let api = client(&server);
    for _ in 0..3 {
        let accepted = api.send("300", body()).await.unwrap();
        assert_eq!(accepted.message_id, "wamid.OUT");
        assert_eq!((accepted.wa_id.as_deref(), accepted.user_id.as_deref()), (Some("59171234567"), Some("BO.88")));
        assert_eq!(accepted.message_status.as_deref(), Some("accepted"));
    }
    api.set_token("another").unwrap();
    api.mark_read("300", &MarkAsRead { message_id: "wamid.IN".into(), typing: true }).await.unwrap();
    assert_eq!(server.connections.load(Ordering::SeqCst), 1, "connections are reused");

    let requests = server.requests.lock().unwrap();
    assert!(requests[0].starts_with("POST /v25.0/300/messages HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[0].contains("authorization: Bearer secret-token\r\n"));
    assert!(requests[0].contains("content-type: application/json\r\n"));
    assert!(requests[0].ends_with(std::str::from_utf8(&body()).unwrap()));
    assert!(requests[3].contains("Bearer another\r\n") && requests[3].contains("typing_indicator"));
}

#[tokio::test]
async fn a_connection_closed_between_two_messages_does_no_harm() {
    let server = server(Behaviour::AnswerAndClose(http("200 OK", "", ACCEPTED))).await;
    let api = client(&server);
    for _ in 0..3 {
        assert_eq!(api.send("300", body()).await.unwrap().message_id, "wamid.OUT");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 3);
    assert_eq!(server.requests.lock().unwrap().len(), 3, "each message went out once");
}
