//! Values in a shell.

/// Quotes a value for the shell, whatever characters it has.
pub(super) fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
