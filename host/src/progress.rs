//! Progress of long work: bars where a person watches, plain log lines where nobody does.
//!
//! Both go to standard error. Bars and log lines share the terminal through one [`MultiProgress`], so that a log line
//! never lands inside a bar: write logs through [`LogWriter`].

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::LazyLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::fmt::MakeWriter;

/// Hidden where standard error is no terminal.
static BARS: LazyLock<MultiProgress> = LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));

/// One piece of long work, shown until it is dropped.
#[derive(Debug)]
pub struct Progress {
    work: Cow<'static, str>,
    bar: ProgressBar,
    watched: bool,
}

impl Progress {
    /// Starts to show `work` ("building plugins"), which takes `steps` steps; `None` where nobody knows.
    pub fn start(work: impl Into<Cow<'static, str>>, steps: Option<usize>) -> Self {
        let work = work.into();
        let watched = !BARS.is_hidden();
        // Takes steps without a length, and draws nowhere until it is added.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let bar = if watched { BARS.add(bar) } else { bar };
        if watched {
            let template = match steps {
                Some(_) => "{spinner} {prefix} [{bar:24}] {pos}/{len} {elapsed} {wide_msg}",
                None => "{spinner} {prefix} {pos} {elapsed} {wide_msg}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(work.to_string());
            bar.enable_steady_tick(Duration::from_millis(120));
        } else {
            tracing::info!("{work}");
        }
        if let Some(steps) = steps {
            bar.set_length(steps as u64);
        }
        Self { work, bar, watched }
    }

    /// Names what is being done now. Shown on a bar only: it may change many times a second.
    pub fn now(&self, what: impl Into<Cow<'static, str>>) {
        self.bar.set_message(what);
    }

    /// One step is done: `what` names it.
    pub fn done(&self, what: &str) {
        self.bar.inc(1);
        if !self.watched {
            let of = self.bar.length().map(|length| format!("/{length}")).unwrap_or_default();
            tracing::info!("{}: {what} ({}{of})", self.work, self.bar.position());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Writes log lines to standard error without tearing a bar. For `tracing_subscriber`'s `with_writer`.
#[derive(Debug, Clone, Copy)]
pub struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // Without bars there is none to tear, and a reader that stalls would hold up whoever starts a piece of work.
        if BARS.is_hidden() { io::stderr().write(line) } else { BARS.suspend(|| io::stderr().write(line)) }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl MakeWriter<'_> for LogWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}
