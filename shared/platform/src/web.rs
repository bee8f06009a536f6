//! Requests to addresses that come from outside: those a journey names. The guard: no address of a private network or of
//! this machine (a journey could ask the metadata service for credentials), whatever name or redirect leads there; one
//! deadline over all of it; no more than a megabyte of answer.
//!
//! An organisation whose own service has a private address allows its host by the setting `PRIVATE_HOSTS`.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, USER_AGENT};
use http::{Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioExecutor;
use tower_service::Service;

use crate::Settings;

/// The largest answer that is read, in bytes.
pub const MAX_ANSWER: usize = 1024 * 1024;
/// A request follows so many redirects.
const REDIRECTS: usize = 3;
const AGENT: HeaderValue = HeaderValue::from_static(concat!("Chasqui/", env!("CARGO_PKG_VERSION")));

/// A client of other people's web services. Its connections are made when first needed.
#[derive(Clone)]
pub struct Web {
    private_hosts: Arc<[String]>,
    client: Arc<OnceLock<GuardedClient>>,
}

type GuardedClient = Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>;

/// What to ask.
#[derive(Clone, Debug)]
pub struct WebRequest<'a> {
    /// What is done.
    pub method: Method,
    /// The whole address.
    pub url: &'a str,
    /// Names and values.
    pub headers: &'a [(String, String)],
    /// What is sent.
    pub body: Option<&'a str>,
    /// When to give up, redirects and the reading of the answer included.
    pub timeout: Duration,
}

/// What a service answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAnswer {
    /// The status of HTTP.
    pub status: u16,
    /// The text of the answer; bytes that are no text are replaced.
    pub body: String,
}

/// Why there is no answer, said to the author of the journey.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// Not an address of the web.
    #[error("`{0}` is not a web address; write https://…")]
    Address(String),
    /// Not encrypted.
    #[error("`{0}` is not encrypted; use https://")]
    NotEncrypted(String),
    /// An address of a private network.
    #[error("`{0}` leads into a private network, which is not allowed; an administrator can allow it (PRIVATE_HOSTS)")]
    Private(String),
    /// A header no request may have.
    #[error("the header `{0}` has a name or value that HTTP does not allow")]
    Header(String),
    /// In circles, perhaps.
    #[error("the service redirected more than {REDIRECTS} times")]
    Redirects,
    /// No answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// Too long an answer.
    #[error("the answer is larger than {} KB", MAX_ANSWER / 1024)]
    TooLarge,
    /// The connection failed.
    #[error("the service could not be reached: {0}")]
    Unreachable(String),
}

impl Web {
    /// Reads which private hosts are allowed (`PRIVATE_HOSTS`, names or addresses with commas between them).
    pub fn new(settings: &Settings) -> Self {
        let hosts = settings.optional("PRIVATE_HOSTS").unwrap_or_default().split(',');
        let hosts = hosts.map(|host| host.trim().to_lowercase()).filter(|host| !host.is_empty());
        Self { private_hosts: hosts.collect(), client: Arc::default() }
    }

    /// Asks, and reads the answer.
    ///
    /// # Errors
    /// Whatever keeps the answer from coming: see [`WebError`]. An answer with a status such as 500 is an answer.
    pub async fn ask(&self, request: &WebRequest<'_>) -> Result<WebAnswer, WebError> {
        match tokio::time::timeout(request.timeout, self.follow(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(WebError::Timeout(request.timeout)),
        }
    }

    async fn follow(&self, request: &WebRequest<'_>) -> Result<WebAnswer, WebError> {
        let mut url = self.allowed(request.url)?;
        for _ in 0..=REDIRECTS {
            let response = self.send(request, url.clone()).await?;
            let target = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
            // Only what is read can be asked elsewhere as well; what was sent has been sent.
            let Some(target) = target.filter(|_| request.method == Method::GET) else {
                return read(response).await;
            };
            let target = String::from_utf8_lossy(target.as_bytes()).into_owned();
            let next = self.allowed(&join(&url, &target))?;
            if next.host() != url.host() && !request.headers.is_empty() {
                // Headers often carry a token, which belongs to the host it was given for.
                return read(response).await;
            }
            url = next;
        }
        Err(WebError::Redirects)
    }

    async fn send(&self, request: &WebRequest<'_>, url: Uri) -> Result<Response<Incoming>, WebError> {
        let shown = url.to_string();
        let body = request.body.unwrap_or_default().to_owned();
        let mut wire = Request::new(Full::new(Bytes::from(body)));
        *wire.method_mut() = request.method.clone();
        *wire.uri_mut() = url;
        let headers = wire.headers_mut();
        headers.insert(USER_AGENT, AGENT);
        if request.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in request.headers {
            let parsed = HeaderName::try_from(name.as_str()).ok().zip(HeaderValue::try_from(value.as_str()).ok());
            let (name, value) = parsed.ok_or_else(|| WebError::Header(name.clone()))?;
            headers.insert(name, value);
        }
        self.client()?.request(wire).await.map_err(|error| refused(&error, shown))
    }

    /// The address, if it may be asked. What its name resolves to is looked at when the connection is made.
    fn allowed(&self, url: &str) -> Result<Uri, WebError> {
        let uri: Uri = url.parse().map_err(|_| WebError::Address(url.to_owned()))?;
        let host = uri.host().ok_or_else(|| WebError::Address(url.to_owned()))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_lowercase();
        let is_own = self.private_hosts.contains(&host);
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_own => {}
            Some("http") => return Err(WebError::NotEncrypted(url.to_owned())),
            _ => return Err(WebError::Address(url.to_owned())),
        }
        match host.parse::<IpAddr>() {
            Ok(address) if !is_own && is_private(address) => Err(WebError::Private(host)),
            _ => Ok(uri),
        }
    }

