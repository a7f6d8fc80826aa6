//! A page of users.

use mortise_model::User;
use serde::de::DeserializeOwned;

use super::MEDIA_TYPE;
use crate::error::Result;
use crate::page::{Page, UsersPage};
use crate::request::Request;

/// Sends a request for a page, with `startIndex` and `count` (RFC 7644 §3.4.2.4), and reads its users. The next page
/// begins behind them. The list ends after `totalResults` users, or with a page without users. The author adds filters
/// to the request.
///
/// # Errors
/// As [`Page::offset`], [`Request::send`] and [`Response::users`](crate::Response::users).
pub fn list<T: DeserializeOwned + Into<User>>(request: Request<'_>, page: &Page) -> Result<UsersPage> {
    let request = request.header("accept", MEDIA_TYPE).query("startIndex", page.offset()? + 1);
    let answer = request.query("count", page.size()).send()?;
    // `Resources` may be left out if there are none.
    let is_list = |answer: &serde_json::Value| answer["totalResults"].is_u64() || answer["itemsPerPage"].is_u64();
    let users = answer.rows::<T>("/Resources", "", is_list)?;
    // A service that does not count its users may give fewer than asked for: its list ends with a page without users.
    let total = users.number("/totalResults").unwrap_or(u64::MAX);
    users.next_offset(page, Some(total))
}
