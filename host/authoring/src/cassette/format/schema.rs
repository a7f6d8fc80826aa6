//! The format for machines.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Cassette;

/// The JSON Schema (draft 2020-12) of a cassette, which `mortise test --schema` prints and `docs/cassette.schema.json`
/// contains.
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Cassette>().to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".to_owned(), "Mortise cassette".into());
    }
    schema
}
