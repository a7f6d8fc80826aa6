//! Finds out whether a value is absent.

use std::fmt;

use mortise_model::Field;
use serde::ser::{self, Impossible, Serialize, Serializer};

/// Whether the value's first call says that it is absent: `None`, [`Field::Absent`], and newtypes around them.
pub(super) fn is_absent<T: Serialize + ?Sized>(value: &T) -> bool {
    value.serialize(Probe).is_ok()
}

/// A serializer that writes nothing, and accepts only absent values.
struct Probe;

/// The value is there.
#[derive(Debug)]
struct Given;

/// Refuses plain values.
macro_rules! present {
    ($($method:ident($($type:ty),*);)*) => {
        $(fn $method(self, $(_: $type),*) -> Result<(), Given> {
            Err(Given)
        })*
    };
}

impl Serializer for Probe {
    type Ok = ();
    type Error = Given;
    type SerializeSeq = Impossible<(), Given>;
    type SerializeTuple = Impossible<(), Given>;
    type SerializeTupleStruct = Impossible<(), Given>;
    type SerializeTupleVariant = Impossible<(), Given>;
    type SerializeMap = Impossible<(), Given>;
    type SerializeStruct = Impossible<(), Given>;
    type SerializeStructVariant = Impossible<(), Given>;

    fn serialize_none(self) -> Result<(), Given> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Given> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Given> {
        if name == Field::<()>::ABSENT { Ok(()) } else { value.serialize(self) }
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), Given> {
        Err(Given)
    }

    present! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Given> {
        Err(Given)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Given> {
        Err(Given)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Given> {
        Err(Given)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Given> {
        Err(Given)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Given> {
        Err(Given)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Given> {
        Err(Given)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Given> {
        Err(Given)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Given> {
        Err(Given)
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value is there")
    }
}

impl std::error::Error for Given {}

/// A value that cannot be written. The serializer that writes it later finds and reports that.
impl ser::Error for Given {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}
