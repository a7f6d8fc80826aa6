//! TLS towards vendors and registries: the trusted certificate authorities, and the messages about certificates that
//! they did not sign.

use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use mortise_files as files;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, Error, RootCertStore};
use rustls_platform_verifier::Verifier;

/// Largest file of certificate authorities, in bytes. The file of a whole machine has 250 KB.
const MAX_CA_FILE: u64 = 4 << 20;

/// TLS for HTTP/1.1 clients, with the certificate authorities of this machine and those of `ca_file`.
///
/// # Errors
/// If there are no authorities, or the file cannot be used.
pub fn tls_client(ca_file: Option<&Path>) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let own = ca_file.map_or_else(|| Ok(Vec::new()), authorities)?;
    let verifier = Verifier::new_with_extra_roots(own, provider.clone())
        .context("no certificate authorities are installed (Debian: apt-get install ca-certificates)")?;
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}

/// The certificates in a PEM file, each usable as an authority.
///
/// # Errors
/// The reason why the file cannot be used.
pub fn authorities(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let shown = file.display();
    let text = files::read(file, MAX_CA_FILE).with_context(|| format!("cannot read {shown}"))?;
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let number = found.len() + 1;
        let certificate = certificate.with_context(|| format!("{shown}: certificate {number} is damaged"))?;
        let taken = RootCertStore::empty().add(certificate.clone());
        taken.with_context(|| format!("{shown}: certificate {number} is not usable as an authority"))?;
        found.push(certificate);
    }
    ensure!(!found.is_empty(), "{shown} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
    Ok(found)
}

/// Why a handshake failed, for the operator and callers.
pub(super) fn reason(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(why)) => certificate(why),
        Some(Error::AlertReceived(alert)) => format!("it ended the handshake ({alert:?})"),
        Some(other) => other.to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "it closed the connection in the handshake".to_owned(),
        None => error.kind().to_string(),
    }
}

/// Whether another attempt would fail in the same way.
pub(super) fn is_lasting(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    matches!(inner, Some(Error::InvalidCertificate(_) | Error::PeerIncompatible(_)))
}

fn certificate(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => {
            "its certificate is of an authority that this host does not know (a private one goes into egress.ca_file)"
                .to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired, or this machine's clock is wrong".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet, or this machine's clock is wrong".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name".to_owned()
        }
        other => format!("its certificate cannot be used: {other}"),
    }
}
