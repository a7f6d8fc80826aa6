//! The rule for ids of tenants.

/// Characters of a tenant's id.
const MAX_TENANT: usize = 256;

/// Checks a tenant's id: 1 to 256 characters without control characters.
///
/// # Errors
/// The rule, if the id breaks it.
pub fn check_tenant(id: &str) -> Result<(), &'static str> {
    let fits = (1..=MAX_TENANT).contains(&id.chars().count()) && !id.chars().any(char::is_control);
    if fits { Ok(()) } else { Err("must be 1 to 256 characters without control characters") }
}