    fn client(&self) -> Result<&GuardedClient, WebError> {
        if self.client.get().is_none() {
            let resolver = Resolver { inner: GaiResolver::new(), private_hosts: self.private_hosts.clone() };
            let mut connector = HttpConnector::new_with_resolver(resolver);
            connector.enforce_http(false);
            connector.set_nodelay(true);
            let connector = HttpsConnectorBuilder::new()
                .with_native_roots()
                .map_err(|error| WebError::Unreachable(format!("no root certificates on this system: {error}")))?
                .https_or_http()
                .enable_http1()
                .wrap_connector(connector);
            // Another task may have been first: its client serves as well.
            let _ = self.client.set(Client::builder(TokioExecutor::new()).build(connector));
        }
        self.client.get().ok_or_else(|| WebError::Unreachable("the client could not be made".to_owned()))
    }
}

async fn read(response: Response<Incoming>) -> Result<WebAnswer, WebError> {
    let status = response.status().as_u16();
    let announced = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: u64| bytes > MAX_ANSWER as u64) {
        return Err(WebError::TooLarge);
    }
    match Limited::new(response.into_body(), MAX_ANSWER).collect().await {
        Ok(body) => Ok(WebAnswer { status, body: String::from_utf8_lossy(&body.to_bytes()).into_owned() }),
        Err(error) if error.is::<LengthLimitError>() => Err(WebError::TooLarge),
        Err(error) => Err(WebError::Unreachable(error.to_string())),
    }
}

/// The address of a redirect: a whole one, one from the root of the host, or one beside the present path.
fn join(base: &Uri, target: &str) -> String {
    if target.contains("://") {
        return target.to_owned();
    }
    let root = format!("{}://{}", base.scheme_str().unwrap_or("https"), base.authority().map_or("", |it| it.as_str()));
    if let Some(rest) = target.strip_prefix("//") {
        return format!("{}://{rest}", base.scheme_str().unwrap_or("https"));
    }
    let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    if target.starts_with('/') { format!("{root}{target}") } else { format!("{root}{folder}/{target}") }
}

fn refused(error: &hyper_util::client::legacy::Error, url: String) -> WebError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut deepest = String::new();
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|io| io.get_ref().is_some_and(|it| it.is::<OnlyPrivate>())) {
            return WebError::Private(url);
        }
        deepest = error.to_string();
        cause = error.source();
    }
    WebError::Unreachable(deepest)
}

/// Resolves names, and leaves out addresses that may not be asked.
#[derive(Clone)]
struct Resolver {
    inner: GaiResolver,
    private_hosts: Arc<[String]>,
}

/// The name leads nowhere but into a private network.
#[derive(Debug, thiserror::Error)]
#[error("the name leads into a private network")]
struct OnlyPrivate;

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let is_own = self.private_hosts.contains(&name.as_str().to_lowercase());
        let found = self.inner.call(name);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> =
                found.await?.filter(|address| is_own || !is_private(address.ip())).collect();
            if addresses.is_empty() {
                return Err(io::Error::other(OnlyPrivate));
            }
            Ok(addresses.into_iter())
        })
    }
}

/// Whether an address is not one of the public internet, by the special-purpose registries of IANA
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>, <https://www.iana.org/assignments/iana-ipv6-special-registry>).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => is_private_v6(v6),
    }
}

fn is_private_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local() // the metadata service among them
        || v4.is_multicast()
        || v4.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // carrier-grade NAT
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)) // benchmarking
}

