//! The body of a call.

use std::fs;
use std::io::{self, Read};

use anyhow::{Context, Result};
use clap::Args;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use mortise_model::Category;
use reqwest::{Method, RequestBuilder};

use super::target::Target;

#[derive(Debug, Args)]
pub(super) struct Document {
    /// The user as JSON: the text itself, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    data: String,
    /// Refuse fields that the integration would ignore
    #[arg(long)]
    strict: bool,
}

impl Document {
    pub(super) fn on(
        &self,
        target: &Target,
        method: Method,
        category: Category,
        id: Option<&str>,
    ) -> Result<RequestBuilder> {
        let strict = self.strict.then(|| ("mortise_strict", "true".to_owned()));
        let request = target.request(method, category, id, strict.as_slice())?;
        let json = HeaderValue::from_static("application/json");
        Ok(request.header(CONTENT_TYPE, json).body(body(&self.data)?))
    }
}

/// The value of `--data`: the text itself, `@FILE`, or `-` for standard input.
pub(in crate::cli) fn body(data: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match data.strip_prefix('@') {
        Some(file) => fs::File::open(file)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .with_context(|| format!("--data: cannot read {file}"))?,
        None if data == "-" => io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?,
        None => return Ok(data.as_bytes().to_vec()),
    };
    Ok(bytes)
}
