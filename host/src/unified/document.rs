//! Reads the document in a request's body and checks it against its category.

use serde_json::{Map, Value};

use super::body::{self, Body, BodyError};
use super::error::UnifiedError;
use super::failure::Failures;
use super::request::UnifiedRequest;
use super::{addresses, blank, schema};

/// A body that is not readable is one failure among others, so that the caller learns of all at once. If the operation
/// has no body, the host ignores the one that came with the request.
pub(super) fn read(request: &UnifiedRequest, failures: &mut Failures) -> Result<Option<Body>, UnifiedError> {
    if !request.operation.has_body() {
        return Ok(Some(Body { document: Map::new(), remote_data: None }));
    }
    match body::read(request.content_type.as_deref(), &request.body) {
        Err(BodyError::MediaType) => Err(UnifiedError::MediaType),
        Err(BodyError::Invalid(found)) => {
            failures.append(found);
            Ok(None)
        }
        Ok(mut body) => {
            let document = Value::Object(std::mem::take(&mut body.document));
            schema::check(request.category, &document, failures).map_err(anyhow::Error::from)?;
            if let Value::Object(document) = document {
                body.document = document;
            }
            blank::refuse(&body.document, failures);
            addresses::unite(&mut body.document, failures);
            Ok(Some(body))
        }
    }
}
