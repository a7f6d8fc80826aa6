//! Examples for a POSIX shell.

use super::{Example, PAGE, pretty, single_quoted};

impl Example<'_> {
    /// For a POSIX shell with curl; of a list with jq, too.
    pub(in crate::reference) fn curl(&self) -> String {
        let path = self.path.replace("{id}", "$USER_ID");
        let mut query = "integrated_account_id=$MORTISE_ACCOUNT".to_owned();
        for (name, variable) in &self.parameters {
            query.push_str(&format!("&{name}=${variable}"));
        }
        if self.is_list() {
            return list(&path, &query);
        }
        let body = self.body.as_ref().map(|body| {
            let body = single_quoted(&pretty(body));
            format!(" \\\n  -H 'content-type: application/json' \\\n  --data-binary {body}")
        });
        format!(
            "curl -sS --fail-with-body -X {} \\\n  \"$MORTISE_URL{path}?{query}\" \\\n  \
             -H \"authorization: Bearer $MORTISE_TOKEN\"{}\n",
            self.method,
            body.unwrap_or_default(),
        )
    }
}

fn list(path: &str, query: &str) -> String {
    format!(
        "cursor=\nwhile :; do\n  page=$(curl -sS --fail-with-body \\\n    \
         \"$MORTISE_URL{path}?{query}&limit={PAGE}&next_cursor=$cursor\" \\\n    \
         -H \"authorization: Bearer $MORTISE_TOKEN\") || {{ echo \"$page\" >&2; break; }}\n  \
         printf '%s\\n' \"$page\" | jq -c '.result[]'\n  \
         cursor=$(printf '%s\\n' \"$page\" | jq -r '.next_cursor // empty')\n  \
         [ -n \"$cursor\" ] || break\ndone\n"
    )
}
