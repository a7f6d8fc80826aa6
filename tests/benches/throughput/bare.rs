//! The service that a team would write by hand for this vendor and this operation: axum, reqwest, typed structs.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use uuid::Uuid;

struct Service {
    client: reqwest::Client,
    vendor: String,
    /// Hashes of the valid tokens.
    tokens: HashMap<[u8; 32], Uuid>,
    /// Each account's credential.
    accounts: HashMap<Uuid, String>,
}

/// Starts it on loopback.
pub(crate) async fn start(vendor: SocketAddr, token: &str, account: Uuid, credential: &str) -> SocketAddr {
    let service = Service {
        client: reqwest::Client::builder().http1_only().pool_max_idle_per_host(32).build().expect("a client"),
        vendor: format!("http://{vendor}/v1"),
        tokens: HashMap::from([(Sha256::digest(token).into(), Uuid::new_v4())]),
        accounts: HashMap::from([(account, credential.to_owned())]),
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("a TCP socket"));
    let router = Router::new().route("/unified/ticketing/users", post(create)).with_state(Arc::new(service));
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

#[derive(Deserialize)]
struct Parameters {
    integrated_account_id: Uuid,
}

#[derive(Deserialize)]
struct NewUser {
    name: String,
    emails: Vec<Email>,
    first_name: Option<String>,
    last_name: Option<String>,
    avatar: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Email {
    email: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewAgent {
    display_name: String,
    email: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    additional_emails: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<String>,
}

#[derive(Deserialize)]
struct Data {
    data: Agent,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Agent {
    id: String,
    created_at: Option<String>,
    display_name: String,
    email: Option<String>,
    #[serde(default)]
    additional_emails: Vec<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    avatar_url: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(Serialize)]
struct UnifiedUser<'a> {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    emails: Vec<Email>,
    is_active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
    roles: Vec<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    updated_at: Option<String>,
    remote_data: &'a RawValue,
}

#[derive(Serialize)]
struct Role {
    id: String,
    name: String,
}

async fn create(
    State(service): State<Arc<Service>>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    Json(user): Json<NewUser>,
) -> Result<Response, StatusCode> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let hash: [u8; 32] = Sha256::digest(token.ok_or(StatusCode::UNAUTHORIZED)?).into();
    let caller = service.tokens.get(&hash).ok_or(StatusCode::UNAUTHORIZED)?;
    let account = parameters.integrated_account_id;
    let credential = service.accounts.get(&account).ok_or(StatusCode::NOT_FOUND)?;
    let agent = serde_json::to_vec(&new_agent(user).ok_or(StatusCode::BAD_REQUEST)?).expect("an agent is JSON");
    let request = service.client.post(format!("{}/agents", service.vendor)).header(header::AUTHORIZATION, credential);
    let answer = request.header(header::CONTENT_TYPE, "application/json").body(agent).send().await;
    let answer = answer.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let status = answer.status();
    if !status.is_success() {
        return Err(status);
    }
    let body = answer.bytes().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let user = unified(&body).map_err(|_| StatusCode::BAD_GATEWAY)?;
    tracing::info!(%caller, %account, %status, "user created");
    Ok((StatusCode::CREATED, Json(user)).into_response())
}

fn new_agent(user: NewUser) -> Option<NewAgent> {
    let mut emails = user.emails;
    let primary = emails.iter().position(|email| email.kind.as_deref() == Some("primary")).unwrap_or(0);
    if emails.is_empty() {
        return None;
    }
    Some(NewAgent {
        email: emails.remove(primary).email,
        additional_emails: emails.into_iter().map(|email| email.email).collect(),
        display_name: user.name,
        first_name: user.first_name,
        last_name: user.last_name,
        avatar_url: user.avatar,
    })
}

fn unified(body: &[u8]) -> Result<UnifiedUser<'_>, serde_json::Error> {
    let Data { data: agent } = serde_json::from_slice(body)?;
    let email = |kind: &str, email| Email { email, kind: Some(kind.to_owned()) };
    let primary = agent.email.map(|address| email("primary", address));
    let others = agent.additional_emails.into_iter().map(|address| email("other", address));
    Ok(UnifiedUser {
        id: agent.id,
        name: agent.display_name,
        first_name: agent.first_name,
        last_name: agent.last_name,
        emails: primary.into_iter().chain(others).collect(),
        is_active: true,
        avatar: agent.avatar_url,
        roles: agent.roles.into_iter().map(|name| Role { id: name.clone(), name }).collect(),
        created_at: agent.created_at,
        updated_at: None,
        remote_data: serde_json::from_slice(body)?,
    })
}
