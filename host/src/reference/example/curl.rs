//! Examples for a POSIX shell.

use url::form_urlencoded::byte_serialize;

use super::page::PAGE;
use super::quote::single_quoted;
use super::{Example, pretty};

impl Example<'_> {
    /// For a POSIX shell with curl 7.87 or later; of a list with jq, too.
    pub(in crate::reference) fn curl(&self) -> String {
        let path = self.path.replace("{id}", "$USER_ID");
        let url = format!("$MORTISE_URL{path}?integrated_account_id=$MORTISE_ACCOUNT");
        if self.is_list() {
            return list(&url, &self.queries("    "));
        }
        let body = self.body.as_ref().map(|body| {
            let body = single_quoted(&pretty(body));
            format!(" \\\n  -H 'content-type: application/json' \\\n  --data-binary {body}")
        });
        format!(
            "curl -sS --fail-with-body -X {} \\\n  \"{url}\"{} \\\n  \
             -H \"authorization: Bearer $MORTISE_TOKEN\"{}\n",
            self.method,
            self.queries("  "),
            body.unwrap_or_default(),
        )
    }

    /// The required parameters, each on a line that begins so. curl encodes their values, and not their names.
    fn queries(&self, indent: &str) -> String {
        let query = |(name, variable): &(String, String)| {
            let name: String = byte_serialize(name.as_bytes()).collect();
            format!(" \\\n{indent}--url-query \"{name}=${variable}\"")
        };
        self.parameters.iter().map(query).collect()
    }
}

fn list(url: &str, queries: &str) -> String {
    format!(
        "cursor=\nwhile :; do\n  page=$(curl -sS --fail-with-body \\\n    \
         \"{url}&limit={PAGE}&next_cursor=$cursor\"{queries} \\\n    \
         -H \"authorization: Bearer $MORTISE_TOKEN\") || {{ echo \"$page\" >&2; break; }}\n  \
         printf '%s\\n' \"$page\" | jq -c '.result[]'\n  \
         cursor=$(printf '%s\\n' \"$page\" | jq -r '.next_cursor // empty')\n  \
         [ -n \"$cursor\" ] || break\ndone\n"
    )
}
