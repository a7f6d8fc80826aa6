//! The text that a person at the terminal reads first.

use std::fmt::Write as _;

use anyhow::Result;

use super::accounts::Callable;
use super::script;

/// The output for a person, ending with calls to try.
pub(super) fn introduction(base_url: &str, token: &str, accounts: &[Callable<'_>]) -> Result<String> {
    let mut text = format!("\nMortise serves on {base_url}\n\n  token     {token}  (admin, ends in 24 hours)\n");
    for Callable { slug, id, method, .. } in accounts {
        let is_one_of_several = accounts.iter().filter(|account| account.slug == *slug).count() > 1;
        let method = method.as_deref().filter(|_| is_one_of_several).map(|method| format!(", {method}"));
        writeln!(text, "  account   {id}  {slug}{}", method.unwrap_or_default())?;
    }
    let calls = script::calls(accounts);
    if !calls.is_empty() {
        writeln!(text, "\nThe vendors replay recordings and answer these calls. In another terminal:")?;
    }
    for (account, cassette) in calls {
        let line = script::curl(base_url, token, account.id, &cassette.call);
        writeln!(text, "\n# {}: {}\n{line}", account.slug, cassette.description)?;
    }
    write!(text, "\nCtrl-C ends it.")?;
    Ok(text)
}
