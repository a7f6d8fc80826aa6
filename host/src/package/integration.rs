//! The facts about a component that a package has in an annotation.

use serde::{Deserialize, Serialize};

/// The annotation with the facts about a component: an [`Integration`] as JSON.
pub(super) const INTEGRATION: &str = "mortise.integration";

/// The facts about a component before anybody loads it. They are a claim: `mortise pull` loads the component and asks
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integration {
    /// The name in URLs, in accounts and on disk.
    pub slug: String,
    /// The name for people.
    pub label: String,
    /// The version of the project.
    pub version: String,
    /// SHA-256 of the component in lower-case hexadecimal: what an operator grants.
    pub digest: String,
    /// The version of the contract that a host must have.
    pub contract: Option<String>,
    /// The SDK that it was built with, by the component's own word.
    pub sdk: Option<String>,
    /// The origins that it wants to reach.
    pub origins: Vec<String>,
    /// The variables of an account.
    pub variables: Vec<Variable>,
    /// The operations that it serves: `ticketing create-user`.
    pub operations: Vec<String>,
}

/// One variable of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// Whether an account needs it.
    pub required: bool,
    /// Whether it is a credential.
    pub secret: bool,
}
