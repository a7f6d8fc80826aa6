//! What the document does not say, and the author must.

/// One TODO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    /// The operation, by method and path, or the part of the document.
    pub place: String,
    /// What to do.
    pub what: String,
}

/// All TODOs, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Todos(pub(super) Vec<Todo>);

impl Todos {
    /// Adds one. Text of the document stays on its line, wherever it is shown.
    pub(super) fn add(&mut self, place: &str, what: String) {
        let [place, what] = [place, &what].map(one_line);
        self.0.push(Todo { place, what });
    }

    /// The TODOs of the chosen places, as comments of Rust.
    pub(super) fn comments(&self, is_chosen: impl Fn(&str) -> bool) -> String {
        self.0.iter().filter(|todo| is_chosen(&todo.place)).map(Todo::comment).collect()
    }
}

impl Todo {
    /// `// TODO(POST /users): …`, in lines that fit at any indentation.
    fn comment(&self) -> String {
        const WIDTH: usize = 112;
        wrapped(&format!("TODO({}): {}", self.place, self.what), "// ", "// ", WIDTH)
    }
}

/// A text in lines of at most `width` characters, unless a word is longer: the first begins with `first`, the others with `next`.
pub(super) fn wrapped(text: &str, first: &str, next: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("{next}{word}")),
            None => lines.push(format!("{first}{word}")),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Text of a document on one line, without characters that could end a comment or move a cursor.
pub(super) fn one_line(text: &str) -> String {
    mortise_terminal::plain(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}
