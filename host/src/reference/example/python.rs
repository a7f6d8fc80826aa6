//! Examples for Python.

use serde_json::{Value, json};

use super::Example;
use super::page::PAGE;

const IMPORTS: &str = "import json\nimport os\nimport urllib.error\nimport urllib.parse\nimport urllib.request\n\n";
/// The `authorization` header.
const AUTHORIZATION: &str = "\"authorization\": f\"Bearer {os.environ['MORTISE_TOKEN']}\"";
/// Ends the script with the message of an error.
const RAISE: &str = "raise SystemExit(f\"{error.code}: {json.load(error)['message']}\")";

impl Example<'_> {
    /// For Python 3 with its standard library.
    pub(in crate::reference) fn python(&self) -> String {
        let parameters: String = self
            .parameters
            .iter()
            .map(|(name, variable)| format!("\n    \"{name}\": os.environ[\"{variable}\"],"))
            .collect();
        let query = format!("\n    \"integrated_account_id\": os.environ[\"MORTISE_ACCOUNT\"],{parameters}");
        if self.is_list() { list(&self.path, &query) } else { self.one_in_python(&query) }
    }

    fn one_in_python(&self, query: &str) -> String {
        let (id, path) = match self.has_id {
            true => (
                "user_id = urllib.parse.quote(os.environ[\"USER_ID\"], safe=\"\")\n",
                self.path.replace("{id}", "{user_id}"),
            ),
            false => ("", self.path.clone()),
        };
        let (user, kind, data) = match &self.body {
            None => (String::new(), "", ""),
            Some(user) => (
                format!("user = {}\n", python_value(user, 0)),
                "\n        \"content-type\": \"application/json\",",
                "\n    data=json.dumps(user).encode(),",
            ),
        };
        format!(
            "{IMPORTS}query = urllib.parse.urlencode({{{query}\n}})\n{id}{user}\n\
             request = urllib.request.Request(\n    f\"{{os.environ['MORTISE_URL']}}{path}?{{query}}\",\n    method=\"{}\",\n    \
             headers={{\n        {AUTHORIZATION},{kind}\n    }},{data}\n)\n\
             try:\n    with urllib.request.urlopen(request) as response:\n        print(json.dumps(json.load(response), indent=2))\n\
             except urllib.error.HTTPError as error:\n    {RAISE}\n",
            self.method,
        )
    }
}

fn list(path: &str, query: &str) -> String {
    format!(
        "{IMPORTS}query = {{{query}\n    \"limit\": \"{PAGE}\",\n}}\nwhile True:\n    \
         request = urllib.request.Request(\n        \
         f\"{{os.environ['MORTISE_URL']}}{path}?{{urllib.parse.urlencode(query)}}\",\n        \
         headers={{{AUTHORIZATION}}},\n    )\n    \
         try:\n        with urllib.request.urlopen(request) as response:\n            page = json.load(response)\n    \
         except urllib.error.HTTPError as error:\n        {RAISE}\n    \
         for user in page[\"result\"]:\n        print(json.dumps(user))\n    \
         if page[\"next_cursor\"] is None:\n        break\n    \
         query[\"next_cursor\"] = page[\"next_cursor\"]\n"
    )
}

/// JSON as Python writes it: its strings are Python strings, its words are not.
fn python_value(value: &Value, depth: usize) -> String {
    let (inner, outer) = ("    ".repeat(depth + 1), "    ".repeat(depth));
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(items) if !items.is_empty() => {
            let items: String =
                items.iter().map(|item| format!("{inner}{},\n", python_value(item, depth + 1))).collect();
            format!("[\n{items}{outer}]")
        }
        Value::Object(members) if !members.is_empty() => {
            let members: String = members
                .iter()
                .map(|(name, value)| format!("{inner}{}: {},\n", json!(name), python_value(value, depth + 1)))
                .collect();
            format!("{{\n{members}{outer}}}")
        }
        other => other.to_string(),
    }
}
