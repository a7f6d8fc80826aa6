//! The subcommands for authors.

use std::error::Error;

use anyhow::Result;
use clap::Subcommand;
use mortise_authoring::build::BuildFailed;
use mortise_authoring::project::ProjectError;
use mortise_authoring::scaffold::ScaffoldError;

use super::{build, check, demo, dev, docs, new, package, pull, push, record, sdk, test, vendor};
use crate::package::RegistryError;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AuthoringCommand {
    Demo(demo::Demo),
    Dev(dev::Dev),
    New(new::New),
    Sdk(sdk::Sdk),
    Build(build::Build),
    Test(test::Test),
    Record(record::Record),
    Vendor(vendor::Vendor),
    Check(check::Check),
    Docs(docs::Docs),
    Package(package::Package),
    Push(push::Push),
    Pull(pull::Pull),
}

impl AuthoringCommand {
    pub(in crate::cli) fn run(self) -> Result<()> {
        match self {
            Self::Demo(demo) => demo.run(),
            Self::Dev(dev) => dev.run(),
            Self::New(new) => new.run(),
            Self::Sdk(sdk) => sdk.run(),
            Self::Build(build) => build.run(),
            Self::Test(test) => test.run(),
            Self::Record(record) => record.run(),
            Self::Vendor(vendor) => vendor.run(),
            Self::Check(check) => check.run(),
            Self::Docs(docs) => docs.run(),
            Self::Package(package) => package.run(),
            Self::Push(push) => push.run(),
            Self::Pull(pull) => pull.run(),
        }
    }

    /// Whether the command works for so long that a person watches its progress.
    pub(in crate::cli) fn shows_progress(&self) -> bool {
        matches!(self, Self::Demo(_) | Self::Dev(_) | Self::Build(_) | Self::Docs(_))
    }
}

/// Whether a build failed, whose tools have printed why.
pub(in crate::cli) fn is_build(cause: &(dyn Error + 'static)) -> bool {
    cause.is::<BuildFailed>()
}

/// Whether the author must change something before another attempt can succeed.
pub(in crate::cli) fn is_configuration(cause: &(dyn Error + 'static)) -> bool {
    cause.is::<ProjectError>()
        || cause.downcast_ref().is_some_and(|e| !matches!(e, ScaffoldError::Write { .. }))
        || cause.downcast_ref().is_some_and(|e| matches!(e, RegistryError::Reference { .. }))
}
