//! Headers in both directions, by allow-list.
//!
//! # Requests
//!
//! A plugin describes content and preconditions; the host owns the connection, the routing and the credentials. A plugin may set
//! [`ALLOWED`] and the vendor's own `x-` headers that it declares, which the operator grants. Of those it cannot declare
//! ([`declarable`]) the ones that change who a request comes from, where it goes, or what it means to what stands between the host
//! and the vendor's application:
//!
//! - **routing and identity of the sender** (`x-forwarded-for`, `x-real-ip`, `x-remote-user`, `x-original-url`, `x-envoy-…`):
//!   proxies and virtual hosts act on them;
//! - **the method** (`x-http-method-override`, `x-http-verb`): it would make a checked method mean another one;
//! - **cloud metadata** (`x-aws-ec2-metadata-token`, `x-amz-…`);
//! - **credentials** (`x-api-key`, `x-jwt`): with its own key a plugin could send an account's data to another account. A header
//!   that carries a credential, or one outside `x-` that a vendor needs, is declared in an auth scheme.
//!
//! A refused header is an error, never left out or overwritten silently.
//!
//! # Answers
//!
//! [`response`] keeps what a mapping or a caller can use. Cookies and challenges never pass.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use thiserror::Error;
use url::Url;

/// The most headers that one request or answer carries across the sandbox.
pub const MAX_HEADERS: usize = 64;
/// The longest header value, in bytes.
pub const MAX_HEADER_BYTES: usize = 8 * 1024;
/// The most bytes of all names and values together.
pub const MAX_HEADERS_TOTAL: usize = 32 * 1024;

/// The request headers that every plugin may set. `user-agent` is not among them: the host names itself.
pub const ALLOWED: &[&str] =
    &["accept", "accept-language", "content-type", "idempotency-key", "if-match", "if-none-match", "prefer"];

/// An `x-` header with one of these among its hyphenated words cannot be declared.
const REFUSED_WORDS: &[&str] = &[
    "accel",
    "appengine",
    "aws",
    "azure",
    "cert",
    "envoy",
    "goog",
    "google",
    "host",
    "ip",
    "method",
    "middleware",
    "original",
    "originating",
    "proto",
    "remote",
    "scheme",
    "sendfile",
    "ssl",
    "tls",
    "verb",
];

/// An `x-` header with one of these anywhere in its name cannot be declared.
const REFUSED_PARTS: &[&str] = &[
    "amz",
    "api-key",
    "apikey",
    "auth",
    "cookie",
    "credential",
    "forward",
    "jwt",
    "metadata",
    "override",
    "passw",
    "proxy",
    "rewrite",
    "secret",
    "session",
    "token",
];

/// Headers that not even an auth scheme sets: they frame the message, route it, or name its sender.
const NEVER_SIGNED: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Why a request header is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// The name is no token of RFC 9110 §5.1, for instance because of a blank.
    #[error("a header name must be a token without blanks")]
    InvalidName,
    /// The auth scheme sets this header.
    #[error("the header `{0}` belongs to the auth scheme: leave it to the host")]
    Reserved(HeaderName),
    /// Nobody may declare the header.
    #[error("the header `{0}` is not one that a plugin may set: if the vendor needs it, declare it in an auth scheme")]
    NotAllowed(HeaderName),
    /// The plugin does not declare the header.
    #[error("the header `{0}` is not declared: name it in the `headers` of the capabilities")]
    NotDeclared(HeaderName),
    /// The value holds something else than visible ASCII characters, blanks and tabs.
    #[error("the value of the header `{0}` must be of visible ASCII characters, spaces and tabs")]
    InvalidValue(HeaderName),
    /// The value is longer than [`MAX_HEADER_BYTES`].
    #[error("the value of the header `{0}` must not be longer than {MAX_HEADER_BYTES} bytes")]
    TooLong(HeaderName),
    /// The same header twice: which one counts depends on the reader.
    #[error("the header `{0}` must be given once")]
    Repeated(HeaderName),
    /// More than [`MAX_HEADERS`] headers or [`MAX_HEADERS_TOTAL`] bytes.
    #[error("a request must not have more than {MAX_HEADERS} headers or {MAX_HEADERS_TOTAL} bytes of them")]
    TooMany,
}

/// Whether an auth scheme may set a header of this name: any that carries a credential, such as `authorization`, `cookie` or a
/// vendor's own, but none that frames or routes the request, in any spelling that a gateway may fold into one of them.
pub fn auth_allowed(name: &HeaderName) -> bool {
    let folded = name.as_str().replace('_', "-");
    let own = folded.strip_prefix("x-").unwrap_or(&folded);
    let routes = [
        "forwarded",
        "original",
        "rewrite",
        "http-method",
        "http-verb",
        "method",
        "override",
        "verb",
        "host",
        "real-ip",
        "remote",
        "envoy",
    ];
    !NEVER_SIGNED.contains(&folded.as_str())
        && !folded.starts_with("proxy-")
        && !routes.iter().any(|word| own == *word || own.strip_prefix(word).is_some_and(|rest| rest.starts_with('-')))
}

