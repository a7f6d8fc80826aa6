//! From a plugin's request to the URL that it goes to.
//!
//! A plugin names a path, or an absolute URL below an origin that it declared. It never chooses scheme, host, port or base
//! path: [`compose`] takes those from the endpoint, and checks afterwards that they are still there.

use std::cmp::Reverse;

use thiserror::Error;
use url::{Position, Url};

use crate::origin::Origin;
use crate::path::{self, PathError};

/// The longest target that a plugin may give and the longest URL that is sent, in bytes. Servers commonly take 8 KiB for
/// the whole request line; filters that a caller adds as `remote_query` can be long.
pub const MAX_URL_BYTES: usize = 16 * 1024;

/// An origin that a plugin declared, and where its requests really go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// What the plugin declared, with the account's variables filled in. Absolute targets are matched against it.
    pub declared: Origin,
    /// The same, or the operator's override of it.
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
    /// The plugin gives a query parameter that the auth scheme sets.
    #[error("the query parameter `{name}` belongs to the auth scheme: leave it to the host")]
    ReservedQuery {
        /// The parameter's name, as the auth scheme has it.
        name: String,
    },
    /// The URL parser made something else of the checked parts. Not known to be possible; never sent.
    #[error("the target would leave its origin")]
    Escaped,
}

/// Composes the URL of one request. Returns the index of the endpoint that the URL belongs to, and the URL below that
/// endpoint's actual origin.
///
/// - A target that starts with `/` is a path below the first endpoint.
/// - Any other target must be an absolute `https` URL whose host and port are those of a declared origin, and whose path
///   is that origin's base path or continues it at a `/`. Where several match, the one with the longest base path counts.
/// - `query` is appended in order, form-encoded (WHATWG URL §5.2).
///
/// The host decides on [`reserved_query`] separately, because it alone knows who added which parameter.
///
/// # Errors
/// Says what the plugin must change.
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

/// Whether a caller's identifier can be one segment of a vendor's path, in every layer of percent-encoding that it may hold.
///
/// # Errors
/// Says what no segment may hold.
pub fn segment(identifier: &str) -> Result<(), PathError> {
    path::segment(identifier)
}

/// Refuses query parameters that an auth scheme sets, in any letter case: the host's value wins by refusal, not by
/// standing beside another one.
///
/// # Errors
/// Names the parameter.
pub fn reserved_query(query: &[(String, String)], reserved: &[String]) -> Result<(), TargetError> {
    match reserved.iter().find(|name| query.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))) {
        Some(name) => Err(TargetError::ReservedQuery { name: name.clone() }),
        None => Ok(()),
    }
}

/// Finds the declared origin that an absolute URL is below, and what follows its base path.
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

/// The last gate: the composed URL has its base's scheme, host and port, the very path that was checked, and reads the same
/// when it is parsed again.
fn stays(url: &Url, base: &Url, path: &str) -> bool {
    // Both are `http` or `https`, so this is their origin (WHATWG URL §4.7), without a copy of it.
    (url.scheme(), url.host(), url.port_or_known_default())
        == (base.scheme(), base.host(), base.port_or_known_default())
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
        && url.path() == if path.is_empty() { "/" } else { path }
        && Url::parse(url.as_str()).as_ref() == Ok(url)
}
