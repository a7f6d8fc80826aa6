//! Signatures of webhooks: those of Standard Webhooks 1.0, and that of the API that this one follows.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Prefix of every secret. The key of Standard Webhooks follows it, in base64.
const PREFIX: &str = "whsec_";

/// The values of the signing headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatures {
    /// `webhook-signature`: `v1,<base64>` for each secret, separated by blanks.
    pub standard: String,
    /// `x-truto-signature`: `format=sha256,v=<hex>`, and `,v=<hex>` for a secret that was replaced.
    pub plain: String,
}

/// Signs a body for one attempt, with each of the secrets. `None` if one of them is not a secret that this host drew.
pub fn sign(secrets: &[SecretString], id: &str, timestamp: i64, body: &[u8]) -> Option<Signatures> {
    let head = format!("{id}.{timestamp}.");
    let (mut standard, mut plain) = (Vec::new(), String::from("format=sha256"));
    for secret in secrets {
        let secret = secret.expose_secret();
        let key = Zeroizing::new(BASE64_STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?);
        standard.push(format!("v1,{}", BASE64_STANDARD.encode(mac(&key, &[head.as_bytes(), body])?)));
        plain.push_str(",v=");
        plain.push_str(&hex::encode(mac(secret.as_bytes(), &[body])?));
    }
    Some(Signatures { standard: standard.join(" "), plain })
}

/// HMAC-SHA256; `None` without a key.
fn mac(key: &[u8], parts: &[&[u8]]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok().filter(|_| !key.is_empty())?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the reference libraries of Standard Webhooks, and of `docs/webhooks.md`.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;

    fn signed(secrets: &[&str]) -> Option<Signatures> {
        let secrets: Vec<_> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
        sign(&secrets, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, BODY)
    }

    #[test]
    fn the_vector_of_standard_webhooks_is_signed_as_its_libraries_sign_it() {
        let signed = signed(&[SECRET]).unwrap();
        assert_eq!(signed.standard, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
        let expected = "format=sha256,v=e0fc16c6d4a28f39a6e0935569f05d86e87367db24a4b6d9271215c603e49f6a";
        assert_eq!(signed.plain, expected);
    }

    #[test]
    fn each_secret_signs_and_what_is_none_signs_nothing() {
        let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let (one, two) = (signed(&[SECRET]).unwrap(), signed(&[other, SECRET]).unwrap());
        assert!(two.standard.ends_with(&format!(" {}", one.standard)) && two.standard.matches("v1,").count() == 2);
        assert!(two.plain.ends_with(one.plain.trim_start_matches("format=sha256")));
        for wrong in ["whsec_", "C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_%", ""] {
            assert_eq!(signed(&[wrong]), None, "{wrong}");
        }
    }
}
