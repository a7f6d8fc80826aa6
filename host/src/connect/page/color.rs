//! The operator's color as a stylesheet of its own: the pages' policy allows no inline styles.

use crate::config::Color;

/// Background colors of the stylesheet, light and dark.
const PAPERS: [(&str, [u8; 3]); 2] = [("light", [0xff, 0xff, 0xff]), ("dark", [0x14, 0x17, 0x1a])];
/// Least contrast between text and its background (WCAG 2.2, 1.4.3).
const LEAST_CONTRAST: f64 = 4.5;

/// The stylesheet's path: `/connect-account/color-<hex>.css`.
pub fn path(color: &Color) -> String {
    format!("/connect-account/color-{}.css", color.as_str().trim_start_matches('#'))
}

/// The stylesheet with the operator's color. Buttons have it as background, with black or white text, whichever has
/// more contrast. Links have the color only if its contrast with the page's background is enough.
pub fn stylesheet(color: &Color) -> String {
    let channels = channels(color);
    let on = |text: [u8; 3]| contrast(channels, text);
    let text = if on([0xff; 3]) >= on([0; 3]) { "#ffffff" } else { "#000000" };
    let mut css = format!(":root {{ --accent: {color}; --on-accent: {text}; }}\n");
    for (scheme, paper) in PAPERS {
        if contrast(channels, paper) >= LEAST_CONTRAST {
            css += &format!("@media (prefers-color-scheme: {scheme}) {{ :root {{ --link: {color}; }} }}\n");
        }
    }
    css
}

fn channels(color: &Color) -> [u8; 3] {
    let number = u32::from_str_radix(color.as_str().trim_start_matches('#'), 16).unwrap_or_default();
    let [_, red, green, blue] = number.to_be_bytes();
    [red, green, blue]
}

/// Contrast ratio (WCAG 2.2), from 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(channels: [u8; 3]) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = channels.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::super::STYLE;
    use super::*;

    #[test]
    fn the_papers_are_those_of_the_stylesheet() {
        let papers = STYLE.lines().filter_map(|line| line.trim().strip_prefix("--paper: "));
        let known = PAPERS.map(|(_, [red, green, blue])| format!("#{red:02x}{green:02x}{blue:02x};"));
        assert_eq!(papers.collect::<Vec<_>>(), known);
    }

    #[test]
    fn text_on_any_color_can_be_read() {
        for channels in (0..=0xff_u8).step_by(15).flat_map(|a| (0..=0xff_u8).step_by(15).map(move |b| [a, b, a ^ b])) {
            let best = contrast(channels, [0xff; 3]).max(contrast(channels, [0; 3]));
            assert!(best >= LEAST_CONTRAST, "{channels:?}");
        }
    }

    #[test]
    fn a_color_is_of_buttons_always_and_of_links_where_it_can_be_read() {
        let css = |color: &str| stylesheet(&color.parse().unwrap());
        let navy = css("#00214d");
        assert!(navy.contains("--accent: #00214d; --on-accent: #ffffff;"), "{navy}");
        assert!(navy.contains("light) { :root { --link: #00214d") && !navy.contains("dark"), "{navy}");
        let yellow = css("#FFDD00");
        assert!(yellow.contains("--accent: #ffdd00; --on-accent: #000000;"), "{yellow}");
        assert!(yellow.contains("dark) { :root { --link: #ffdd00") && !yellow.contains("light"), "{yellow}");
    }
}
