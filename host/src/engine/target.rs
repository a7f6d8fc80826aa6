//! The target of a compilation.

use super::space::AddressSpace;

/// How much the compiler optimizes the code of components.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Effort {
    /// As much as is worth it for components that serve for long.
    #[default]
    Full,
    /// As little as possible: an author waits for the component, and calls it a few times.
    Least,
}

/// The target of a compilation, on which engine and compiling process must agree.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// How much address space the host has.
    pub space: AddressSpace,
    /// How much their code is optimized.
    pub effort: Effort,
}
