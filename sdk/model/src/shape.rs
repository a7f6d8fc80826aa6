//! The two macros that declare and convert documents whose every field is a [`Field`](crate::Field).

/// Declares a JSON object: each `name: Type` becomes a public `Field<Type>` that may be left out. An `open` shape keeps the
/// members it does not name in `extra` and lists those it does in `FIELDS`.
macro_rules! shape {
    ($(#[$meta:meta])* open $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(default, expecting = "an object")]
        $(#[$meta])*
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "crate::Field::is_absent")]
                pub $field: crate::Field<$type>,
            )*
            /// Every other member of the document, as it came: fields of one vendor only.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl $name {
            /// The names of the fields, without the members of `extra`.
            pub const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];
        }
    };
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(default, expecting = "an object")]
        $(#[$meta])*
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "crate::Field::is_absent")]
                pub $field: crate::Field<$type>,
            )*
        }
    };
}

/// Builds one shape from another: the named fields are moved over as they are, the rest is written out.
macro_rules! carry {
    ($source:ident => $target:ident { $($field:ident)*; $($rest:tt)* }) => {
        $target { $($field: $source.$field,)* $($rest)* }
    };
}

pub(crate) use {carry, shape};
