use mortise_tests::hostile;

#[test]
fn every_hostile_component_builds_and_is_a_component() {
    let directory = tempfile::tempdir().unwrap();
    for slug in hostile::all() {
        let bytes = std::fs::read(hostile::install(&slug, directory.path())).unwrap();
        assert_eq!(bytes.get(..8), Some(&b"\0asm\x0d\0\x01\0"[..]), "{slug}");
    }
}
