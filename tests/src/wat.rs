//! Components for attacks that Rust cannot express, such as growing a table: a core module in text, whose exports
//! follow the canonical ABI of `wit/integration.wit`. This file has all of a component but its attack.
//!
//! The offsets and sizes below are those of the canonical ABI's memory layout: a string or list is a pointer and a
//! length, an option has a word of discriminant before its value, and the fields of a record follow each other.

/// The world around the core module, which replaces `GUEST`.
const COMPONENT: &str = include_str!("../hostile/wat/component.wat");
/// The start of the constant data. Nothing is below it, so that a null pointer is noticed.
const DATA: u32 = 1024;
/// The start of the memory that `cabi_realloc` hands out.
const HEAP: u32 = 32_768;

/// The component `slug` with the declaration of every hostile component. It runs `$attack` in `create-user`: a function
/// of the module `fields` without parameters and results. All operations on one user answer with a constant user.
///
/// # Panics
/// If `fields` is not valid WebAssembly text, or the contract's layout differs from the one here.
pub(crate) fn component(slug: &str, fields: &str) -> Vec<u8> {
    wat::parse_str(text(slug, fields)).unwrap_or_else(|error| panic!("{slug}: {error}"))
}

/// The text of [`component`].
pub(crate) fn text(slug: &str, fields: &str) -> String {
    let mut data = Data(Vec::new());
    let declaration = data.declaration(slug);
    let user = data.text(r#"{"id":"hostile","name":"survived"}"#);
    let answer = data.put(&[0, 1, user[0], user[1]]); // ok(some(user))
    let empty = data.put(&[0; 7]); // ok of no rows, and ok of nothing
    let bytes: String = data.0.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let module = format!(
        r#"
  (import "spare" "grow-memory" (func $grow-spare-memory (param i32) (result i32)))
  (import "spare" "grow-table" (func $grow-spare-table (param i32) (result i32)))
  (memory $memory (export "memory") 1)
  (global $heap (mut i32) (i32.const {HEAP}))
  (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $start i32)
    (local.set $start (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $start) (local.get $size)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $heap) (i32.mul (memory.size $memory) (i32.const 65536))))
      (drop (memory.grow $memory (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
    (local.get $start))
  (func (export "capabilities") (result i32) (i32.const {declaration}))
  (func (export "create-user") (param i32 i32 i32 i32) (result i32) (call $attack) (i32.const {answer}))
  (func (export "update-user") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const {answer}))
  (func (export "get-user") (param i32 i32 i32 i32) (result i32) (i32.const {answer}))
  (func (export "list-users") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const {empty}))
  (func (export "delete-user") (param i32 i32 i32 i32) (result i32) (i32.const {empty}))
  (data (memory $memory) (i32.const {DATA}) "{bytes}")
{fields}"#
    );
    COMPONENT.replace("GUEST)", &format!("{module})"))
}

/// Constant data of the module, from [`DATA`] on.
struct Data(Vec<u8>);

impl Data {
    /// Words in a row. Returns their address.
    fn put(&mut self, words: &[u32]) -> u32 {
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        let address = self.end();
        self.0.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        address
    }

    /// A string: pointer and length.
    fn text(&mut self, text: &str) -> [u32; 2] {
        let address = self.end();
        self.0.extend(text.as_bytes());
        [address, text.len() as u32]
    }

    /// A list of records, each as its words. Returns pointer and length.
    fn list<const WORDS: usize>(&mut self, items: &[[u32; WORDS]]) -> [u32; 2] {
        [self.put(items.as_flattened()), items.len() as u32]
    }

    fn end(&self) -> u32 {
        DATA + self.0.len() as u32
    }

    /// The declaration of `mortise-hostile`. Returns its address.
    fn declaration(&mut self, slug: &str) -> u32 {
        let (slug, label) = (self.text(slug), self.text(&format!("Hostile: {slug}")));
        let origin = self.text("https://vendor.example.com");
        let origins = self.list(&[origin]);
        let (token, header, template) = (self.text("api_token"), self.text("x-api-token"), self.text("{api_token}"));
        // name, label, required and secret in one word, no default, no help, no values, not shown
        let variables = self.list(&[[token[0], token[1], token[0], token[1], 0x0101, 0, 0, 0, 0, 0, 0, 0, 0, 0]]);
        let params = self.list(&[[header[0], header[1], template[0], template[1]]]);
        let kind = self.text("header");
        // No exchange, whose words must be there all the same, and no origins.
        let mut scheme = [0; 4 + 1 + 37 + 2];
        scheme[..4].copy_from_slice(&[kind[0], kind[1], params[0], params[1]]);
        let auth = self.list(&[scheme]);
        let operations = ["create-user", "update-user"].map(|operation| self.operation(operation));
        let operations = self.list(&operations);
        let none = [0, 0];
        let (headers, sets, limits, error_messages) = (none, none, none, none);
        // No evidence and no probe, whose words must be there all the same.
        let absent = [[0; 2]; 4];
        let declared = [slug, label, origins, headers, variables, sets, auth, limits, error_messages, operations];
        self.put([&declared[..], &absent].concat().as_flattened())
    }

    /// One ticketing operation that writes `name`.
    fn operation(&mut self, operation: &str) -> [u32; 30] {
        let (category, operation) = (self.text("ticketing"), self.text(operation));
        let (id, name, writable) = (self.text("id"), self.text("name"), self.text("writable"));
        // field, level, no values, no JSON type, no note
        let request = self.list(&[[name[0], name[1], writable[0], writable[1], 0, 0, 0, 0, 0, 0, 0, 0]]);
        let response = self.list(&[id, name]);
        let fields = [category, operation, [0, 0], request, response];
        // After its fields, no listing and no effect, whose words must be there all the same.
        std::array::from_fn(|word| fields.as_flattened().get(word).copied().unwrap_or_default())
    }
}
