//! What vendors are sent, field by field.

/// Declares a JSON object that is written: each `name: Type` becomes a [`Field<Type>`](crate::Field) that is left out while it is
/// absent, `null` while it is null. The crate must depend on `serde`.
///
/// ```
/// mortise_sdk::fields! {
///     /// What changes of a person.
///     #[serde(rename_all = "camelCase")]
///     struct PersonChange {
///         first_name: String,
///         #[serde(rename = "jobTitle")]
///         title: String,
///         is_locked: bool,
///     }
/// }
///
/// # use mortise_sdk::Field;
/// let change = PersonChange { first_name: "Ada".into(), title: Field::Null, is_locked: Field::Absent };
/// assert_eq!(serde_json::to_string(&change).unwrap(), r#"{"firstName":"Ada","jobTitle":null}"#);
/// ```
#[macro_export]
macro_rules! fields {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(::serde::Serialize)]
        $(#[$meta])*
        $visibility struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "mortise_sdk::Field::is_absent")]
                $visibility $field: $crate::Field<$type>,
            )*
        }
    };
}
