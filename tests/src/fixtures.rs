//! Three integrations, one vendor for all of them, and the expected result of each operation.

use crate::host::{Host, Setup};
use crate::vendor::{Answer, Behaviour, Recorded, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// The identifier of the agent in the Dixa of these tests.
pub const AGENT_ID: &str = "4d2ab456-8510-4a35-b266-e502160d5177";

/// Vendors' answers with details that JSON libraries like to change: key order, number text, blanks, escapes.
const AGENT: &str = r#"{ "data": {"zeta":1.0, "id":"4d2ab456-8510-4a35-b266-e502160d5177","createdAt":"2020-12-16T10:41:43+01:00",
 "displayName":"Ada Example","email":"ada@example.com","big":12345678901234567890,"huge":1e400,"alpha":[ ],
 "additionalEmails":["second@example.com"],"firstName":"Ada","lastName":null,"roles":["Agent"],"note":"\u0041\/" } }"#;
const TEAMS: &str = r#"{"data":[{"id":"team-1","name":"First"},{"id":"team-2","name":"Second"}]}"#;
const MEMBER: &str = r#"{"updatedAt":"2024-02-03T12:30:00.000+02:00","_id":"61fbb2b7a5aa6b0d24c3e7d1","score":1.0,
 "big":12345678901234567890,"huge":1e400,"email":"ada@example.com","nickName":"Ada","firstName":"Ada","lastName":"Example",
 "roles":["60ab3c1f8d0e4a0012345678"],"inactive":false,"createdAt":"2024-02-03T10:00:00.000Z","__v":0}"#;
const PERSON: &str = r#"{"user":{"zeta":1.0,"id":184,"username":"Ada Example","email":"ada@example.com","profilePicture":null,
 "role":2,"custom_role":{"id":998877,"name":"lead"},"last_active":"1688667338000","big":12345678901234567890,"huge":1e400,
 "date_joined":"1657131338000","date_invited":"1657044938000"}}"#;

/// One operation of one integration: the request and the expected results.
pub struct Case {
    /// The integration.
    pub slug: &'static str,
    /// The category of the route.
    pub category: &'static str,
    /// The record to update. `None` for a creation.
    pub id: Option<&'static str>,
    /// Further query parameters, each with a leading `&`.
    pub query: &'static str,
    /// The caller's body.
    pub body: Value,
    /// The vendor's answer to the primary request.
    pub answer: String,
    /// The content type of the vendor's answer.
    pub content_type: &'static str,
    /// The unified answer without `remote_data`.
    pub unified: Value,
    /// Method and path of the vendor requests. The first is the primary one.
    pub requests: &'static [(&'static str, &'static str)],
}

impl Case {
    /// The method of the caller's request.
    pub fn method(&self) -> &'static str {
        if self.id.is_some() { "PATCH" } else { "POST" }
    }

    /// 201 for a creation, 200 for an update.
    pub fn status(&self) -> u16 {
        if self.id.is_some() { 200 } else { 201 }
    }

    /// The request's target for this account, with further parameters.
    pub fn target(&self, account: Uuid, more: &str) -> String {
        let id = self.id.map(|id| format!("/{id}")).unwrap_or_default();
        let (category, query) = (self.category, self.query);
        format!("/unified/{category}/users{id}?integrated_account_id={account}{query}{more}")
    }
}

