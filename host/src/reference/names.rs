//! Names of categories and operations for people.

use mortise_model::{Category, Operation};

/// A category's name for people.
pub fn category_name(category: Category) -> &'static str {
    match category {
        Category::Ticketing => "Ticketing",
        Category::UserDirectory => "User directory",
        Category::Crm => "CRM",
    }
}

/// An operation's name for people.
pub fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::CreateUser => "Create a user",
        Operation::UpdateUser => "Update a user",
        Operation::GetUser => "Get a user",
        Operation::ListUsers => "List users",
        Operation::DeleteUser => "Delete a user",
    }
}
