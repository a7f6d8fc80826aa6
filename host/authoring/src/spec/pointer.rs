//! JSON pointers.

/// One name as a part of a JSON pointer.
pub(crate) fn part(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
