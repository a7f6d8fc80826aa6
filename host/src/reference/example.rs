//! Examples that run as they are printed: a call for one integration in the shell, in JavaScript and in Python.
//!
//! What differs from reader to reader is read from the environment. Values that come from plugins are data: each language gets
//! them as JSON, and the shell inside single quotes.

use serde_json::{Map, Value, json};

use super::field::{Field, Mark};
use super::{Offer, UnifiedOperation};

/// Fields that an example has beside the required ones, where the integration writes them.
const SHOWN: [&str; 7] = ["name", "first_name", "last_name", "email", "emails", "title", "avatar"];

/// One call of one integration.
pub(super) struct Example<'r> {
    /// The integration.
    pub(super) offer: &'r Offer,
    /// The request's body.
    pub(super) body: Value,
    /// What the answer may look like.
    pub(super) answer: Value,
    method: &'static str,
    path: String,
    has_id: bool,
    /// Required query parameters and the variables that hold them.
    parameters: Vec<(String, String)>,
}

impl<'r> Example<'r> {
    /// A call of an integration that offers the operation.
    pub(super) fn of(operation: &'r UnifiedOperation, offer: &'r Offer) -> Self {
        let required = |field: &&Field| field.support_of(&offer.slug).is_some_and(|s| s.mark == Mark::Required);
        let body = operation.request.iter().filter_map(|field| {
            let support = field.support_of(&offer.slug)?;
            let shown = support.mark == Mark::Writable && SHOWN.contains(&field.name.as_str());
            (support.mark == Mark::Required || shown).then(|| (field.name.clone(), sample(field, &support.values)))
        });
        let told = operation.response.iter().filter(|field| field.support_of(&offer.slug).is_some());
        let mut answer: Map<_, _> = told.map(|field| (field.name.clone(), sample(field, &[]))).collect();
        answer.insert("remote_data".to_owned(), json!({}));
        // The prefix keeps a parameter called `path` away from the shell's own variable.
        let variable = |field: &Field| (field.name.clone(), format!("PARAM_{}", field.name.to_ascii_uppercase()));
        Self {
            offer,
            body: Value::Object(body.collect()),
            answer: Value::Object(answer),
            method: operation.method(),
            path: operation.route(),
            has_id: !operation.path.is_empty(),
            parameters: operation.declared.iter().filter(required).map(variable).collect(),
        }
    }

    /// The variables to set, each with what to put there.
    pub(super) fn variables(&self) -> Vec<(&str, String)> {
        let mut variables = vec![
            ("MORTISE_URL", "http://127.0.0.1:8080".to_owned()),
            ("MORTISE_TOKEN", "mrt_…".to_owned()),
            ("MORTISE_ACCOUNT", "00000000-0000-0000-0000-000000000000".to_owned()),
        ];
        if self.has_id {
            variables.push(("USER_ID", "…".to_owned()));
        }
        variables.extend(self.parameters.iter().map(|(_, variable)| (variable.as_str(), "…".to_owned())));
        variables
    }

    /// The lines of a shell that set the variables.
    pub(super) fn exports(&self) -> String {
        self.variables().iter().map(|(name, value)| format!("export {name}={}\n", single_quoted(value))).collect()
    }

    /// For a POSIX shell with curl.
    pub(super) fn curl(&self) -> String {
        let path = self.path.replace("{id}", "$USER_ID");
        let mut query = "integrated_account_id=$MORTISE_ACCOUNT".to_owned();
        for (name, variable) in &self.parameters {
            query.push_str(&format!("&{name}=${variable}"));
        }
        format!(
            "curl -sS --fail-with-body -X {} \\\n  \"$MORTISE_URL{path}?{query}\" \\\n  -H \"authorization: Bearer $MORTISE_TOKEN\" \\\n  \
             -H 'content-type: application/json' \\\n  --data-binary {}\n",
            self.method,
            single_quoted(&pretty(&self.body)),
        )
    }

