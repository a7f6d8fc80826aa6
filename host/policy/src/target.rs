//! Composes the URL of a plugin's request.
//!
//! A plugin gives a path, or an absolute URL below an origin that it declared. It never chooses scheme, host, port or
//! base path. [`compose`] takes these from the endpoint, and checks afterwards that they are unchanged.

use std::cmp::Reverse;

use thiserror::Error;
use url::{Position, Url};

use crate::origin::Origin;
use crate::path::{self, PathError};

/// Longest target of a plugin and longest URL, in bytes. Servers commonly accept 8 KiB for the whole request line, and
/// filters that a caller adds as `remote_query` can be long.
pub const MAX_URL_BYTES: usize = 16 * 1024;

/// An origin that a plugin declared, with the real destination of its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The declared origin with the account's variables. Absolute targets are matched against it.
    pub declared: Origin,
    /// The declared origin, or the operator's override of it.
    pub actual: Origin,
}

/// Why a request has no URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TargetError {
    /// The target is empty.
    #[error("a request needs a target: a path such as `/users`")]
    Empty,
    /// The target or the URL is longer than [`MAX_URL_BYTES`].
    #[error("a request URL must not be longer than {MAX_URL_BYTES} bytes")]
    TooLong,
    /// Neither a path nor an `https` URL.
    #[error("a target must be a path that starts with `/`, or an `https://` URL below a declared origin")]
    NotATarget,
    /// The absolute URL holds a user name or password.
    #[error("a target must not hold a user name or password")]
    Userinfo,
    /// The absolute URL is not below a declared origin.
    #[error("the target is not below an origin that the plugin declares")]
    NotDeclared,
    /// The path is refused.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The plugin sets a query parameter that belongs to the auth scheme.
    #[error("the query parameter `{name}` belongs to the auth scheme: leave it to the host")]
    ReservedQuery {
        /// The parameter's name in the auth scheme.
        name: String,
    },
    /// The URL parser has changed the checked parts. No input is known to cause it. The host never sends such a URL.
    #[error("the target would leave its origin")]
    Escaped,
}

/// Composes the URL of one request. Returns the index of the endpoint that the URL belongs to, and the URL below that
/// endpoint's actual origin.
///
/// - A target that starts with `/` is a path below the first endpoint.
/// - Any other target must be an absolute `https` URL. Its host and port must be those of a declared origin, and its
///   path must be that origin's base path or continue it at a `/`. If several match, the one with the longest base path
///   counts.
/// - `query` is appended in order, form-encoded (WHATWG URL §5.2).
///
/// The host checks [`reserved_query`] separately, because only the host knows who added which parameter.
///
/// # Errors
/// The change that the plugin must make.
pub fn compose(endpoints: &[Endpoint], target: &str, query: &[(String, String)]) -> Result<(usize, Url), TargetError> {
    if target.is_empty() {
        return Err(TargetError::Empty);
    }
    if target.len() > MAX_URL_BYTES {
        return Err(TargetError::TooLong);
    }
    let (index, rest) =
        if target.starts_with('/') { (0, path::canonical(target)?) } else { locate(endpoints, target)? };
    let base = &endpoints.get(index).ok_or(TargetError::NotDeclared)?.actual;
    let mut path = String::with_capacity(base.base_path().len() + rest.len());
    path.push_str(base.base_path());
    path.push_str(&rest);
    let mut url = base.base().clone();
    url.set_path(&path);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    if url.as_str().len() > MAX_URL_BYTES {
        return Err(TargetError::TooLong);
    }
    if stays(&url, base.base(), &path) { Ok((index, url)) } else { Err(TargetError::Escaped) }
}

/// Checks whether a caller's identifier can be one segment of a vendor's path, in every layer of its percent-encoding.
///
/// # Errors
/// The rule that the identifier breaks.
pub fn segment(identifier: &str) -> Result<(), PathError> {
    path::segment(identifier)
}

/// Refuses query parameters that an auth scheme sets, in any letter case. A second value beside the host's would be
/// ambiguous.
///
/// # Errors
/// Names the parameter.
pub fn reserved_query(query: &[(String, String)], reserved: &[String]) -> Result<(), TargetError> {
    match reserved.iter().find(|name| query.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))) {
        Some(name) => Err(TargetError::ReservedQuery { name: name.clone() }),
        None => Ok(()),
    }
}

/// Finds the declared origin of an absolute URL, and the rest of the URL after its base path.
fn locate(endpoints: &[Endpoint], target: &str) -> Result<(usize, String), TargetError> {
    let rest = target.strip_prefix("https://").ok_or(TargetError::NotATarget)?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(TargetError::Userinfo);
    }
    if authority.contains(['?', '#']) {
        return Err(PathError::QueryOrFragment.into());
    }
    if authority.contains('\\') {
        return Err(PathError::Backslash.into());
    }
    let authority = authority.to_ascii_lowercase();
    let authority = authority.strip_suffix(":443").unwrap_or(&authority);
    let path = path::canonical(path)?;
    let below = |endpoint: &Endpoint| {
        let declared = &endpoint.declared;
        let same = declared.base().scheme() == "https"
            && declared.base()[Position::BeforeHost..Position::AfterPort] == *authority;
        let rest = path.strip_prefix(declared.base_path()).filter(|_| same)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| (declared.base_path().len(), rest.to_owned()))
    };
    endpoints
        .iter()
        .enumerate()
        .filter_map(|(index, endpoint)| below(endpoint).map(|(length, rest)| (Reverse(length), index, rest)))
        .min()
        .map(|(_, index, rest)| (index, rest))
        .ok_or(TargetError::NotDeclared)
}

/// The last check: the composed URL has the scheme, host and port of its base and exactly the checked path, and stays
/// the same when it is parsed again.
fn stays(url: &Url, base: &Url, path: &str) -> bool {
    // Both are `http` or `https`, so these parts are their origin (WHATWG URL §4.7). This avoids a copy.
    (url.scheme(), url.host(), url.port_or_known_default())
        == (base.scheme(), base.host(), base.port_or_known_default())
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
        && url.path() == if path.is_empty() { "/" } else { path }
        && Url::parse(url.as_str()).as_ref() == Ok(url)
}
