//! The types of a component, written like those of the contract (`contract.rs`), so that the host can compare and show
//! them.

use wasmparser::component_types::{
    AliasableResourceId, ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentFuncType, ComponentInstanceType, ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

use super::contract::Interface;

/// Longest shape, in bytes. The contract's shapes are far shorter. Types that nest each other multiply.
const LONGEST: usize = 16 << 10;

/// The functions and named types of an instance that a component imports or exports.
pub(super) fn interface(types: TypesRef<'_>, instance: &ComponentInstanceType) -> Interface {
    let named = |id: &ComponentAnyTypeId| match id {
        ComponentAnyTypeId::Resource(id) => Some(id.resource()),
        _ => None,
    };
    let resources = instance.exports.iter().filter_map(|(name, item)| match &item.ty {
        ComponentEntityType::Type { created, .. } => Some((named(created)?, name.as_str())),
        _ => None,
    });
    let resources: Vec<_> = resources.collect();
    let mut interface = Interface::default();
    for (name, item) in &instance.exports {
        let mut spelling = Spelling { types, resources: &resources, text: String::new() };
        match &item.ty {
            ComponentEntityType::Func(id) => {
                if let Some(function) = types.get(*id) {
                    spelling.function(function);
                }
                interface.functions.insert(name.clone(), spelling.text);
            }
            ComponentEntityType::Type { referenced: ComponentAnyTypeId::Defined(id), .. } => {
                spelling.defined(*id);
                interface.types.insert(name.clone(), spelling.text);
            }
            _ => {}
        }
    }
    interface
}

struct Spelling<'a> {
    types: TypesRef<'a>,
    resources: &'a [(ResourceId, &'a str)],
    text: String,
}

impl Spelling<'_> {
    fn push(&mut self, text: &str) {
        if self.text.len() + text.len() <= LONGEST {
            self.text.push_str(text);
        }
    }

    fn function(&mut self, function: &ComponentFuncType) {
        if function.async_ {
            self.push("async ");
        }
        self.push("func(");
        self.fields(function.params.iter().map(|(name, value)| (name.as_str(), Some(value))));
        self.push(")");
        if let Some(result) = &function.result {
            self.push(" -> ");
            self.value(result);
        }
    }

    fn value(&mut self, value: &ComponentValType) {
        match value {
            ComponentValType::Primitive(primitive) => self.push(&primitive.to_string()),
            ComponentValType::Type(id) => self.defined(*id),
        }
    }

    fn defined(&mut self, id: ComponentDefinedTypeId) {
        // Beyond the bound, the host writes nothing more and visits no further types.
        if self.text.len() + 64 > LONGEST {
            return;
        }
        let Some(defined) = self.types.get(id) else { return };
        match defined {
            ComponentDefinedType::Primitive(primitive) => self.push(&primitive.to_string()),
            ComponentDefinedType::Record(record) => {
                self.braced("record", record.fields.iter().map(|(name, value)| (name.as_str(), Some(value))));
            }
            ComponentDefinedType::Variant(variant) => {
                self.braced("variant", variant.cases.iter().map(|(name, case)| (name.as_str(), case.ty.as_ref())));
            }
            ComponentDefinedType::Enum(cases) => self.braced("enum", cases.iter().map(|name| (name.as_str(), None))),
            ComponentDefinedType::Flags(flags) => self.braced("flags", flags.iter().map(|name| (name.as_str(), None))),
            ComponentDefinedType::List { element, .. } => self.generic("list", &[Some(element)]),
            ComponentDefinedType::Option { ty, .. } => self.generic("option", &[Some(ty)]),
            ComponentDefinedType::Tuple(tuple) => {
                self.generic("tuple", &tuple.types.iter().map(Some).collect::<Vec<_>>());
            }
            ComponentDefinedType::Result { ok, err, .. } => match (ok, err) {
                (None, None) => self.push("result"),
                (ok, None) => self.generic("result", &[ok.as_ref()]),
                (ok, err) => self.generic("result", &[ok.as_ref(), err.as_ref()]),
            },
            ComponentDefinedType::Own(id) => self.resource(*id),
            ComponentDefinedType::Borrow(id) => {
                self.push("borrow<");
                self.resource(*id);
                self.push(">");
            }
            ComponentDefinedType::Map { key, value, .. } => self.generic("map", &[Some(key), Some(value)]),
            ComponentDefinedType::FixedLengthList { element, length, .. } => {
                self.push("list<");
                self.value(element);
                self.push(&format!(", {length}>"));
            }
            ComponentDefinedType::Future { ty, .. } => self.generic("future", &[ty.as_ref()]),
            ComponentDefinedType::Stream { ty, .. } => self.generic("stream", &[ty.as_ref()]),
        }
    }

    fn braced<'b>(&mut self, word: &str, members: impl Iterator<Item = (&'b str, Option<&'b ComponentValType>)>) {
        self.push(word);
        self.push(" { ");
        self.fields(members);
        self.push(" }");
    }

    fn fields<'b>(&mut self, members: impl Iterator<Item = (&'b str, Option<&'b ComponentValType>)>) {
        for (at, (name, value)) in members.enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.push(name);
            if let Some(value) = value {
                self.push(": ");
                self.value(value);
            }
        }
    }

    fn generic(&mut self, word: &str, of: &[Option<&ComponentValType>]) {
        self.push(word);
        self.push("<");
        for (at, value) in of.iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            match value {
                Some(value) => self.value(value),
                None => self.push("_"),
            }
        }
        self.push(">");
    }

    fn resource(&mut self, id: AliasableResourceId) {
        let name = self.resources.iter().find(|(known, _)| *known == id.resource()).map(|(_, name)| *name);
        self.push(name.unwrap_or("a resource of another interface"));
    }
}

/// The differences from the contract, for the author: one sentence for each function.
pub(super) fn differences(place: &str, found: &Interface, contract: &Interface) -> Vec<String> {
    // The smallest type that differs is the cause of the differences in all types that contain it.
    let cause = found.types.iter().filter_map(|(name, shape)| {
        let known = contract.types.get(name).filter(|known| *known != shape)?;
        Some((name, shape, known))
    });
    let cause = cause.min_by_key(|(.., known)| known.len());
    let mut problems: Vec<String> = Vec::new();
    for (name, shape) in &found.functions {
        let Some(known) = contract.functions.get(name).filter(|known| *known != shape) else { continue };
        let (what, shape, known) = match cause {
            Some((name, shape, known)) => (format!("the type `{name}` of `{place}`"), shape, known),
            None => (format!("`{name}` of `{place}`"), shape, known),
        };
        let (shape, known) = apart(shape, known);
        let problem = format!("{what} is not this host's: `{shape}` instead of `{known}`");
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems
}

/// Two shapes without their common beginning, shortened.
fn apart(one: &str, other: &str) -> (String, String) {
    const SHOWN: usize = 200;
    let common = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b).map_or(0, |((at, _), _)| at);
    let start = if one.len().max(other.len()) <= SHOWN {
        0
    } else {
        one.get(..common).and_then(|text| text.rfind(", ")).map_or(0, |at| at + 2)
    };
    let cut = |text: &str| {
        let rest = text.get(start..).unwrap_or(text);
        let mut shown: String = rest.chars().take(SHOWN).collect();
        if shown.len() < rest.len() {
            shown.push('…');
        }
        if start > 0 { format!("… {shown}") } else { shown }
    };
    (cut(one), cut(other))
}