/// Every operation of the three integrations.
pub fn cases() -> Vec<Case> {
    let agent = json!({
        "id": AGENT_ID, "name": "Ada Example", "first_name": "Ada",
        "emails": [
            {"email": "ada@example.com", "type": "primary"}, {"email": "second@example.com", "type": "other"},
        ],
        "is_active": true, "roles": [{"id": "Agent", "name": "Agent"}],
        "created_at": "2020-12-16T10:41:43+01:00", "updated_at": null,
    });
    let mut updated_agent = agent.clone();
    updated_agent["team_ids"] = json!(["team-1", "team-2"]);
    let member = json!({
        "id": "61fbb2b7a5aa6b0d24c3e7d1", "name": "Ada Example", "first_name": "Ada", "last_name": "Example",
        "emails": [{"email": "ada@example.com", "type": "primary"}], "is_active": true,
        "roles": [{"id": "60ab3c1f8d0e4a0012345678"}],
        "created_at": "2024-02-03T10:00:00.000Z", "updated_at": "2024-02-03T12:30:00.000+02:00",
    });
    let owner = json!({
        "id": "61fbb2b7a5aa6b0d24c3e7d1", "name": "Ada Example", "email": "ada@example.com", "is_active": true,
        "created_at": "2024-02-03T10:00:00.000Z", "updated_at": "2024-02-03T12:30:00.000+02:00",
    });
    let person = json!({
        "id": "184", "username": "Ada Example", "name": "Ada Example",
        "emails": [{"email": "ada@example.com", "is_primary": true}],
        "roles": [{"id": "2", "name": "admin"}, {"id": "998877", "name": "lead"}], "status": "active",
        "licenses": [{"id": "member", "name": "member"}],
        "created_at": "2022-07-06T18:15:38Z", "last_active_at": "2023-07-06T18:15:38Z",
    });
    let emails = json!([{"email": "ada@example.com", "type": "primary"}]);
    vec![
        Case {
            slug: "dixa",
            category: "ticketing",
            id: None,
            query: "",
            body: json!({"name": "Ada Example", "emails": emails}),
            answer: AGENT.to_owned(),
            content_type: "application/json; charset=utf-8",
            unified: agent,
            requests: &[("POST", "/dixa/v1/agents")],
        },
        Case {
            slug: "dixa",
            category: "ticketing",
            id: Some(AGENT_ID),
            query: "",
            body: json!({"name": "Ada Example"}),
            answer: AGENT.to_owned(),
            content_type: "application/json; charset=utf-8",
            unified: updated_agent,
            requests: &[
                ("PATCH", "/dixa/v1/agents/4d2ab456-8510-4a35-b266-e502160d5177"),
                ("GET", "/dixa/v1/agents/4d2ab456-8510-4a35-b266-e502160d5177/teams"),
            ],
        },
        Case {
            slug: "planhat",
            category: "ticketing",
            id: None,
            query: "",
            body: json!({"first_name": "Ada", "last_name": "Example", "nick_name": "Ada", "emails": emails}),
            answer: MEMBER.to_owned(),
            content_type: "application/json",
            unified: member.clone(),
            requests: &[("POST", "/planhat/users")],
        },
        Case {
            slug: "planhat",
            category: "ticketing",
            id: Some("61fbb2b7a5aa6b0d24c3e7d1"),
            query: "",
            body: json!({"last_name": "Example"}),
            answer: MEMBER.to_owned(),
            content_type: "application/json",
            unified: member,
            requests: &[("PUT", "/planhat/users/61fbb2b7a5aa6b0d24c3e7d1")],
        },
        Case {
            slug: "planhat",
            category: "crm",
            id: Some("61fbb2b7a5aa6b0d24c3e7d1"),
            query: "",
            body: json!({"email": "ada@example.com", "is_active": true}),
            answer: MEMBER.to_owned(),
            content_type: "application/json",
            unified: owner,
            requests: &[("PUT", "/planhat/users/61fbb2b7a5aa6b0d24c3e7d1")],
        },
        Case {
            slug: "clickup",
            category: "user-directory",
            id: None,
            query: "&organization_id=9001",
            body: json!({"emails": [{"email": "Ada@Example.com"}], "roles": ["admin"]}),
            answer: format!(r#"{{"team":{{"id":"9001","members":[ {PERSON}],"ratio":1.0}}}}"#),
            content_type: "application/json",
            unified: person.clone(),
            requests: &[("POST", "/clickup/api/v2/team/9001/user")],
        },
        Case {
            slug: "clickup",
            category: "user-directory",
            id: Some("184"),
            query: "&organization_id=9001",
            body: json!({"username": "Ada Example", "roles": ["admin", {"id": 998877}]}),
            answer: format!(r#"{{"member": {PERSON} }}"#),
            content_type: "application/json",
            unified: person,
            requests: &[("PUT", "/clickup/api/v2/team/9001/user/184")],
        },
    ]
}

/// The vendors of [`cases`] on one address. The path decides the answer.
pub fn vendors() -> Behaviour {
    let cases = cases();
    Behaviour::by(move |request: &Recorded| {
        if request.path().ends_with("/teams") {
            return Answer::new(200, "application/json", TEAMS);
        }
        let asked = (request.method.as_str(), request.path());
        // Every record that the script writes can also be read.
        let is_asked = |(method, path)| asked == (method, path) || asked == ("GET", path);
        match cases.iter().find(|case| is_asked(case.requests[0])) {
            Some(case) => Answer::new(case.status(), case.content_type, case.answer.as_str()),
            None => Answer::json(404, &json!({"message": "not in the script"})),
        }
    })
}

/// A host with the three integrations, whose vendors listen at `vendor`.
pub fn setup(vendor: &Vendor) -> Setup {
    let at = |path: &str| format!("{}{path}", vendor.url());
    Setup::new()
        .plugin_at("dixa", &at("/dixa/v1"))
        .plugin_at("planhat", &at("/planhat"))
        .plugin_at("clickup", &at("/clickup/api/v2"))
}

/// The vendors of [`cases`] and a host in front of them.
pub async fn start() -> (Vendor, Host) {
    let vendor = Vendor::start(vendors()).await;
    let host = setup(&vendor).start().await;
    (vendor, host)
}

/// An account of an integration of [`cases`]. ClickUp's credential is optional there, so this sets it.
pub async fn account(host: &Host, slug: &str, token: &str) -> Uuid {
    host.account_with(slug, "tenant", &[("api_token", token)]).await
}

/// A Dixa that answers every request with `answer`, a host, and an account.
pub async fn dixa(answer: impl Into<Behaviour>) -> (Vendor, Host, Uuid) {
    let vendor = Vendor::start(answer).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let account = host.account("dixa").await;
    (vendor, host, account)
}

/// The smallest body that creates a Dixa agent.
pub fn ada() -> Value {
    json!({"name": "Ada Example", "emails": [{"email": "ada@example.com", "type": "primary"}]})
}

/// Dixa's answer in plain JSON.
pub fn agent() -> Answer {
    Answer::json(201, &json!({"data": {"id": AGENT_ID, "displayName": "Ada Example", "email": "ada@example.com"}}))
}
