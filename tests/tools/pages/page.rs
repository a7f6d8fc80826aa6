//! What every test of pages needs: the address of a page, and the script that finds its faults.

use mortise_tests::host::Host;

/// The script that returns the faults of the present page.
pub(super) const INSPECTION: &str = include_str!("inspect.js");

pub(super) fn url(host: &Host, path: &str) -> String {
    format!("http://{}{path}", host.address)
}