fn is_private_v6(v6: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, high, low] = v6.segments();
    let embedded = || {
        let [x, y] = high.to_be_bytes();
        let [z, w] = low.to_be_bytes();
        is_private_v4(Ipv4Addr::new(x, y, z, w))
    };
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0 | 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => embedded(), // IPv4 in IPv6, NAT64; `::` and `::1`
        (0x64, 0xff9b, ..) => true,                                             // NAT64 of a local network
        (0x2002, ..) => true,                                                   // 6to4 leads to any IPv4 address
        _ => a & 0xe000 != 0x2000 || (a == 0x2001 && (b < 0x200 || b == 0xdb8)), // only 2000::/3 is public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web(private_hosts: &str) -> Web {
        Web::new(&[("PRIVATE_HOSTS".to_owned(), private_hosts.to_owned())].into_iter().collect())
    }

    fn get(url: &str) -> WebRequest<'_> {
        WebRequest { method: Method::GET, url, headers: &[], body: None, timeout: Duration::from_secs(2) }
    }

    /// Answers every connection with these bytes, and says where.
    async fn server(answer: String) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 4096]).await;
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        format!("http://{address}/a/b")
    }

    fn response(status: &str, headers: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn private_addresses_are_known_in_every_disguise() {
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "100.128.0.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn what_must_not_be_asked_is_refused_before_a_connection_is_made() {
        for url in [
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest/",
            "https://[::ffff:10.0.0.1]:8443/",
        ] {
            assert!(matches!(web("").ask(&get(url)).await, Err(WebError::Private(_))), "{url}");
        }
        assert!(matches!(web("").ask(&get("https://localhost:1/")).await, Err(WebError::Private(_))));
        assert!(matches!(web("").ask(&get("http://example.org/")).await, Err(WebError::NotEncrypted(_))));
        for url in ["", "example.org", "ftp://example.org/", "https://", "https:///x", "file:///etc/passwd"] {
            assert!(matches!(web("").ask(&get(url)).await, Err(WebError::Address(_))), "{url}");
        }
    }

    #[tokio::test]
    async fn an_allowed_host_answers() {
        let url = server(response("201 Created", "", "{\"día\": 1}")).await;
        let answer = web("crm.internal, 127.0.0.1").ask(&get(&url)).await.unwrap();
        assert_eq!(answer, WebAnswer { status: 201, body: "{\"día\": 1}".to_owned() });
    }

    #[tokio::test]
    async fn a_redirect_into_a_private_network_is_not_followed() {
        for target in ["https://10.0.0.1/", "//169.254.169.254/latest/"] {
            let url = server(response("302 Found", &format!("location: {target}\r\n"), "")).await;
            let refused = web("127.0.0.1").ask(&get(&url)).await;
            assert!(matches!(refused, Err(WebError::Private(_) | WebError::NotEncrypted(_))), "{refused:?}");
        }
        let url = server(response("302 Found", "location: /a/b\r\n", "")).await;
        assert!(matches!(web("127.0.0.1").ask(&get(&url)).await, Err(WebError::Redirects)));
    }

    #[tokio::test]
    async fn a_token_is_not_carried_to_another_host() {
        let url = server(response("302 Found", "location: https://example.org/\r\n", "moved")).await;
        let headers = [("authorization".to_owned(), "Bearer x".to_owned())];
        let answer = web("127.0.0.1").ask(&WebRequest { headers: &headers, ..get(&url) }).await.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (302, "moved"));
    }

    #[tokio::test]
    async fn long_and_late_answers_are_cut_off() {
        let url = server(response("200 OK", "", &"a".repeat(MAX_ANSWER + 1))).await;
        assert!(matches!(web("127.0.0.1").ask(&get(&url)).await, Err(WebError::TooLarge)));
        let silent = server(
            String::new()
                + "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                + &("ffff\r\n".to_owned() + &"a".repeat(0xffff) + "\r\n").repeat(17),
        )
        .await;
        assert!(matches!(web("127.0.0.1").ask(&get(&silent)).await, Err(WebError::TooLarge)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let timeout = Duration::from_millis(50);
        let late = web("127.0.0.1").ask(&WebRequest { timeout, ..get(&url) }).await;
        assert!(matches!(late, Err(WebError::Timeout(_))), "{late:?}");
    }

    #[test]
    fn redirects_may_be_relative() {
        let base: Uri = "https://example.org/a/b?c".parse().unwrap();
        assert_eq!(join(&base, "d"), "https://example.org/a/d");
        assert_eq!(join(&base, "/d"), "https://example.org/d");
        assert_eq!(join(&base, "//other.org/d"), "https://other.org/d");
        assert_eq!(join(&base, "https://other.org"), "https://other.org");
    }
}
