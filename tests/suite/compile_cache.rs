//! Compiled artefacts are native code: a host loads only artefacts that it wrote, and losing all of them is safe.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use futures_util::future::join_all;
use mortise::config::{Class, Limits};
use mortise::engine::Engine;
use mortise_policy::grant::digest;
use mortise_tests::host::{Host, Setup, mortise_binary};
use mortise_tests::hostile;
use tempfile::TempDir;

/// An executable that does not exist. A host with this compiler can load artefacts from its cache only.
const NO_COMPILER: &str = "/nonexistent/mortise";

/// Bytes of the tag at the end of an artefact's file.
const TAG: usize = 32;

fn tiny(slug: &str) -> Vec<u8> {
    hostile::from_text(slug, "(func $attack)")
}

/// A data directory with an artefact that a host compiled, and the component.
struct Compiled {
    data: TempDir,
    wasm: Vec<u8>,
    digest: String,
}

impl Compiled {
    async fn new() -> Self {
        let (data, wasm) = (tempfile::tempdir().expect("a temporary directory"), tiny("tiny"));
        let compiled = Self { digest: digest(&wasm), data, wasm };
        compiled.load(&compiled.engine(&mortise_binary())).await.expect("it compiles");
        compiled
    }

    /// The engine of another start of a host on this data directory.
    fn engine(&self, compiler: &Path) -> Engine {
        try_engine(self.data.path(), compiler).expect("an engine")
    }

    async fn load(&self, engine: &Engine) -> Result<(), String> {
        engine
            .load(Class::Ordinary, self.wasm.clone(), &self.digest)
            .await
            .map(drop)
            .map_err(|error| format!("{error:#}"))
    }

    /// Whether a start would load the artefact in its present state.
    async fn loads(&self) -> bool {
        match self.load(&self.engine(Path::new(NO_COMPILER))).await {
            Ok(()) => true,
            Err(message) => {
                assert!(message.contains(NO_COMPILER), "only the compiler is missing: {message}");
                false
            }
        }
    }

    /// Asserts that a start does not load the artefact, and that a start with a compiler replaces it.
    async fn assert_recompiled(&self, what: &str) {
        assert!(!self.loads().await, "{what} is loaded");
        self.load(&self.engine(&mortise_binary())).await.unwrap_or_else(|message| panic!("{what}: {message}"));
        assert!(self.loads().await, "{what} is not replaced");
    }

    fn cache(&self) -> PathBuf {
        self.data.path().join("cache")
    }

    fn artefact(&self) -> PathBuf {
        let found = artefacts(&self.cache());
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }
}

fn try_engine(data: &Path, compiler: &Path) -> Result<Engine, String> {
    let dir = Dir::open_ambient_dir(data, ambient_authority()).expect("the data directory");
    // Few slots, so that an engine in each test fits into the address space.
    let limits = Limits { concurrent_calls: 4, ..Limits::default() };
    Engine::new(&limits, &dir, compiler.to_owned()).map_err(|error| format!("{error:#}"))
}

