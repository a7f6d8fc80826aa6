//! The room that a component needs, read from its bytes. It decides the component's class of limits.

use anyhow::{Result, bail};
use wasmparser::{Instance, Payload};

use crate::config::{Class, Limits};

/// A page of linear memory.
const PAGE_BYTES: u64 = 1 << 16;

/// The least room that a component's file and one instance need. Nested components count once for each time that they
/// appear in the bytes. Tools write each instance's component separately.
#[derive(Debug, Default)]
pub(super) struct Needs {
    bytes: u64,
    core_instances: u64,
    memories: u64,
    memory_bytes: u64,
    tables: u64,
    table_entries: u64,
}

impl Needs {
    /// The needs of a file of this size, before any part of it is counted.
    pub(super) fn of_file(bytes: usize) -> Self {
        Self { bytes: bytes as u64, ..Self::default() }
    }

    /// The smallest class that has room for the component.
    ///
    /// # Errors
    /// If no class has room. The error names the limits of the largest class that are too small.
    pub(super) fn class(&self, limits: &Limits) -> Result<Class> {
        let mut beyond = Vec::new();
        for class in Class::ALL {
            let bounds = class.bounds(limits);
            let needs = [
                (self.bytes, bounds.component_bytes as u64, "bytes", Some("component_bytes")),
                (self.core_instances, bounds.core_instances.into(), "core instances", None),
                (self.memories, bounds.memories.into(), "memories", None),
                (self.memory_bytes, bounds.guest_memory_bytes as u64, "bytes of memory", Some("guest_memory_bytes")),
                (self.tables, bounds.tables.into(), "tables", None),
                (self.table_entries, bounds.guest_table_entries as u64, "table entries", Some("guest_table_entries")),
            ];
            beyond = needs
                .into_iter()
                .filter(|(needed, bound, ..)| needed > bound)
                .map(|(needed, bound, what, limit)| {
                    let setting = limit.map(|limit| format!(" ({})", class.setting(limit))).unwrap_or_default();
                    format!("{needed} {what}, and at most {bound} are allowed{setting}")
                })
                .collect();
            if beyond.is_empty() {
                return Ok(class);
            }
        }
        bail!("the component needs {}", beyond.join("; "))
    }

    /// Counts one part of the component.
    ///
    /// # Errors
    /// If the part cannot be read.
    pub(super) fn add(&mut self, payload: &Payload<'_>) -> Result<()> {
        match payload {
            Payload::InstanceSection(instances) => {
                for instance in instances.clone() {
                    self.core_instances += u64::from(matches!(instance?, Instance::Instantiate { .. }));
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories.clone() {
                    self.memories += 1;
                    self.memory_bytes = self.memory_bytes.saturating_add(memory?.initial.saturating_mul(PAGE_BYTES));
                }
            }
            Payload::TableSection(tables) => {
                for table in tables.clone() {
                    self.tables += 1;
                    self.table_entries = self.table_entries.saturating_add(table?.ty.initial);
                }
            }
            _ => {}
        }
        Ok(())
    }
}
