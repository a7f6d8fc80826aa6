//! Cursors of recordings, which have the plugin's own cursors.

use mortise_model::{Category, Operation};

use super::asked::{Asking, Keys, read};
use super::cursor::Position;
use crate::plugin::Capabilities;
use crate::unified::failure::Failures;
use crate::unified::parameters::Parameters;

/// The caller's cursor for a plugin's own cursor, in the list of this query string. `None` if the integration has no
/// lists. Recordings need it for later pages.
///
/// # Errors
/// If the host cannot seal cursors.
pub(crate) fn seal_cursor(
    keys: &Keys<'_>,
    capabilities: &Capabilities,
    category: Category,
    query: &str,
    cursor: &str,
) -> anyhow::Result<Option<String>> {
    // The call itself reports them.
    let mut failures = Failures::default();
    let Some(support) = capabilities.operation(category, Operation::ListUsers) else { return Ok(None) };
    let Some(listing) = &support.listing else { return Ok(None) };
    let parameters = &Parameters::parse(query, &mut failures);
    let declared = &parameters.declared(&support.query, &mut failures);
    let asking = Asking { category, parameters, declared, capabilities, support, listing };
    let mut position = read(&asking, keys, &mut failures)?.position;
    position.cursor = Some(cursor.to_owned());
    Ok(Some(position.seal(keys.accounts, keys.account)?))
}

/// The plugin's own cursor inside a caller's cursor. `None` for the plugin's first page, and for a text that is not a
/// cursor of this host. Recordings need it to go from page to page.
///
/// # Errors
/// If the host cannot open cursors.
pub(crate) fn open_cursor(keys: &Keys<'_>, text: &str) -> anyhow::Result<Option<String>> {
    Ok(Position::read(keys.accounts, keys.account, text)?.and_then(|position| position.cursor))
}
