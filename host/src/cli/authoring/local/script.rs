//! The calls that the demo prints: each integration's recorded calls as `curl` lines.

use mortise_model::{Category, Operation};
use serde_json::Value;
use uuid::Uuid;

use super::accounts::Callable;
use crate::cassette::Cassette;
use crate::cassette::format::Call;

/// The recorded calls to print, in the order to try them. For each account and category it has the first of each
/// operation: a creation, an update, a read, the first page of a list and a deletion. The calls on one user are on the
/// user just created, if such calls are recorded. Categories are in their own order, but those in which a user can be
/// created come first.
pub(super) fn calls<'a, 'c>(accounts: &'a [Callable<'c>]) -> Vec<(&'a Callable<'c>, &'c Cassette)> {
    let mut groups = Vec::new();
    for account in accounts {
        for category in Category::ALL {
            let calls = |operation| {
                // A later page needs a cursor that only the host can seal.
                let is_asked = move |c: &&Cassette| {
                    c.call.category == *category && c.call.operation == operation && c.call.cursor.is_none()
                };
                account.calls.iter().copied().filter(is_asked)
            };
            let create = calls(Operation::CreateUser).next();
            let created = create.and_then(|c| c.answer.body.get("id")).and_then(Value::as_str);
            let is_created = |c: &&Cassette| c.call.id.as_deref() == created;
            let first = |operation: &Operation| calls(*operation).find(is_created).or_else(|| calls(*operation).next());
            let tried: Vec<_> = Operation::ALL.iter().filter_map(first).collect();
            groups.push((category, create.is_none(), account, tried));
        }
    }
    groups.sort_by_key(|(category, creates_none, account, _)| (*category, *creates_none, account.slug.clone()));
    groups.into_iter().flat_map(|(_, _, account, tried)| tried.into_iter().map(move |c| (account, c))).collect()
}

/// One call as a line for a POSIX shell.
pub(super) fn curl(base_url: &str, token: &str, account: Uuid, call: &Call) -> String {
    let (method, url) = (call.method(), format!("{base_url}{}", call.target(account)));
    let mut arguments = vec![
        format!("-X {method} {}", quoted(&url)),
        format!("-H {}", quoted(&format!("authorization: Bearer {token}"))),
    ];
    if call.operation.has_body() {
        arguments.push(format!("-H {}", quoted("content-type: application/json")));
        arguments.push(format!("-d {}", quoted(&Value::Object(call.body.clone()).to_string())));
    }
    // The answer is one line of JSON without a line break.
    arguments.push("-w '\\n'".to_owned());
    format!("curl -sS {}", arguments.join(" "))
}

/// Quotes a word for a POSIX shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde_json::json;

    use super::*;

    fn cassette(category: &str, operation: &str, id: Option<&str>) -> Cassette {
        serde_json::from_value(json!({
            "description": "a call",
            "call": {"category": category, "operation": operation, "id": id},
            "exchanges": [],
            "answer": {"status": 200, "body": {"id": "new"}},
        }))
        .expect("a cassette")
    }

    #[test]
    fn a_creation_comes_before_what_is_done_with_the_user_that_it_created() {
        let acme = [cassette("crm", "update-user", Some("1"))];
        let mut second_page = cassette("ticketing", "list-users", None);
        second_page.call.cursor = Some("2".to_owned());
        let zeta = [
            cassette("ticketing", "create-user", None),
            cassette("ticketing", "delete-user", Some("other")),
            cassette("ticketing", "get-user", Some("other")),
            second_page,
            cassette("ticketing", "list-users", None),
            cassette("ticketing", "update-user", Some("other")),
            cassette("ticketing", "update-user", Some("new")),
            cassette("ticketing", "delete-user", Some("new")),
        ];
        let accounts = [("acme", &acme[..]), ("zeta", &zeta[..])].map(|(slug, calls)| Callable {
            slug: slug.to_owned(),
            id: Uuid::nil(),
            method: None,
            calls: calls.iter().collect(),
        });
        let order: Vec<_> = calls(&accounts)
            .into_iter()
            .map(|(account, c)| (account.slug.as_str(), c.call.operation, c.call.id.as_deref()))
            .collect();
        let expected = [
            ("zeta", Operation::CreateUser, None),
            ("zeta", Operation::UpdateUser, Some("new")),
            ("zeta", Operation::GetUser, Some("other")),
            ("zeta", Operation::ListUsers, None),
            ("zeta", Operation::DeleteUser, Some("new")),
            ("acme", Operation::UpdateUser, Some("1")),
        ];
        assert_eq!(order, expected);
    }

    #[test]
    fn a_shell_reads_a_line_as_it_was_meant() {
        let mut recorded = cassette("ticketing", "update-user", Some("a/b?c-d")).call;
        recorded.body = serde_json::from_value(json!({"name": "Ada O'Neil $HOME `id` \"x\" \\"})).expect("an object");
        recorded.query =
            serde_json::from_value(json!({"groups": ["a", "b c"], "remote_query": {"x": {"y": 1}}})).expect("a query");
        let line = curl("http://127.0.0.1:1", "mrt_x", Uuid::nil(), &recorded);
        assert_eq!(line.lines().count(), 1);
        // Takes the place of curl, and prints its arguments, each on its own line.
        let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}; {line}");
        let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
        let output = String::from_utf8(output.stdout).expect("text");
        let url = "http://127.0.0.1:1/unified/ticketing/users/a%2Fb%3Fc-d?integrated_account_id=00000000-0000-0000-0000-000000000000\
                   &groups%5B%5D=a&groups%5B%5D=b+c&remote_query%5Bx%5D%5By%5D=1";
        let expected = format!(
            "-sS\n-X\nPATCH\n{url}\n-H\nauthorization: Bearer mrt_x\n-H\ncontent-type: application/json\n-d\n{}\n-w\n\\n\n",
            r#"{"name":"Ada O'Neil $HOME `id` \"x\" \\"}"#
        );
        assert_eq!(output, expected);
        let read = cassette("crm", "get-user", Some("7")).call;
        assert!(!curl("http://127.0.0.1:1", "mrt_x", Uuid::nil(), &read).contains(" -d "), "it has no body");
    }
}
