//! Examples for Node.js.

use super::page::PAGE;
use super::{Example, pretty};

/// The `authorization` header.
const AUTHORIZATION: &str = "authorization: `Bearer ${env.MORTISE_TOKEN}`";

impl Example<'_> {
    /// For Node.js 20, as a module.
    pub(in crate::reference) fn javascript(&self) -> String {
        let parameters: String =
            self.parameters.iter().map(|(name, variable)| format!("\n  \"{name}\": env.{variable},")).collect();
        let limit = if self.is_list() { format!("\n  limit: \"{PAGE}\",") } else { String::new() };
        let path = self.path.replace("{id}", "${encodeURIComponent(env.USER_ID)}");
        let head = format!(
            "import {{ env }} from \"node:process\";\n\nconst query = new URLSearchParams({{\n  \
             integrated_account_id: env.MORTISE_ACCOUNT,{parameters}{limit}\n}});\n"
        );
        head + &if self.is_list() { list(&path) } else { self.one_in_javascript(&path) }
    }

    fn one_in_javascript(&self, path: &str) -> String {
        let (user, kind, body) = match &self.body {
            None => (String::new(), "", ""),
            Some(user) => (
                format!("const user = {};\n", pretty(user)),
                "\n    \"content-type\": \"application/json\",",
                "\n  body: JSON.stringify(user),",
            ),
        };
        format!(
            "{user}\nconst response = await fetch(`${{env.MORTISE_URL}}{path}?${{query}}`, {{\n  method: \"{}\",\n  \
             headers: {{\n    {AUTHORIZATION},{kind}\n  }},{body}\n}});\n\
             const answer = await response.json();\n\
             if (!response.ok) throw new Error(`${{response.status}}: ${{answer.message}}`);\n\
             console.log(JSON.stringify(answer, null, 2));\n",
            self.method,
        )
    }
}

fn list(path: &str) -> String {
    format!(
        "do {{\n  const response = await fetch(`${{env.MORTISE_URL}}{path}?${{query}}`, {{\n    \
         headers: {{ {AUTHORIZATION} }},\n  }});\n  \
         const page = await response.json();\n  \
         if (!response.ok) throw new Error(`${{response.status}}: ${{page.message}}`);\n  \
         for (const user of page.result) console.log(JSON.stringify(user));\n  \
         query.set(\"next_cursor\", page.next_cursor ?? \"\");\n}} while (query.get(\"next_cursor\"));\n"
    )
}
