//! One unified operation, with the integrations that offer it.

use mortise_model::{Category, Operation};

use super::{Endpoint, Field};

/// One operation in one category.
#[derive(Debug)]
pub struct UnifiedOperation {
    /// The category.
    pub category: Category,
    /// The operation.
    pub operation: Operation,
    /// The integrations that offer it, by slug.
    pub offered: Vec<Offer>,
    /// Parameters of its path.
    pub path: Vec<Field>,
    /// Query parameters that the host itself reads.
    pub query: Vec<Field>,
    /// Query parameters that integrations read, filters among them.
    pub declared: Vec<Field>,
    /// The orders of a list that integrations have, such as `sort_by[name]`.
    pub orders: Vec<Field>,
    /// Request headers that the host reads.
    pub headers: Vec<Field>,
    /// Fields of the body.
    pub request: Vec<Field>,
    /// Fields of the answer in the format `unified`.
    pub response: Vec<Field>,
}

/// An integration that offers an operation.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its slug.
    pub slug: String,
    /// Its name for people. Words of the plugin's author.
    pub label: String,
}

impl UnifiedOperation {
    /// Its endpoint.
    pub fn endpoint(&self) -> Endpoint {
        match self.operation {
            Operation::CreateUser => Endpoint::CREATE_USER,
            Operation::UpdateUser => Endpoint::UPDATE_USER,
            Operation::GetUser => Endpoint::GET_USER,
            Operation::ListUsers => Endpoint::LIST_USERS,
            Operation::DeleteUser => Endpoint::DELETE_USER,
        }
    }

    /// The method of its endpoint.
    pub fn method(&self) -> &'static str {
        self.endpoint().method.as_str()
    }

    /// The path of its endpoint in its category: `/unified/ticketing/users/{id}`
    pub fn route(&self) -> String {
        self.endpoint().path.replace("{category}", self.category.as_str())
    }

    /// Status of its success.
    pub fn status(&self) -> u16 {
        crate::unified::respond::success(self.operation).as_u16()
    }
}
