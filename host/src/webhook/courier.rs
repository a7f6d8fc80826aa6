//! One attempt: a signed request, its answer, and the meaning of the answer.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use crate::account::{AccountError, Webhook, Webhooks, whole_micros};
use crate::config::{Config, WebhookConfig};
use crate::egress::resolve::ForbiddenAddress;
use crate::egress::{ConnectError, Transport, TransportError, VendorResponse, asked_wait};

use super::sign;

/// Bytes that the host reads of an error's body.
const READ: usize = 4 << 10;
/// Characters that the host keeps of it.
const KEPT: usize = 256;
/// Time that the body has to arrive. The status counts without the body.
const ARRIVES: Duration = Duration::from_secs(2);

/// The failure of an attempt: the receiver did not take the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// HTTP status of its answer, if there was one.
    pub status: Option<u16>,
    /// Why, with the first characters of its answer. Holds no secret of the host.
    pub error: String,
    /// Pause that the receiver asks for.
    pub asked: Option<Duration>,
    /// Whether the host could not make the attempt, so that the failure is not the receiver's.
    pub is_unmade: bool,
}

impl Refused {
    fn new(error: impl Into<String>) -> Self {
        Self { status: None, error: error.into(), asked: None, is_unmade: false }
    }

    /// Whether the receiver wants no more events (410).
    pub fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE.as_u16())
    }
}

/// Sends requests to endpoints, under the same rules for addresses as vendor requests.
#[derive(Clone)]
pub struct Courier {
    webhooks: Webhooks,
    transport: Arc<dyn Transport>,
    config: WebhookConfig,
    time: Duration,
}

impl Courier {
    /// A courier that sends over `transport`.
    pub fn new(webhooks: Webhooks, transport: Arc<dyn Transport>, config: &Config) -> Self {
        let time = Duration::from_millis(config.limits.webhook_timeout_ms);
        Self { webhooks, transport, config: config.webhook.clone(), time }
    }

    /// Sends a body once, and returns the status with which the receiver took it. A redirect counts as a failure; the
    /// host does not follow it.
    ///
    /// # Errors
    /// Why the receiver did not take it.
    pub async fn send(&self, webhook: &Webhook, event: Uuid, body: &str) -> Result<u16, Refused> {
        let request = self.request(webhook, event, body).map_err(|refused| Refused { is_unmade: true, ..refused })?;
        let exempt = self.config.exempts(request.url());
        let exchange = async {
            // The endpoint's id replaces the account's: no other endpoint shares its connections.
            let response = self.transport.send(webhook.id, exempt, request).await;
            judge(response.map_err(|error| Refused::new(told(&error)))?).await
        };
        let late = || Refused::new(format!("no answer within {} ms", self.time.as_millis()));
        tokio::time::timeout(self.time, exchange).await.unwrap_or_else(|_| Err(late()))
    }

    /// Sends an event `test` once. It is not in the queue, so the host does not send it again.
    ///
    /// # Errors
    /// Why the receiver did not take it.
    pub async fn test(&self, webhook: &Webhook) -> Result<u16, Refused> {
        let (event, now) = (Uuid::now_v7(), whole_micros(Timestamp::now()));
        let body = json!({ "id": event, "event": "test", "payload": {}, "webhook_id": webhook.id, "created_at": now });
        self.send(webhook, event, &body.to_string()).await
    }

    fn request(&self, webhook: &Webhook, event: Uuid, body: &str) -> Result<reqwest::Request, Refused> {
        let url = Url::parse(&webhook.target_url).map_err(|_| Refused::new("the target is no URL"))?;
        let secrets = self.webhooks.secrets(webhook).map_err(|error| Refused::new(closed(&error)))?;
        let (id, timestamp) = (event.to_string(), Timestamp::now().as_second());
        let signatures = sign(&secrets, &id, timestamp, body.as_bytes());
        let signatures = signatures.ok_or_else(|| Refused::new("the secret cannot be used: rotate it"))?;
        let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Refused::new("the request cannot be sent"));
        let mut request = reqwest::Request::new(Method::POST, url);
        let headers: &mut HeaderMap = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("webhook-id", value(&id)?);
        headers.insert("webhook-timestamp", HeaderValue::from(timestamp));
        headers.insert("webhook-signature", value(&signatures.standard)?);
        headers.insert("x-truto-signature", value(&signatures.plain)?);
        *request.body_mut() = Some(body.to_owned().into());
        Ok(request)
    }
}

/// The meaning of an answer. Only a status of 2xx takes the event (Standard Webhooks).
async fn judge(response: VendorResponse) -> Result<u16, Refused> {
    let status = response.status();
    if status.is_success() {
        return Ok(status.as_u16());
    }
    let (head, body) = response.into_parts();
    let words = tokio::time::timeout(ARRIVES, words(body)).await.unwrap_or_default();
    let error = match words.is_empty() {
        true => format!("the receiver answered {status}"),
        false => format!("the receiver answered {status}: {words}"),
    };
    Err(Refused { status: Some(status.as_u16()), error, asked: asked_wait(head.headers), is_unmade: false })
}

/// The beginning of a body, on one line. A part that cannot be read is left out.
async fn words(mut body: reqwest::Body) -> String {
    let mut read = Vec::new();
    while read.len() < READ {
        let Some(Ok(frame)) = body.frame().await else { break };
        if let Ok(piece) = frame.into_data() {
            read.extend_from_slice(&piece);
        }
    }
    let text = String::from_utf8_lossy(&read);
    text.replace(char::is_control, " ").trim().chars().take(KEPT).collect()
}

/// Why there is no answer, for the operator.
fn told(error: &TransportError) -> String {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(forbidden) = inner.downcast_ref::<ForbiddenAddress>() {
            return format!("{forbidden}: the operator can allow other receivers (webhook.allow_private)");
        }
        cause = inner.source();
    }
    match error {
        TransportError::Host(reason) => {
            format!("{reason}: the operator can allow other receivers (webhook.allow_private)")
        }
        TransportError::Connect(error) => match error {
            ConnectError::Tls(error) => format!("no TLS connection to the receiver: {error}"),
            ConnectError::Proxy(_) => {
                "the proxy of this host (egress.proxy) does not connect to the receiver".to_owned()
            }
            ConnectError::Files(_) | ConnectError::Late(_) => format!("the receiver was not reached: {error}"),
            ConnectError::Dial(_) | ConnectError::Http(_) => format!("the receiver was not reached: {}", root(error)),
            ConnectError::Address => {
                "the receiver was not reached: http is allowed only for origins in webhook.allow_private".to_owned()
            }
        },
        TransportError::Unsent(_) | TransportError::Broken(_) => {
            "the receiver closed the connection without an answer".to_owned()
        }
        TransportError::Status(status) => {
            format!("the receiver answered with status {status}, which HTTP does not have")
        }
        TransportError::Request(_) => "the request cannot be sent".to_owned(),
    }
}

/// The first cause of an error, for example that a name was not found or a connection refused.
fn root<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    std::iter::successors(Some(error), |&error| error.source()).last().unwrap_or(error)
}

fn closed(error: &AccountError) -> String {
    let error = format!("{error:#}");
    tracing::error!(error, "the secret of a webhook does not open");
    "the secret does not open with the master keys that are loaded: load the key that sealed it, or rotate the secret"
        .to_owned()
}
