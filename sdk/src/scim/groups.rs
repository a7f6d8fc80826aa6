//! The groups that a user is in. A membership belongs to the group (RFC 7643 §4.1.2), so a request for the user cannot
//! change it.

use serde_json::json;

use super::Patch;
use crate::call::Call;
use crate::difference::Difference;
use crate::path::Path;
use crate::request::Writes;

/// Adds the requests that put a user into groups and remove it from others. Each changes the `members` of one group
/// below `groups` (RFC 7644 §3.5.2).
///
/// ```
/// # use mortise_sdk::{Call, Difference, Path, Result, Writes, scim};
/// # fn update(call: &Call, change: &scim::Patch, groups: &Difference) -> Result<()> {
/// let writes = Writes::new().then(call.patch("/Users/7").scim(change), "the user is changed");
/// // {"op": "add", "path": "members", "value": [{"value": "7"}]}, or {"op": "remove", "path": "members[value eq \"7\"]"}
/// scim::change_groups(call, writes, &Path::new("/Groups"), "7", groups).send()?.empty()
/// # }
/// ```
pub fn change_groups<'a>(
    call: &'a Call,
    mut writes: Writes<'a>,
    groups: &Path,
    user: &str,
    changes: &Difference,
) -> Writes<'a> {
    for (group, is_added) in changes.changes() {
        let (change, done) = if is_added {
            (Patch::new().add("members", json!([{ "value": user }])), format!("the user is in group {group}"))
        } else {
            (
                Patch::new().remove(format!("members[value eq {}]", json!(user))),
                format!("the user is out of group {group}"),
            )
        };
        writes = writes.then(call.patch(groups.clone().push(group)).scim(&change), done);
    }
    writes
}

#[cfg(test)]
mod tests {
    use mortise_model::Category;

    use super::*;
    use crate::mock::{Mock, patch};

    #[test]
    fn a_group_takes_a_user_in_and_lets_one_go() {
        let message = |operation| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
        let add = message(json!({"op": "add", "path": "members", "value": [{"value": "a\"7"}]}));
        let remove = message(json!({"op": "remove", "path": "members[value eq \"a\\\"7\"]"}));
        let vendor = Mock::new(Category::UserDirectory).on(patch("/Groups/3").json(add).answers(204, json!(null)));
        let changes = Difference { added: vec!["3".to_owned()], removed: vec!["1".to_owned()] };
        for (status, message) in [(200, None), (403, Some("the user is in group 3"))] {
            let vendor = vendor.clone().on(patch("/Groups/1").json(remove.clone()).answers(status, json!({})));
            let call = vendor.call();
            let sent = change_groups(&call, Writes::beside(), &Path::new("/Groups"), "a\"7", &changes).send();
            assert_eq!(sent.err().as_ref().map(crate::Error::message), message);
            assert!(vendor.requests().iter().all(|request| !request.primary));
        }
    }
}
