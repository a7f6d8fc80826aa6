//! Enums whose variants are words, and the names of categories and operations in routes and in the contract.

use std::fmt;

/// A text that is none of the words of a closed set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    pub(crate) given: String,
    pub(crate) known: &'static [&'static str],
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not one of `{}`", self.given, self.known.join("`, `"))
    }
}

impl std::error::Error for UnknownName {}

/// Declares an enum whose variants have one fixed spelling everywhere.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The spelling in routes and in the contract.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one with this spelling.
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, crate::UnknownName> {
                const KNOWN: &[&str] = &[$($text,)*];
                Self::named(text).ok_or_else(|| crate::UnknownName { given: text.to_owned(), known: KNOWN })
            }
        }
    };
}

/// Makes such an enum usable in documents.
macro_rules! named_part {
    ($name:ident) => {
        impl crate::part::Part for $name {
            fn read(tree: crate::tree::Tree<'_>) -> Result<Self, crate::ModelError> {
                let known = match &tree {
                    crate::tree::Tree::Text(word) => Self::named(word),
                    _ => None,
                };
                known
                    .ok_or_else(|| crate::part::one_of(&Self::ALL.iter().map(|name| name.as_str()).collect::<Vec<_>>()))
            }

            fn write(self) -> serde_json::Value {
                serde_json::Value::String(self.as_str().to_owned())
            }
        }
    };
}

/// Declares such an enum whose words stand in the contract: it has a JSON Schema with the meaning of every word.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident $variants:tt) => {
        crate::names::names! {
            $(#[$doc])*
            #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
            $name $variants
        }
    };
}

pub(crate) use {named_part, names, words};

words! {
    /// A family of products with one shape of user.
    Category {
        /// Help desks and project trackers.
        Ticketing = "ticketing",
        /// Directories of the people in an organisation.
        UserDirectory = "user-directory",
        /// Customer relationship management.
        Crm = "crm",
    }
}

words! {
    /// An operation on users.
    Operation {
        /// `POST /unified/{category}/users`.
        CreateUser = "create-user",
        /// `PATCH /unified/{category}/users/{id}`.
        UpdateUser = "update-user",
        /// `GET /unified/{category}/users/{id}`.
        GetUser = "get-user",
        /// `GET /unified/{category}/users`.
        ListUsers = "list-users",
        /// `DELETE /unified/{category}/users/{id}`.
        DeleteUser = "delete-user",
    }
}

impl Operation {
    /// The HTTP method of its route.
    pub fn method(self) -> &'static str {
        match self {
            Self::CreateUser => "POST",
            Self::UpdateUser => "PATCH",
            Self::GetUser | Self::ListUsers => "GET",
            Self::DeleteUser => "DELETE",
        }
    }

    /// The word in the names of commands and in records, as Truto spells it: `create`, `update`, `get`, `list`,
    /// `delete`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::CreateUser => "create",
            Self::UpdateUser => "update",
            Self::GetUser => "get",
            Self::ListUsers => "list",
            Self::DeleteUser => "delete",
        }
    }

    /// Whether it is about one user, whose identifier is in the route.
    pub fn has_id(self) -> bool {
        matches!(self, Self::UpdateUser | Self::GetUser | Self::DeleteUser)
    }

    /// Whether the caller sends a document.
    pub fn has_body(self) -> bool {
        matches!(self, Self::CreateUser | Self::UpdateUser)
    }

    /// Whether it can change something at the vendor.
    pub fn writes(self) -> bool {
        matches!(self, Self::CreateUser | Self::UpdateUser | Self::DeleteUser)
    }
}