/// Whether a plugin may declare that it sets the header of this name: `x-` and lower-case letters, digits and single hyphens, and
/// none of the kinds that the [module](self) lists.
pub fn declarable(name: &str) -> bool {
    // Underscores and other odd characters are refused: gateways in front of CGI-like servers fold them into hyphens.
    let plain = name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    name.strip_prefix("x-").is_some_and(|own| {
        plain
            && !own.split('-').any(|word| word.is_empty() || REFUSED_WORDS.contains(&word))
            && !REFUSED_PARTS.iter().any(|part| own.contains(part))
    })
}

/// Whether two names are of one header to a server that folds underscores into hyphens, in any case.
pub fn same(a: &str, b: &str) -> bool {
    let folded = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    a.len() == b.len() && a.bytes().map(folded).eq(b.bytes().map(folded))
}

/// Checks one request header of a plugin. `declared` are the headers that it declares, `reserved` those that the account's auth
/// scheme sets.
///
/// # Errors
/// Says what the plugin must change. Never repeats the value.
pub fn request(
    name: &str,
    value: &str,
    declared: &[String],
    reserved: &[HeaderName],
) -> Result<(HeaderName, HeaderValue), HeaderError> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HeaderError::InvalidName)?;
    if reserved.iter().any(|reserved| same(reserved.as_str(), name.as_str())) {
        return Err(HeaderError::Reserved(name));
    }
    if !ALLOWED.contains(&name.as_str()) {
        if !declarable(name.as_str()) {
            return Err(HeaderError::NotAllowed(name));
        }
        if !declared.iter().any(|declared| declared == name.as_str()) {
            return Err(HeaderError::NotDeclared(name));
        }
    }
    if value.len() > MAX_HEADER_BYTES {
        return Err(HeaderError::TooLong(name));
    }
    // Stricter than `HeaderValue`, which takes bytes beyond ASCII: readers disagree about their encoding.
    let visible = value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    match HeaderValue::from_str(value) {
        Ok(value) if visible => Ok((name, value)),
        _ => Err(HeaderError::InvalidValue(name)),
    }
}

/// Checks all request headers of a plugin: each by [`request`], none twice, within the bounds.
///
/// # Errors
/// Says what the plugin must change.
pub fn requests(
    headers: &[(String, String)],
    declared: &[String],
    reserved: &[HeaderName],
) -> Result<HeaderMap, HeaderError> {
    let total: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > MAX_HEADERS || total > MAX_HEADERS_TOTAL {
        return Err(HeaderError::TooMany);
    }
    // Room for what the host adds, so that the map does not grow.
    let mut checked = HeaderMap::with_capacity(headers.len() + 1);
    for (name, value) in headers {
        let (name, value) = request(name, value, declared, reserved)?;
        if checked.contains_key(&name) {
            return Err(HeaderError::Repeated(name));
        }
        checked.insert(name, value);
    }
    Ok(checked)
}

/// Whether an answer's header may be shown to the plugin and the caller.
///
/// `location` is allowed by name; [`response`] looks at its value too.
pub fn response_allowed(name: &HeaderName) -> bool {
    const EXACT: &[&str] = &[
        "allow",
        "content-language",
        "content-type",
        "date",
        "deprecation",
        "etag",
        "last-modified",
        "link",
        "location",
        "preference-applied",
        "request-id",
        "retry-after",
        "sunset",
        "traceparent",
        "x-correlation-id",
        "x-next-page",
        "x-page",
        "x-pages",
        "x-per-page",
        "x-prev-page",
        "x-total",
        "x-total-count",
        "x-total-pages",
        "x-trace-id",
    ];
    let name = name.as_str();
    // Vendors put their own name in front (`x-acme-ratelimit-remaining`) or behind (`x-rate-limit-acme-remaining`).
    EXACT.contains(&name)
        || name.contains("ratelimit")
        || name.contains("rate-limit")
        || name.contains("pagination")
        || name.ends_with("-call-limit")
        || name.ends_with("-cursor")
        || name.ends_with("-cursor-next")
        || name.ends_with("-request-id")
}

/// The headers of an answer that leave egress: those of [`response_allowed`], `location` only where it stays on the origin of
/// the URL that was asked, each at most [`MAX_HEADER_BYTES`], together at most [`MAX_HEADERS`] and [`MAX_HEADERS_TOTAL`]. What
/// goes beyond is left out: an answer is the vendor's, and not the caller's fault.
pub fn response(headers: &HeaderMap, url: &Url) -> HeaderMap {
    let mut kept = HeaderMap::new();
    let mut total = 0;
    for (name, value) in headers {
        let size = name.as_str().len() + value.len();
        let fits = value.len() <= MAX_HEADER_BYTES && kept.len() < MAX_HEADERS && total + size <= MAX_HEADERS_TOTAL;
        if fits && response_allowed(name) && (name != header::LOCATION || same_origin(url, value)) {
            total += size;
            kept.append(name, value.clone());
        }
    }
    kept
}

/// Whether a `location` leads to the origin of the URL that was asked.
fn same_origin(url: &Url, location: &HeaderValue) -> bool {
    location.to_str().ok().and_then(|location| url.join(location).ok()).is_some_and(|to| to.origin() == url.origin())
}
