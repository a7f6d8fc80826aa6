//! The key file and the key text.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mortise::account::{KeyError, MasterKey};

use super::chain;

#[test]
fn a_generated_key_is_private_and_loads_as_the_same_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let generated = MasterKey::generate_file(&path).unwrap();

    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(MasterKey::load(&path).unwrap().id(), generated.id());
    let other = MasterKey::generate_file(&directory.path().join("other.key")).unwrap();
    assert_ne!(other.id(), generated.id());
}

#[test]
fn an_existing_key_is_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    fs::write(&path, "precious").unwrap();
    let error = MasterKey::generate_file(&path).unwrap_err();
    assert!(matches!(error, KeyError::Exists(_)));
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    MasterKey::generate_file(&path).unwrap();
    for mode in [0o644, 0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = MasterKey::load(&path).unwrap_err();
        assert!(matches!(error, KeyError::Exposed { .. }), "{mode:o}");
        assert!(error.to_string().contains(&format!("chmod 600 {}", path.display())), "{error}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(MasterKey::load(&path).is_ok());
}

#[test]
fn a_missing_key_says_how_to_make_one() {
    let directory = tempfile::tempdir().unwrap();
    let error = MasterKey::load(&directory.path().join("master.key")).unwrap_err();
    assert!(matches!(error, KeyError::Missing(_)));
    assert!(error.to_string().contains("mortise key init"), "{error}");
    assert!(matches!(MasterKey::load(directory.path()), Err(KeyError::Exposed { .. } | KeyError::NotAFile(_))));
}

#[test]
fn a_key_reads_in_hexadecimal_and_base64() {
    let bytes: Vec<u8> = (200..232).collect();
    let id = MasterKey::from_text(&hex::encode(&bytes)).unwrap().id().to_owned();
    assert_eq!(id.len(), 8);
    for text in [
        hex::encode_upper(&bytes),
        format!("  {}\n", hex::encode(&bytes)),
        STANDARD.encode(&bytes),
        STANDARD.encode(&bytes).trim_end_matches('=').to_owned(),
        URL_SAFE_NO_PAD.encode(&bytes),
    ] {
        assert_eq!(MasterKey::from_text(&text).unwrap().id(), id, "{text}");
    }
}

#[test]
fn a_malformed_key_is_refused_without_being_shown() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    MasterKey::generate_file(&path).unwrap();
    for text in ["", "canary0123", &"0".repeat(63), &"0".repeat(65), &"z".repeat(64), &"A".repeat(2000)] {
        let error = MasterKey::from_text(text).unwrap_err();
        assert!(chain(&error).contains(MasterKey::ENVIRONMENT) && !chain(&error).contains("canary0123"));
        fs::write(&path, text).unwrap();
        let error = MasterKey::load(&path).unwrap_err();
        assert!(matches!(error, KeyError::Malformed { .. }));
        assert!(chain(&error).contains("master.key") && !chain(&error).contains("canary0123"));
    }
}
