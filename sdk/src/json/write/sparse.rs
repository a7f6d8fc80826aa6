//! The serializer that leaves absent fields out.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::absent::is_absent;
use crate::error::{Error, Result};

/// Writes `value` without members that are `None` or [`Field::Absent`](crate::Field), at any depth.
/// [`Field::Null`](crate::Field) and [`Value::Null`](crate::Value) become `null`. A list keeps its length: `None` in it
/// becomes `null`.
///
/// # Errors
/// `internal` if the value has no JSON, such as an absent field in a list.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(&Present(value)).map_err(|error| Error::internal(format!("cannot write the request: {error}")))
}

/// A value that is written without the absent fields in it.
struct Present<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> Serialize for Present<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Sparse(serializer))
    }
}

/// A serializer, or its part for a list or an object. Every value inside is [`Present`].
struct Sparse<S>(S);

/// Passes plain values on.
macro_rules! plain {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {
        $(fn $method(self, $($name: $type),*) -> Result<S::Ok, S::Error> {
            self.0.$method($($name),*)
        })*
    };
}

impl<S: Serializer> Serializer for Sparse<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Sparse<S::SerializeSeq>;
    type SerializeTuple = Sparse<S::SerializeTuple>;
    type SerializeTupleStruct = Sparse<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Sparse<S::SerializeTupleVariant>;
    type SerializeMap = Sparse<S::SerializeMap>;
    type SerializeStruct = Sparse<S::SerializeStruct>;
    type SerializeStructVariant = Sparse<S::SerializeStructVariant>;

    plain! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Present(value))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Present(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, index, variant, &Present(value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(length).map(Sparse)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(length).map(Sparse)
    }

    fn serialize_tuple_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, length).map(Sparse)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple_variant(name, index, variant, length).map(Sparse)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(length).map(Sparse)
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.0.serialize_struct(name, length).map(Sparse)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct_variant(name, index, variant, length).map(Sparse)
    }
}

/// Passes the values of a list on. A list keeps all of them.
macro_rules! list {
    ($($trait:ident::$method:ident;)*) => {
        $(impl<S: $trait> $trait for Sparse<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                self.0.$method(&Present(value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        })*
    };
}

list! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

/// Passes on the fields of a struct that are not absent.
macro_rules! record {
    ($($trait:ident;)*) => {
        $(impl<S: $trait> $trait for Sparse<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), S::Error> {
                if is_absent(value) { self.0.skip_field(name) } else { self.0.serialize_field(name, &Present(value)) }
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        })*
    };
}

record! {
    SerializeStruct;
    SerializeStructVariant;
}

impl<S: SerializeMap> SerializeMap for Sparse<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_value(&Present(value))
    }

    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), S::Error> {
        if is_absent(value) { Ok(()) } else { self.0.serialize_entry(key, &Present(value)) }
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use mortise_model::{Field, User};
    use serde::Serialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Change {
        first_name: Field<String>,
        last_name: Option<String>,
        more: Field<Box<Self>>,
        wrapped: Wrapped,
        state: Option<State>,
        list: Vec<Option<u8>>,
        map: BTreeMap<u8, Option<Value>>,
    }

    #[derive(Serialize)]
    struct Wrapped(Option<u64>);

    #[derive(Serialize)]
    enum State {
        Since { day: Field<String>, by: Option<String> },
        Until(Field<String>),
    }

    fn written<T: Serialize>(value: &T) -> Value {
        serde_json::from_slice(&write(value).unwrap()).unwrap()
    }

    fn change() -> Change {
        Change {
            first_name: Field::Absent,
            last_name: None,
            more: Field::Absent,
            wrapped: Wrapped(None),
            state: None,
            list: Vec::new(),
            map: BTreeMap::new(),
        }
    }

    #[test]
    fn what_is_absent_is_left_out_at_any_depth_and_null_stays() {
        let inner = Change { first_name: Field::Null, ..change() };
        let since = State::Since { day: Field::Absent, by: None };
        let whole = Change {
            first_name: "Ada".into(),
            last_name: Some("Example".to_owned()),
            more: Field::Value(Box::new(inner)),
            wrapped: Wrapped(Some(7)),
            state: Some(since),
            list: vec![None, Some(1)],
            map: BTreeMap::from([(1, None), (2, Some(Value::Null))]),
        };
        let expected = json!({
            "firstName": "Ada",
            "lastName": "Example",
            "more": {"firstName": null, "list": [], "map": {}},
            "wrapped": 7,
            "state": {"Since": {}},
            "list": [null, 1],
            "map": {"2": null},
        });
        assert_eq!(written(&whole), expected);
        assert_eq!(written(&[&change()]), json!([{"list": [], "map": {}}]));
        assert_eq!(
            written(&Change { state: Some(State::Until(Field::Null)), ..change() })["state"],
            json!({"Until": null})
        );
    }

    #[test]
    fn what_has_no_place_to_be_left_out_of_is_an_error() {
        for error in [
            write(&Field::<String>::Absent).unwrap_err(),
            write(&[Field::Value(1), Field::Absent]).unwrap_err(),
            write(&State::Until(Field::Absent)).unwrap_err(),
        ] {
            assert!(error.message().starts_with("cannot write the request: an absent field"), "{error}");
        }
        assert_eq!(written(&None::<u8>), Value::Null);
    }

    #[test]
    fn a_document_of_the_model_is_written_as_it_is() {
        let user = json!({"name": "Ada", "avatar": null, "custom_fields": {"a": null}, "roles": [{"id": null}]});
        assert_eq!(written(&serde_json::from_value::<User>(user.clone()).unwrap()), user);
    }
}