fn artefacts(cache: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(cache).expect("the cache can be listed").flatten().map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "cwasm")).collect()
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_start_does_not_compile() {
    let host = |data, compiler: &str| {
        let setup = ["one", "two"].into_iter().fold(Setup::new().own_cache(), |s, slug| s.component(slug, &tiny(slug)));
        setup.compiler(Path::new(compiler)).try_start_in(data)
    };
    let states = |host: &Host| ["one", "two"].map(|slug| host.app.service.registry.get(slug).is_some());
    let mortise = mortise_binary().display().to_string();
    let data = tempfile::tempdir().expect("a temporary directory");
    let cold = host(data, NO_COMPILER).await.expect("a host starts without plugins that work");
    assert_eq!(states(&cold), [false, false], "without artefacts and a compiler, the host loads no component");
    let reason = cold.app.service.registry.status("one").and_then(|status| status.reason).expect("a reason");
    assert!(reason.contains(NO_COMPILER), "{reason}");
    let first = host(cold.shut_down().await, &mortise).await.expect("a host");
    assert_eq!(states(&first), [true, true]);
    let warm = host(first.shut_down().await, NO_COMPILER).await.expect("a host");
    assert_eq!(states(&warm), [true, true], "loaded from the cache");

    // The host can make the content of the cache again: without the cache it compiles again.
    let data = warm.shut_down().await;
    fs::remove_dir_all(data.path().join("cache")).expect("our own directory");
    let again = host(data, &mortise).await.expect("a host");
    assert_eq!(states(&again), [true, true]);
    assert_eq!(artefacts(&again.data.path().join("cache")).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artefact_with_one_flipped_byte_is_never_loaded() {
    let compiled = Compiled::new().await;
    let (path, without_compiler) = (compiled.artefact(), compiled.engine(Path::new(NO_COMPILER)));
    let whole = fs::read(&path).expect("readable");
    let tag = whole.len() - TAG..whole.len();
    let positions: Vec<_> = (0..whole.len()).step_by(997).chain(tag).collect();
    assert!(positions.len() > 50, "{} positions", positions.len());
    for at in positions {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x01;
        fs::write(&path, flipped).expect("our own file");
        assert!(compiled.load(&without_compiler).await.is_err(), "byte {at} of {} is flipped", whole.len());
    }
    for cut in [0, 1, TAG - 1, TAG, TAG + 1, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).expect("our own file");
        assert!(compiled.load(&without_compiler).await.is_err(), "cut to {cut} bytes");
    }
    fs::write(&path, [&whole[..], b"x"].concat()).expect("our own file");
    assert!(compiled.load(&without_compiler).await.is_err(), "one byte longer");
    compiled.assert_recompiled("a longer artefact").await;
    assert_eq!(compiled.artefact(), path);
    fs::write(&path, &whole).expect("our own file");
    assert!(compiled.loads().await, "the untouched bytes are loaded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_others_can_write_or_that_is_elsewhere_is_ignored() {
    let compiled = Compiled::new().await;
    let path = compiled.artefact();
    for mode in [0o620, 0o602, 0o660, 0o666] {
        chmod(&path, mode);
        compiled.assert_recompiled(&format!("a file with mode {mode:o}")).await;
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    for target in [elsewhere.path().join("artefact"), PathBuf::from("copy")] {
        let copy = compiled.cache().join(&target);
        fs::rename(&path, &copy).expect("our own file");
        symlink(&target, &path).expect("our own directory");
        compiled.assert_recompiled("a symbolic link to the very artefact").await;
        assert!(fs::symlink_metadata(&path).expect("there").is_file(), "the link is replaced");
        assert!(copy.exists(), "the target of the link is unchanged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_owner_is_ignored() {
    let compiled = Compiled::new().await;
    let nobody = Some(65_534);
    // Only root can change the owner of a file.
    if std::os::unix::fs::chown(compiled.artefact(), nobody, nobody).is_ok() {
        compiled.assert_recompiled("a file of another owner").await;
        std::os::unix::fs::chown(compiled.cache(), nobody, nobody).expect("root");
        let refused = try_engine(compiled.data.path(), &mortise_binary()).expect_err("the directory is another's");
        assert!(refused.contains("belongs to this user"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artefact_does_not_pass_for_that_of_another_component() {
    let compiled = Compiled::new().await;
    let (path, other) = (compiled.artefact(), tiny("other"));
    let name =
        path.file_name().and_then(|name| name.to_str()).expect("text").replace(&compiled.digest, &digest(&other));
    fs::rename(&path, compiled.cache().join(name)).expect("our own file");
    let engine = compiled.engine(Path::new(NO_COMPILER));
    assert!(engine.is_cached(&digest(&other)), "a file with that name exists");
    assert!(
        engine.load(Class::Ordinary, other, &digest(&tiny("other"))).await.is_err(),
        "the file belongs to another component"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn artefacts_of_another_configuration_are_purged() {
    let compiled = Compiled::new().await;
    let path = compiled.artefact();
    let stale = compiled.cache().join(format!("{}-0123456789abcdef.cwasm", compiled.digest));
    fs::rename(&path, &stale).expect("our own file");
    assert!(!compiled.loads().await);
    assert!(!stale.exists(), "the start removes it");
    compiled.load(&compiled.engine(&mortise_binary())).await.expect("it compiles");
    assert_eq!(compiled.artefact(), path);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_makes_everything_worthless() {
    let compiled = Compiled::new().await;
    let key = compiled.cache().join("key");
    let mut bytes = fs::read(&key).expect("readable");
    assert_eq!(fs::metadata(&key).expect("there").permissions().mode() & 0o777, 0o600);
    bytes[0] ^= 1;
    fs::write(&key, bytes).expect("our own file");
    compiled.assert_recompiled("an artefact of another key").await;
    fs::remove_file(&key).expect("our own file");
    compiled.assert_recompiled("an artefact of a lost key").await;
    for damage in [&b""[..], &[7; 63], &[7; 65]] {
        fs::write(&key, damage).expect("our own file");
        let refused = try_engine(compiled.data.path(), &mortise_binary()).expect_err("no key");
        assert!(refused.contains("its length is wrong): remove `cache`"), "{refused}");
    }
    chmod(&key, 0o620);
    let refused = try_engine(compiled.data.path(), &mortise_binary()).expect_err("a key that others can write");
    assert!(refused.contains("can be written by others): remove `cache`"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_directory_that_others_can_write_stops_the_start() {
    let data = tempfile::tempdir().expect("a temporary directory");
    let cache = data.path().join("cache");
    fs::create_dir(&cache).expect("our own directory");
    chmod(&cache, 0o770);
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    let setup = || Setup::new().own_cache().component("tiny", &tiny("tiny"));
    let refused = async |data: TempDir| {
        let path = data.path().to_owned();
        // The directory outlives the failed start.
        let kept = tempfile::tempdir_in(&path).expect("our own directory");
        let message = setup().try_start_in(data).await.err().expect("the host does not start");
        drop(kept);
        assert!(message.contains("no one else can write") && message.contains("remove `cache`"), "{message}");
    };
    refused(data).await;
    let data = tempfile::tempdir().expect("a temporary directory");
    symlink(elsewhere.path(), data.path().join("cache")).expect("our own directory");
    refused(data).await;
    assert_eq!(fs::read_dir(elsewhere.path()).expect("readable").count(), 0, "the host writes no file there");
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_at_once_on_one_data_directory_leave_whole_files() {
    let data = tempfile::tempdir().expect("a temporary directory");
    let components: Vec<_> = ["one", "two", "three"].map(tiny).into();
    let start = |path: PathBuf| {
        let components = components.clone();
        tokio::spawn(async move {
            let engine =
                tokio::task::spawn_blocking(move || try_engine(&path, &mortise_binary())).await.expect("no panic");
            let engine = engine.expect("an engine");
            for wasm in components {
                let digest = digest(&wasm);
                engine.load(Class::Ordinary, wasm, &digest).await.expect("it compiles");
            }
        })
    };
    for started in join_all((0..6).map(|_| start(data.path().to_owned()))).await {
        started.expect("every start succeeds");
    }
    let warm = try_engine(data.path(), Path::new(NO_COMPILER)).expect("an engine");
    for wasm in components {
        let digest = digest(&wasm);
        warm.load(Class::Ordinary, wasm, &digest).await.expect("it is in the cache");
    }
    let mut names: Vec<_> =
        fs::read_dir(data.path().join("cache")).expect("readable").flatten().map(|e| e.file_name()).collect();
    names.retain(|name| name != "key" && !name.to_string_lossy().ends_with(".cwasm"));
    assert_eq!(names, Vec::<std::ffi::OsString>::new(), "no half-written file is left");
    assert_eq!(artefacts(&data.path().join("cache")).len(), 3);
}
