//! The names of categories and operations in routes and in the contract.

use std::fmt;

/// A word that is not the name of a category or an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName(pub(crate) String);

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown name `{}`", self.0)
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
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, crate::UnknownName> {
                Self::ALL.iter().copied().find(|n| n.as_str() == text).ok_or_else(|| crate::UnknownName(text.to_owned()))
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
                    crate::tree::Tree::Text(word) => word.parse().ok(),
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

pub(crate) use {named_part, names};

names! {
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

names! {
    /// An operation on users.
    Operation {
        /// `POST /unified/{category}/users`
        CreateUser = "create-user",
        /// `PATCH /unified/{category}/users/{id}`
        UpdateUser = "update-user",
        /// `GET /unified/{category}/users/{id}`
        GetUser = "get-user",
        /// `GET /unified/{category}/users`
        ListUsers = "list-users",
        /// `DELETE /unified/{category}/users/{id}`
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
