//! Log lines for programs: JSON objects, each with the request that it belongs to.
//!
//! `tracing_subscriber` has such a format, but for each line it parses the fields of the span into a tree again. Here a
//! span keeps them as the text that each line repeats.

use std::fmt::{self, Debug, Write};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent as _;
use tracing_subscriber::Layer;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormattedFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// The layer that writes these lines.
pub fn json_lines<S, W>(writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer().with_writer(writer).fmt_fields(Members).event_format(Lines)
}

/// Writes `{"timestamp":…,"level":…,<the line's fields>,"target":…,"span":{<its fields>,"name":…}}`. A line is in one span at most.
struct Lines;

/// Writes the fields of a span or a line as members of an object, each with a comma in front.
struct Members;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let of_log = event.normalized_metadata();
        let about = of_log.as_ref().unwrap_or_else(|| event.metadata());
        write!(writer, "{{\"timestamp\":\"{:.6}\",\"level\":\"{}\"", Timestamp::now(), about.level())?;
        context.format_fields(writer.by_ref(), event)?;
        writer.write_str(",\"target\":")?;
        text(&mut writer, about.target())?;
        let span = event.parent().and_then(|id| context.span(id)).or_else(|| context.lookup_current());
        if let Some(span) = span {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<N>>().map_or("", |fields| fields.fields.as_str());
            writer.write_str(",\"span\":{\"name\":")?;
            text(&mut writer, span.name())?;
            write!(writer, "{fields}}}")?;
        }
        writer.write_str("}\n")
    }
}

impl<'w> FormatFields<'w> for Members {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut members = Written { writer, result: Ok(()) };
        fields.record(&mut members);
        members.result
    }

    fn add_fields(&self, current: &'w mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        self.format_fields(current.as_writer(), fields)
    }
}

/// Members that are being written.
struct Written<'w> {
    writer: Writer<'w>,
    /// The first error.
    result: fmt::Result,
}

impl Written<'_> {
    fn member(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let name = field.name();
        // The source of a line of the `log` crate, which is in the line's head.
        if name.starts_with("log.") {
            return;
        }
        let name = name.strip_prefix("r#").unwrap_or(name);
        self.result = self.result.and_then(|()| {
            self.writer.write_char(',')?;
            text(&mut self.writer, name)?;
            self.writer.write_char(':')?;
            value(&mut self.writer)
        });
    }
}

impl Visit for Written<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no number for NaN and infinities.
        self.member(
            field,
            |writer| if value.is_finite() { write!(writer, "{value}") } else { writer.write_str("null") },
        );
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |writer| text(writer, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field, |writer| {
            writer.write_char('"')?;
            write!(Escaped(&mut *writer), "{value:?}")?;
            writer.write_char('"')
        });
    }
}

/// Writes a JSON string.
fn text(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    writer.write_char('"')?;
    Escaped(&mut *writer).write_str(text)?;
    writer.write_char('"')
}

/// Writes the inside of a JSON string (RFC 8259 §7).
struct Escaped<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
            let (plain, special) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut characters = special.chars();
            match characters.next() {
                Some('\n') => self.0.write_str("\\n")?,
                Some(c @ ('"' | '\\')) => write!(self.0, "\\{c}")?,
                Some(c) => write!(self.0, "\\u{:04x}", u32::from(c))?,
                None => {}
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing::field::Empty;
    use tracing_log::log::{Level, Record};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_one_object_with_its_fields_and_its_span() {
        let sink = Sink::default();
        let made = sink.clone();
        let subscriber = tracing_subscriber::registry().with(json_lines(move || made.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request", id = "a\"b", later = Empty);
            span.in_scope(|| {
                span.record("later", 7);
                let none: Option<u16> = None;
                tracing::warn!(text = "\u{1}\r\n\t\\ü", share = 0.5, none, wide = ?"q\"", "it {}", "happened");
            });
            tracing::info!(r#type = "x", "alone");
            let line = format_args!("of the crate");
            let record = Record::builder().level(Level::Warn).target("rustls").line(Some(7)).args(line).build();
            tracing_log::format_trace(&record).expect("a line");
        });
        let written = String::from_utf8(sink.0.lock().expect("no panic").clone()).expect("UTF-8");
        let lines: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let [inside, alone, of_log] = lines.as_slice() else { panic!("{written}") };
        let timestamp = inside["timestamp"].as_str().expect("a time");
        assert!(timestamp.ends_with('Z') && timestamp.parse::<Timestamp>().is_ok(), "{timestamp}");
        let mut told = inside.clone();
        told.as_object_mut().expect("an object").remove("timestamp");
        assert_eq!(
            told,
            json!({
                "level": "WARN", "message": "it happened", "text": "\u{1}\r\n\t\\ü", "share": 0.5, "wide": "\"q\\\"\"",
                "target": "mortise::observe::lines::tests",
                "span": { "name": "request", "id": "a\"b", "later": 7 },
            })
        );
        assert_eq!((&alone["type"], &alone["span"]), (&json!("x"), &Value::Null));
        let mut of_log = of_log.clone();
        of_log.as_object_mut().expect("an object").remove("timestamp");
        assert_eq!(of_log, json!({ "level": "WARN", "message": "of the crate", "target": "rustls" }));
    }
}
