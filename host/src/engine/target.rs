//! The target of a compilation.

use super::space::AddressSpace;

/// How much the compiler optimizes the code of components.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Effort {
    /// The best code, for components that serve for a long time.
    #[default]
    Full,
    /// Little optimization, for an author who waits for the component and calls it a few times.
    Least,
}

/// The target of a compilation, on which engine and compiling process must agree.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// How much address space the host has.
    pub space: AddressSpace,
    /// How much the compiler optimizes the code.
    pub effort: Effort,
}
