//! JSON pointers (RFC 6901).

/// One name as a part of a JSON pointer.
pub fn part(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
