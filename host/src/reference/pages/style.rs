//! The stylesheet of the documentation pages, with a digest in its name so that browsers may keep it for ever.

use std::sync::LazyLock;

use crate::assets::digest;

/// The stylesheet. The connect page's begins with the same colors.
pub const STYLE: &str = concat!(include_str!("../../assets/colors.css"), include_str!("style.css"));

/// The stylesheet's path: `/docs/style-<digest>.css`.
pub fn style_path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| format!("/docs/style-{}.css", digest(STYLE)));
    &PATH
}
