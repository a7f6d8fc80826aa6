//! The two macros that declare and convert documents whose every field is a [`Field`](crate::Field).

/// Declares a JSON object. Each `name: Type` becomes a public `Field<Type>` that may be absent. `name as "text"` gives
/// it another spelling in the document, and `Type = function` reads it by that function. An `open` shape keeps members
/// that it does not name in `extra`, and lists the others in `FIELDS`.
macro_rules! shape {
    ($(#[$meta:meta])* open $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty $(= $read:path)?,)*
    }) => {
        #[derive(Debug, Clone, Default, PartialEq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), serde(default))]
        $(#[$meta])*
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[cfg_attr(feature = "schema", serde(skip_serializing_if = "crate::Field::is_absent"))]
                pub $field: crate::Field<$type>,
            )*
            /// Every other member of the document, as it came: fields of one vendor only.
            #[cfg_attr(feature = "schema", serde(flatten))]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl $name {
            /// The names of the fields, without the members of `extra`.
            pub const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

            /// Writes the members whose names `keep` accepts.
            pub(crate) fn serialize_members<M: serde::ser::SerializeMap>(
                &self,
                members: &mut M,
                keep: impl Fn(&str) -> bool,
            ) -> Result<(), M::Error> {
                $(if keep(stringify!($field)) { crate::part::entry(members, stringify!($field), &self.$field)?; })*
                let more = self.extra.iter().filter(|(name, _)| !self.has(name) && keep(name));
                more.into_iter().try_for_each(|(name, value)| members.serialize_entry(name, value))
            }

            /// Whether the document has the field of this name. `extra` cannot stand for it.
            pub(crate) fn has(&self, name: &str) -> bool {
                match name {
                    $(stringify!($field) => !self.$field.is_absent(),)*
                    _ => false,
                }
            }
        }

        impl crate::part::Part for $name {
            fn read(tree: crate::tree::Tree<'_>) -> Result<Self, crate::ModelError> {
                let mut shape = Self::default();
                for (name, tree) in crate::part::members(tree)? {
                    match &*name {
                        $(stringify!($field) =>
                            shape.$field = crate::part::field(&name, tree, crate::shape::shape!(@read $type $(= $read)?))?,)*
                        _ => drop(shape.extra.insert(name.into_owned(), tree.into())),
                    }
                }
                Ok(shape)
            }

            fn write(self) -> serde_json::Value {
                serde_json::Value::Object(self.into())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut members = serializer.serialize_map(None)?;
                self.serialize_members(&mut members, |_| true)?;
                serde::ser::SerializeMap::end(members)
            }
        }

        impl TryFrom<serde_json::Value> for $name {
            type Error = crate::ModelError;

            fn try_from(document: serde_json::Value) -> Result<Self, crate::ModelError> {
                crate::part::Part::read(document.into())
            }
        }

        impl From<$name> for serde_json::Map<String, serde_json::Value> {
            fn from(shape: $name) -> Self {
                let mut members = Self::new();
                $(crate::part::put(&mut members, stringify!($field), shape.$field);)*
                // A field of the shape counts, whatever `extra` holds under its name.
                for (name, value) in shape.extra {
                    members.entry(name).or_insert(value);
                }
                members
            }
        }

        crate::shape::shape!(@deserialize $name);
    };
    ($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident $(as $text:tt)?: $type:ty $(= $read:path)?,)*
    }) => {
        #[derive(Debug, Clone, Default, PartialEq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), serde(default))]
        $(#[$meta])*
        pub struct $name {
            $(
                $(#[$field_meta])*
                $(#[cfg_attr(feature = "schema", serde(rename = $text))])?
                #[cfg_attr(feature = "schema", serde(skip_serializing_if = "crate::Field::is_absent"))]
                pub $field: crate::Field<$type>,
            )*
        }

        impl crate::part::Part for $name {
            fn read(tree: crate::tree::Tree<'_>) -> Result<Self, crate::ModelError> {
                let mut shape = Self::default();
                for (name, tree) in crate::part::members(tree)? {
                    $(
                        if name == crate::shape::shape!(@name $field $($text)?) {
                            shape.$field = crate::part::field(&name, tree, crate::shape::shape!(@read $type $(= $read)?))?;
                            continue;
                        }
                    )*
                }
                Ok(shape)
            }

            fn write(self) -> serde_json::Value {
                let mut members = serde_json::Map::new();
                $(crate::part::put(&mut members, crate::shape::shape!(@name $field $($text)?), self.$field);)*
                serde_json::Value::Object(members)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut members = serializer.serialize_map(None)?;
                $(crate::part::entry(&mut members, crate::shape::shape!(@name $field $($text)?), &self.$field)?;)*
                serde::ser::SerializeMap::end(members)
            }
        }

        crate::shape::shape!(@deserialize $name);
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $text:tt) => { $text };
    (@read $type:ty) => { <$type as crate::part::Part>::read };
    (@read $type:ty = $read:path) => { $read };
    (@deserialize $name:ident) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let tree = <crate::tree::Tree<'_> as serde::Deserialize>::deserialize(deserializer)?;
                crate::part::Part::read(tree).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// Builds one shape from another: moves the named fields as they are, and takes the others from expressions.
macro_rules! carry {
    ($source:ident => $target:ident { $($field:ident)*; $($rest:tt)* }) => {
        $target { $($field: $source.$field,)* $($rest)* }
    };
}

pub(crate) use {carry, shape};
