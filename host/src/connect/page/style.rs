//! The stylesheet and the script, with a digest in their names so that browsers may keep them for ever.

use std::sync::LazyLock;

use crate::assets::digest;

/// The stylesheet. It begins with the colors that all pages share.
pub const STYLE: &str = concat!(include_str!("../../assets/colors.css"), include_str!("style.css"));
/// The script.
pub const SCRIPT: &str = include_str!("connect.js");

/// The stylesheet's path: `/connect-account/style-<digest>.css`.
pub fn style_path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| format!("/connect-account/style-{}.css", digest(STYLE)));
    &PATH
}

/// The script's path: `/connect-account/connect-<digest>.js`.
pub fn script_path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| format!("/connect-account/connect-{}.js", digest(SCRIPT)));
    &PATH
}
