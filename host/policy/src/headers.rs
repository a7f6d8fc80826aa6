//! Allow-lists of headers in both directions.
//!
//! # Requests
//!
//! A plugin describes content and preconditions. The host owns the connection, the routing and the credentials. A
//! plugin may set [`ALLOWED`] headers, and the vendor's own `x-` headers that it declares and the operator grants. It
//! cannot declare ([`declarable`]) headers that change the sender or the destination of a request, or its meaning for
//! servers between the host and the vendor's application:
//!
//! - **routing and identity of the sender** (`x-forwarded-for`, `x-real-ip`, `x-remote-user`, `x-original-url`, `x-envoy-…`):
//!   proxies and virtual hosts act on them;
//! - **the method** (`x-http-method-override`, `x-http-verb`): it would make a checked method mean another one;
//! - **cloud metadata** (`x-aws-ec2-metadata-token`, `x-amz-…`);
//! - **credentials** (`x-api-key`, `x-jwt`): with its own key a plugin could send an account's data to another account.
//!   An auth scheme declares a header that carries a credential, or one outside `x-` that a vendor needs.
//!
//! A refused header is an error. The host never leaves it out or overwrites it silently.
//!
//! # Answers
//!
//! [`response`] keeps the headers that a mapping or a caller can use. Cookies and challenges never pass.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use thiserror::Error;
use url::Url;

/// Most headers of one request or answer that cross the sandbox.
pub const MAX_HEADERS: usize = 64;
/// Longest header value, in bytes.
pub const MAX_HEADER_BYTES: usize = 8 * 1024;
/// Most bytes of all names and values together.
pub const MAX_HEADERS_TOTAL: usize = 32 * 1024;

/// The request headers that every plugin may set. `user-agent` is not one of them: the host sets it.
pub const ALLOWED: &[&str] =
    &["accept", "accept-language", "content-type", "idempotency-key", "if-match", "if-none-match", "prefer"];

/// A plugin cannot declare an `x-` header with one of these among its hyphenated words.
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

/// A plugin cannot declare an `x-` header with one of these anywhere in its name.
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

/// Headers that no auth scheme may set: they frame the message, route it, or name its sender.
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
    /// The name is not a token of RFC 9110 §5.1, for instance because of a blank.
    #[error("a header name must be a token without blanks")]
    InvalidName,
    /// The auth scheme sets this header.
    #[error("the header `{0}` belongs to the auth scheme: leave it to the host")]
    Reserved(HeaderName),
    /// No plugin may declare the header.
    #[error("the header `{0}` is not one that a plugin may set: if the vendor needs it, declare it in an auth scheme")]
    NotAllowed(HeaderName),
    /// The plugin does not declare the header.
    #[error("the header `{0}` is not declared: name it in the `headers` of the capabilities")]
    NotDeclared(HeaderName),
    /// The value contains other characters than visible ASCII, blanks and tabs.
    #[error("the value of the header `{0}` must be of visible ASCII characters, spaces and tabs")]
    InvalidValue(HeaderName),
    /// The value is longer than [`MAX_HEADER_BYTES`].
    #[error("the value of the header `{0}` must not be longer than {MAX_HEADER_BYTES} bytes")]
    TooLong(HeaderName),
    /// The same header comes twice. Servers disagree about which one counts.
    #[error("the header `{0}` must be given once")]
    Repeated(HeaderName),
    /// More than [`MAX_HEADERS`] headers or [`MAX_HEADERS_TOTAL`] bytes.
    #[error("a request must not have more than {MAX_HEADERS} headers or {MAX_HEADERS_TOTAL} bytes of them")]
    TooMany,
}

/// Whether an auth scheme may set a header of this name. It may set any header that carries a credential, such as
/// `authorization`, `cookie` or a vendor's own, but none that frames or routes the request, in any spelling that a
/// gateway may fold into one of these.
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

/// Whether a plugin may declare a header of this name: `x-` with lower-case letters, digits and single hyphens, and
/// none of the kinds in the list of the [module](self).
pub fn declarable(name: &str) -> bool {
    // Gateways in front of CGI-like servers fold underscores and other odd characters into hyphens.
    let plain = name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    name.strip_prefix("x-").is_some_and(|own| {
        plain
            && !own.split('-').any(|word| word.is_empty() || REFUSED_WORDS.contains(&word))
            && !REFUSED_PARTS.iter().any(|part| own.contains(part))
    })
}

/// Whether two names are the same header for a server that folds underscores into hyphens. Ignores case.
pub fn same(a: &str, b: &str) -> bool {
    let folded = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    a.len() == b.len() && a.bytes().map(folded).eq(b.bytes().map(folded))
}

/// Checks one request header of a plugin. `declared` are its declared headers, `reserved` the headers that the
/// account's auth scheme sets.
///
/// # Errors
/// The change that the plugin must make. Never repeats the value.
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
    // Stricter than `HeaderValue`, which accepts bytes beyond ASCII. Servers disagree about their encoding.
    let visible = value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    match HeaderValue::from_str(value) {
        Ok(value) if visible => Ok((name, value)),
        _ => Err(HeaderError::InvalidValue(name)),
    }
}

/// Checks all request headers of a plugin: each with [`request`], none twice, within the bounds.
///
/// # Errors
/// The change that the plugin must make.
pub fn requests(
    headers: &[(String, String)],
    declared: &[String],
    reserved: &[HeaderName],
) -> Result<HeaderMap, HeaderError> {
    let total: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > MAX_HEADERS || total > MAX_HEADERS_TOTAL {
        return Err(HeaderError::TooMany);
    }
    // Room for the headers that the host adds, so that the map does not grow.
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

/// Whether plugin and caller may see a header of an answer.
///
/// `location` is allowed by name. [`response`] checks its value, too.
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
    // Vendors put their name in front (`x-acme-ratelimit-remaining`) or inside (`x-rate-limit-acme-remaining`).
    EXACT.contains(&name)
        || name.contains("ratelimit")
        || name.contains("rate-limit")
        || name.contains("pagination")
        || name.ends_with("-call-limit")
        || name.ends_with("-cursor")
        || name.ends_with("-cursor-next")
        || name.ends_with("-request-id")
}

/// The headers of an answer that leave the egress: those of [`response_allowed`], with `location` only if it stays on
/// the origin of the requested URL. Each has at most [`MAX_HEADER_BYTES`], and together they have at most
/// [`MAX_HEADERS`] and [`MAX_HEADERS_TOTAL`]. Leaves out headers beyond the bounds without an error, because the answer
/// is the vendor's and not the caller's.
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

/// Whether a `location` leads to the origin of the requested URL.
fn same_origin(url: &Url, location: &HeaderValue) -> bool {
    location.to_str().ok().and_then(|location| url.join(location).ok()).is_some_and(|to| to.origin() == url.origin())
}
