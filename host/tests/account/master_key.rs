//! The key file and the key text.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mortise::account::{KeyError, MasterKey, MasterKeys, OwnedKeyFile};

use super::chain;

/// The id of the only key.
fn id(keys: &MasterKeys) -> String {
    let ids: Vec<_> = keys.ids().collect();
    assert_eq!(ids.len(), 1);
    ids[0].to_owned()
}

#[test]
fn a_generated_key_is_private_and_loads_as_the_same_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let generated = MasterKey::generate_file(&path).unwrap();

    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(id(&MasterKeys::load(&path).unwrap()), generated.id());
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
        let error = MasterKeys::load(&path).unwrap_err();
        assert!(matches!(error, KeyError::Exposed { .. }), "{mode:o}");
        assert!(error.to_string().contains(&format!("chmod 600 {}", path.display())), "{error}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(MasterKeys::load(&path).is_ok());
}

#[test]
fn a_missing_key_says_how_to_make_one() {
    let directory = tempfile::tempdir().unwrap();
    let error = MasterKeys::load(&directory.path().join("master.key")).unwrap_err();
    assert!(matches!(error, KeyError::Missing(_)));
    assert!(error.to_string().contains("mortise key init"), "{error}");
    assert!(matches!(MasterKeys::load(directory.path()), Err(KeyError::Exposed { .. } | KeyError::NotAFile(_))));
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
    for text in ["", "canary0123", &"0".repeat(63), &"0".repeat(65), &"z".repeat(64), &"A".repeat(5000)] {
        let error = MasterKey::from_text(text).unwrap_err();
        assert!(chain(&error).contains(MasterKey::ENVIRONMENT) && !chain(&error).contains("canary0123"));
        fs::write(&path, text).unwrap();
        let error = MasterKeys::load(&path).unwrap_err();
        assert!(matches!(error, KeyError::Malformed { .. }));
        assert!(chain(&error).contains("master.key") && !chain(&error).contains("canary0123"));
    }
}

#[test]
fn several_keys_are_parted_by_lines_or_commas_and_one_bad_one_spoils_all() {
    let [a, b] = [1, 2].map(|byte| hex::encode([byte; 32]));
    let ids = |text: &str| MasterKeys::from_text(text).map(|keys| keys.ids().map(str::to_owned).collect::<Vec<_>>());
    let both = [&a, &b].map(|text| MasterKey::from_text(text).unwrap().id().to_owned());
    for text in [format!("{a}\n{b}\n"), format!("{a},{b}"), format!(" {a} , {b}")] {
        assert_eq!(ids(&text).unwrap(), both);
        assert!(MasterKeys::from_text(&text).unwrap().is_rotating());
    }
    assert!(ids(&format!("{a}\n{b}0")).is_err());
}

#[test]
fn a_rotation_of_the_file_can_end_after_any_step_and_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let old = MasterKey::generate_file(&path).unwrap().id().to_owned();
    let file = OwnedKeyFile::take(&path).unwrap();
    assert!(matches!(OwnedKeyFile::take(&path), Err(KeyError::Busy(_))), "one rotation at a time");
    let begun: Vec<_> = file.begin().unwrap().ids().map(str::to_owned).collect();
    assert_eq!((begun.len(), &begun[1]), (2, &old));
    drop(file);

    let file = OwnedKeyFile::take(&path).unwrap();
    assert!(file.keys().unwrap().is_rotating());
    let retired = directory.path().join(format!("master.key.{old}"));
    for attempt in 0..2 {
        let paths = file.end().unwrap();
        assert_eq!(paths, if attempt == 0 { vec![retired.clone()] } else { vec![] });
        assert_eq!(id(&file.keys().unwrap()), begun[0]);
    }
    assert_eq!(id(&MasterKeys::load(&retired).unwrap()), old);
    for path in [&path, &retired] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o7777, 0o600);
    }
}

#[test]
fn a_rotation_removes_the_half_written_keys_of_one_that_was_killed_and_names_the_retired_ones() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let key = MasterKey::generate_file(&path).unwrap();
    let unique = "0123456789abcdef0123456789abcdef";
    let unfinished = [format!(".master.key.{unique}"), format!(".master.key.{}.{unique}", key.id())];
    let others = [".master.key.swp", ".other.key.0123456789abcdef0123456789abcdef", "master.key.backup", "master.keys"];
    for name in unfinished.iter().map(String::as_str).chain(others) {
        fs::write(directory.path().join(name), "ab".repeat(32)).unwrap();
    }
    let file = OwnedKeyFile::take(&path).unwrap();
    for name in &unfinished {
        assert!(!directory.path().join(name).exists(), "{name}");
    }
    for name in others {
        assert!(directory.path().join(name).exists(), "{name}");
    }
    assert!(file.retired().unwrap().is_empty());
    file.begin().unwrap();
    let retired = file.end().unwrap();
    assert_eq!(file.retired().unwrap(), retired);
}
