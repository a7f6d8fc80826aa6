//! The classes of guests. Most components are one compiled program. A component with an interpreter (JavaScript,
//! Python) is ten times as large and needs more of everything. Only this module says how much a class may use.

use serde::Serialize;

use super::Limits;

/// How much a component may use. Its bytes decide, before anything is compiled, and never its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// A compiled program: the ordinary limits.
    Ordinary,
    /// A program with its interpreter: the limits that begin with `interpreter_`.
    Interpreter,
}

impl Class {
    /// All classes, the smallest first.
    pub const ALL: [Self; 2] = [Self::Ordinary, Self::Interpreter];

    /// The class's name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Interpreter => "interpreter",
        }
    }

    /// The setting that holds this limit for the class: `limits.interpreter_guest_cpu_ms` for `guest_cpu_ms`.
    pub fn setting(self, limit: &str) -> String {
        match self {
            Self::Ordinary => format!("limits.{limit}"),
            Self::Interpreter => format!("limits.interpreter_{limit}"),
        }
    }

    /// The bounds of the class.
    pub fn bounds(self, limits: &Limits) -> Bounds {
        match self {
            Self::Ordinary => Bounds {
                class: self,
                concurrent_calls: limits.concurrent_calls,
                concurrent_calls_per_integration: limits.concurrent_calls_per_integration,
                guest_cpu_ms: limits.guest_cpu_ms,
                guest_memory_bytes: limits.guest_memory_bytes,
                guest_table_entries: limits.guest_table_entries,
                component_bytes: limits.component_bytes,
                compile_ms: limits.compile_ms,
                compile_memory_bytes: limits.compile_memory_bytes,
                // The main module, and the adapters that the component format adds.
                core_instances: 16,
                // A component in Rust has one.
                memories: 2,
                // Indirect calls and the adapters' shims.
                tables: 8,
                // The stack has as much again for host functions, which run on it, too.
                stack_bytes: 512 << 10,
            },
            Self::Interpreter => Bounds {
                class: self,
                concurrent_calls: limits.interpreter_concurrent_calls,
                concurrent_calls_per_integration: limits.interpreter_concurrent_calls_per_integration,
                guest_cpu_ms: limits.interpreter_guest_cpu_ms,
                guest_memory_bytes: limits.interpreter_guest_memory_bytes,
                guest_table_entries: limits.interpreter_guest_table_entries,
                component_bytes: limits.interpreter_component_bytes,
                compile_ms: limits.interpreter_compile_ms,
                compile_memory_bytes: limits.interpreter_compile_memory_bytes,
                // Python's standard library is linked from 38 modules.
                core_instances: 64,
                memories: 2,
                tables: 8,
                // An interpreter recurses with the program that it runs.
                stack_bytes: 2 << 20,
            },
        }
    }
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much the components of one class may use. The first eight are settings, see [`Limits`].
#[derive(Debug, Clone)]
pub struct Bounds {
    /// The class.
    pub class: Class,
    /// Calls in flight, and the size of the instance pool.
    pub concurrent_calls: u32,
    /// Calls in flight of one integration.
    pub concurrent_calls_per_integration: u32,
    /// Time that a guest may compute in a call.
    pub guest_cpu_ms: u64,
    /// All memories of an instance together, in bytes.
    pub guest_memory_bytes: usize,
    /// All tables of an instance together, in entries.
    pub guest_table_entries: usize,
    /// A component's file, in bytes.
    pub component_bytes: usize,
    /// Wall time of a compilation.
    pub compile_ms: u64,
    /// Address space of the compiling process, in bytes.
    pub compile_memory_bytes: u64,
    /// Core instances of one component.
    pub core_instances: u32,
    /// Memories of one component.
    pub memories: u32,
    /// Tables of one component.
    pub tables: u32,
    /// A guest's native stack, in bytes.
    pub stack_bytes: usize,
}
