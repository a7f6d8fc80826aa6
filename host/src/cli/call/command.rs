//! The subcommands.

use anyhow::Result;
use clap::Subcommand;
use reqwest::Method;

use super::create::Create;
use super::delete::Delete;
use super::get::Get;
use super::list::List;
use super::target::print;
use super::update::Update;
use crate::cli::run::block_on;

/// Makes one unified call to a host that serves
///
/// The answer's body goes to standard output, its status to standard error. Exit status 1 on an HTTP error.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Call {
    Create(Create),
    Update(Update),
    Get(Get),
    List(List),
    Delete(Delete),
}

impl Call {
    pub(in crate::cli) fn run(self) -> Result<()> {
        let request = match self {
            Self::List(list) => return block_on(list.run()),
            Self::Create(Create { category, document, key, target }) => {
                key.on(document.on(&target, Method::POST, category, None)?)?
            }
            Self::Update(Update { category, id, document, key, target }) => {
                key.on(document.on(&target, Method::PATCH, category, Some(&id))?)?
            }
            Self::Get(Get { category, id, target }) => target.request(Method::GET, category, Some(&id), &[])?,
            Self::Delete(Delete { category, id, key, target }) => {
                key.on(target.request(Method::DELETE, category, Some(&id), &[])?)?
            }
        };
        block_on(print(request))
    }
}
