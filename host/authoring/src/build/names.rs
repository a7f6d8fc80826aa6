//! Names in components, which nobody needs in one for shipping.

use wasmparser::BinaryReader;

/// The identifier of custom sections, in components as in modules.
const CUSTOM_SECTION: u8 = 0;

/// The component without the names of its parts that a linker added, which no language's tool leaves out.
pub(super) fn without_names(component: &[u8]) -> wasmparser::Result<Vec<u8>> {
    let mut reader = BinaryReader::new(component, 0);
    let mut kept = reader.read_bytes(8)?.to_vec();
    while !reader.eof() {
        let start = reader.original_position();
        let (id, length) = (reader.read_u8()?, reader.read_var_u32()?);
        let content = reader.read_bytes(length as usize)?;
        let is_names = id == CUSTOM_SECTION && BinaryReader::new(content, 0).read_string()? == "component-name";
        if !is_names {
            kept.extend(component.get(start..reader.original_position()).unwrap_or_default());
        }
    }
    Ok(kept)
}
