//! The stylesheet and the icon. Their names have a digest, so that browsers may keep them for ever.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// The stylesheet. The connect page's begins with the same colors.
pub const STYLE: &str = concat!(include_str!("colors.css"), include_str!("style.css"));
/// The icon: a tenon in its mortise.
pub const ICON: &str = include_str!("icon.svg");

/// `/docs/style-<digest>.css`
pub fn style_path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| format!("/docs/style-{}.css", digest(STYLE)));
    &PATH
}

/// `/docs/icon-<digest>.svg`
pub fn icon_path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| format!("/docs/icon-{}.svg", digest(ICON)));
    &PATH
}

/// The part of a file's name that changes with its content.
pub(crate) fn digest(text: &str) -> String {
    let digest = hex::encode(Sha256::digest(text));
    digest.get(..16).unwrap_or(&digest).to_owned()
}
