//! Kinds of values that placeholders replace.

use serde::Serialize;

/// The kind of a value that was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A credential, or a password in a body.
    Secret,
    /// An e-mail address.
    Email,
    /// A word of a person's name.
    Name,
    /// A telephone number.
    Phone,
    /// An identifier.
    Id,
    /// The address of a picture.
    Picture,
    /// A network address.
    Ip,
    /// Another detail of a person: a street, a date of birth, a number of a state or a bank.
    Detail,
}
