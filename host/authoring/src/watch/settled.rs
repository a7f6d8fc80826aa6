//! Files that nobody is writing.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// How long a file must stay unchanged before its change counts, because editors and compilers write a file in several
/// steps.
pub const QUIET: Duration = Duration::from_millis(50);

/// Waits until nobody has written to a file for [`QUIET`], because nobody wants half a file.
pub async fn settled(file: &Path) {
    // An unknown time, or one in the future, says nothing.
    let age = || fs::metadata(file).and_then(|meta| meta.modified()).ok().and_then(|written| written.elapsed().ok());
    while let Some(left) = age().and_then(|age| QUIET.checked_sub(age)) {
        tokio::time::sleep(left.max(Duration::from_millis(1))).await;
    }
}
