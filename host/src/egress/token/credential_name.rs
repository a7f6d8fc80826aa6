//! Recognises credentials by the names that vendors give them.

/// Endings of credentials' names, without the characters between their words.
const CREDENTIAL_NAMES: [&str; 29] = [
    "token",
    "secret",
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "otp",
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
    "sessionkey",
    "authkey",
    "credential",
    "session",
    "sessionid",
    "sessid",
    "sid",
    "ticket",
    "signature",
    "sig",
    "hmac",
    "jwt",
    "assertion",
    "auth",
    "authorization",
    "bearer",
    "cookie",
];

/// Names that mean a credential only as a whole name, because they are parts of other names: `issue_key`, `keys`.
const WHOLE_CREDENTIAL_NAMES: [&str; 2] = ["key", "pin"];

/// Whether a member with this name is a credential: `access_token`, `apiKey`, `tokens`.
pub(crate) fn names_credential(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase());
    let name: String = letters.collect();
    let one = name.strip_suffix('s').unwrap_or(&name);
    WHOLE_CREDENTIAL_NAMES.contains(&name.as_str()) || CREDENTIAL_NAMES.iter().any(|ending| one.ends_with(ending))
}