    /// For Node.js 20, as a module.
    pub(super) fn javascript(&self) -> String {
        let parameters: String =
            self.parameters.iter().map(|(name, variable)| format!("\n  \"{name}\": env.{variable},")).collect();
        let path = self.path.replace("{id}", "${encodeURIComponent(env.USER_ID)}");
        format!(
            "import {{ env }} from \"node:process\";\n\nconst query = new URLSearchParams({{\n  \
             integrated_account_id: env.MORTISE_ACCOUNT,{parameters}\n}});\n\
             const user = {};\n\n\
             const response = await fetch(`${{env.MORTISE_URL}}{path}?${{query}}`, {{\n  method: \"{}\",\n  headers: {{\n    \
             authorization: `Bearer ${{env.MORTISE_TOKEN}}`,\n    \"content-type\": \"application/json\",\n  }},\n  \
             body: JSON.stringify(user),\n}});\n\
             const answer = await response.json();\n\
             if (!response.ok) throw new Error(`${{response.status}}: ${{answer.message}}`);\n\
             console.log(JSON.stringify(answer, null, 2));\n",
            pretty(&self.body),
            self.method,
        )
    }

    /// For Python 3 with its standard library.
    pub(super) fn python(&self) -> String {
        let parameters: String = self
            .parameters
            .iter()
            .map(|(name, variable)| format!("\n    \"{name}\": os.environ[\"{variable}\"],"))
            .collect();
        let (id, path) = match self.has_id {
            true => (
                "user_id = urllib.parse.quote(os.environ[\"USER_ID\"], safe=\"\")\n",
                self.path.replace("{id}", "{user_id}"),
            ),
            false => ("", self.path.clone()),
        };
        format!(
            "import json\nimport os\nimport urllib.error\nimport urllib.parse\nimport urllib.request\n\n\
             query = urllib.parse.urlencode({{\n    \"integrated_account_id\": os.environ[\"MORTISE_ACCOUNT\"],{parameters}\n}})\n\
             {id}user = {}\n\n\
             request = urllib.request.Request(\n    f\"{{os.environ['MORTISE_URL']}}{path}?{{query}}\",\n    method=\"{}\",\n    \
             headers={{\n        \"authorization\": f\"Bearer {{os.environ['MORTISE_TOKEN']}}\",\n        \
             \"content-type\": \"application/json\",\n    }},\n    data=json.dumps(user).encode(),\n)\n\
             try:\n    with urllib.request.urlopen(request) as response:\n        print(json.dumps(json.load(response), indent=2))\n\
             except urllib.error.HTTPError as error:\n    raise SystemExit(f\"{{error.code}}: {{json.load(error)['message']}}\")\n",
            python_value(&self.body, 0),
            self.method,
        )
    }
}

/// JSON over several lines.
pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// A value for the shell, whatever it holds.
fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
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

/// A value that the field could have; from the closed set where there is one.
fn sample(field: &Field, values: &[String]) -> Value {
    let word = values.first().map(String::as_str).or_else(|| field.values().first().copied());
    let word = word.or_else(|| match field.path.as_str() {
        "roles[].name" => Some("member"),
        "emails[].type" => Some("primary"),
        _ => known(&field.name),
    });
    match (field.types().as_slice(), word) {
        (types, word) if types.contains(&"array") => {
            let item = match (field.children.as_slice(), word) {
                ([], word) => json!(word.unwrap_or("example")),
                (_, Some(word)) if types.contains(&"string") => json!({ "name": word }),
                (children, _) => object(children),
            };
            json!([item])
        }
        (["boolean"], _) => json!(true),
        (["integer" | "number"], _) => json!(1),
        (["object"], _) => object(&field.children),
        ([], _) => json!({}),
        (_, word) => json!(word.unwrap_or("example")),
    }
}

/// The members that say the most: all required ones, or the first two.
fn object(children: &[Field]) -> Value {
    let members: Map<_, _> = children
        .iter()
        .enumerate()
        .filter(|(index, child)| child.required || *index < 2 || child.name == "is_primary")
        .map(|(_, child)| (child.name.clone(), sample(child, &[])))
        .collect();
    Value::Object(members)
}

/// Words that make an example readable.
fn known(name: &str) -> Option<&'static str> {
    Some(match name {
        "id" | "external_id" => "4d2ab456",
        "name" => "Ada Example",
        "first_name" | "nick_name" => "Ada",
        "last_name" => "Example",
        "username" => "ada.example",
        "email" => "ada@example.com",
        "roles" => "member",
        "title" => "Engineer",
        "avatar" => "https://example.com/ada.png",
        "url" => "https://example.com/ada",
        "number" => "+4512345678",
        "password" => "correct horse battery staple",
        "languages" => "en",
        "timezone" => "Europe/Copenhagen",
        "status" => "active",
        "user_type" => "member",
        "etag" => "1",
        name if name.ends_with("_at") => "2026-01-31T09:30:00Z",
        _ => return None,
    })
}
