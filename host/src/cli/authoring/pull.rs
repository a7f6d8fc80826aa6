//! `mortise pull`: gets a component from a registry.

use anyhow::{Context, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;
use mortise_files::{self as files, TemporaryDir};
use mortise_policy::grant::{self, GrantError};
use serde_json::json;

use super::check::Review;
use crate::cli::args::PluginArgs;
use crate::cli::grant::request;
use crate::cli::output::{Json, print_json, print_line};
use crate::cli::run::block_on;
use crate::config::Config;
use crate::package::{Pulled, Registry};
use crate::plugin::lock::Source;
use crate::plugin::{Candidate, LockFile};

/// Gets a component from a registry into the plugins directory, and grants nothing
///
/// Refuses a component that a host would refuse. If the component or its origins differ from what is granted, `serve`
/// refuses it until `mortise grant`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise pull oci://registry.example.com/integrations/acme:1.2.0
  mortise pull oci://registry.example.com/integrations/acme@sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
  mortise grant acme

Checks every digest. Writes reference and digest to mortise.lock, and says if the tag has moved since. Credentials:
MORTISE_REGISTRY_USER and MORTISE_REGISTRY_PASSWORD for the registry that MORTISE_REGISTRY names (host[:port]), or those of
`docker login`. Plain HTTP is only for registries on this machine. After 15 minutes it gives up.")]
pub(in crate::cli) struct Pull {
    /// The component: oci://<registry>/<repository>:<tag>, or @sha256:<digest>
    #[arg(value_name = "REFERENCE")]
    reference: String,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: PluginArgs,
}

impl Pull {
    pub(super) fn run(self) -> Result<()> {
        let config = self.config.load()?;
        let registry = Registry::open(&self.reference, &config.egress)?;
        // A plugins directory that cannot be used is an error before anything is fetched.
        LockFile::load(&config.lock_file)?;
        let place = || format!("{} cannot be opened (plugins_dir)", config.plugins_dir.display());
        Dir::create_ambient_dir_all(&config.plugins_dir, ambient_authority()).with_context(place)?;
        let plugins = Dir::open_ambient_dir(&config.plugins_dir, ambient_authority()).with_context(place)?;

        let (pulled, candidate) = block_on(fetch(&config, &registry))?;
        let slug = pulled.slug;
        let source = Source {
            reference: registry.reference().to_owned(),
            manifest: pulled.manifest,
            digest: candidate.digest.clone(),
        };
        let name = format!("{slug}.wasm");
        files::write_atomic(&plugins, &name, &pulled.wasm, 0o644)
            .with_context(|| format!("cannot write {}", config.plugins_dir.join(&name).display()))?;
        let (before, granted) = LockFile::update(&config.lock_file, |lock| {
            (lock.sources.insert(slug.clone(), source.clone()), lock.plugins.get(&slug).cloned())
        })?;
        let moved = before.filter(|before| {
            registry.tag().is_some() && before.reference == source.reference && before.manifest != source.manifest
        });
        let verdict = grant::check(&candidate.asks(), granted.as_ref());
        if let Some(moved) = &moved {
            eprintln!("warning: the tag has moved: it was {}, and is {}", moved.manifest, source.manifest);
        }
        if self.json.json {
            let (new_origins, new_headers) = match &verdict {
                Err(GrantError::Wider { origins, headers }) => (origins.as_slice(), headers.as_slice()),
                _ => Default::default(),
            };
            return print_json(&json!({
                "slug": slug,
                "digest": source.digest,
                "reference": source.reference,
                "manifest": source.manifest,
                "moved_from": moved.map(|moved| moved.manifest),
                "granted": verdict.is_ok(),
                "new_origins": new_origins,
                "new_headers": new_headers,
            }));
        }
        eprint!("{}", request(&candidate, granted.as_ref(), Some(&source))?);
        print_line(&format!("pulled {slug} into {}", config.plugins_dir.join(&name).display()))?;
        if let Err(refused) = verdict {
            eprintln!("not served yet: {}", refused.explain(&slug));
        }
        Ok(())
    }
}

/// Gets the component and loads it aside, as a host would: a refused one replaces nothing.
async fn fetch(config: &Config, registry: &Registry) -> Result<(Pulled, Candidate)> {
    let pulled = registry.pull(config.limits.largest_component()).await?;
    let aside = TemporaryDir::new().context("cannot make a temporary directory")?;
    let path = aside.path().join(format!("{}.wasm", pulled.slug));
    std::fs::write(&path, &pulled.wasm).with_context(|| format!("cannot write {}", path.display()))?;
    let review = Review::of(config, &path).await?;
    let candidate = review.accepted().with_context(|| format!("{} is not installed", registry.reference()))?;
    Ok((pulled, candidate))
}
