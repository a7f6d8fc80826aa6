//! Progress of long work: bars where a person watches, plain log lines where nobody does.
//!
//! Both go to standard error. Bars and log lines share the terminal through one [`MultiProgress`], so that a log line
//! never lands inside a bar: write logs through [`LogWriter`]. A terminal that its user has stopped (Ctrl-S) takes nothing until it goes on:
//! threads of their own draw, and who works never waits for them.

use std::borrow::Cow;
use std::convert::Infallible;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::fmt::MakeWriter;

/// Time between two drawings.
const TICK: Duration = Duration::from_millis(120);
/// How long the end of the work waits until its bar is gone, so that what is printed next does not stand beside it.
const CLEAR: Duration = Duration::from_millis(250);

/// Hidden if standard error is no terminal. Locked while somebody draws.
static BARS: LazyLock<MultiProgress> = LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));

/// One piece of long work, shown until it is dropped.
#[derive(Debug)]
pub struct Progress {
    shown: Arc<Shown>,
    /// `None` if nobody watches.
    drawing: Option<Drawing>,
}

/// What there is to show. Nobody draws while it is locked.
#[derive(Debug)]
struct Shown {
    work: Cow<'static, str>,
    steps: Option<u64>,
    done: AtomicU64,
    now: Mutex<Cow<'static, str>>,
}

/// The thread that draws.
#[derive(Debug)]
struct Drawing {
    /// It ends when this is dropped.
    goes_on: Option<Sender<Infallible>>,
    /// Ends with it.
    cleared: Receiver<Infallible>,
}

impl Progress {
    /// Starts to show `work` ("building plugins"), which takes `steps` steps; `None` where nobody knows.
    pub fn start(work: impl Into<Cow<'static, str>>, steps: Option<usize>) -> Self {
        let steps = steps.map(|steps| steps as u64);
        let shown = Arc::new(Shown { work: work.into(), steps, done: AtomicU64::new(0), now: Mutex::default() });
        let drawing = if io::stderr().is_terminal() { Drawing::start(shown.clone()).ok() } else { None };
        if drawing.is_none() {
            tracing::info!("{}", shown.work);
        }
        Self { shown, drawing }
    }

    /// Names what is being done now. Shown on a bar only: it may change many times a second.
    pub fn now(&self, what: impl Into<Cow<'static, str>>) {
        *self.shown.now.lock().unwrap_or_else(PoisonError::into_inner) = what.into();
    }

    /// One step is done: `what` names it.
    pub fn done(&self, what: &str) {
        let done = self.shown.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.drawing.is_none() {
            let of = self.shown.steps.map(|steps| format!("/{steps}")).unwrap_or_default();
            tracing::info!("{}: {what} ({done}{of})", self.shown.work);
        }
    }
}

impl Drawing {
    fn start(shown: Arc<Shown>) -> io::Result<Self> {
        let ((goes_on, over), (clears, cleared)) = (channel(), channel());
        thread::Builder::new().name("progress".to_owned()).spawn(move || {
            shown.draw(&over);
            drop::<Sender<Infallible>>(clears);
        })?;
        Ok(Self { goes_on: Some(goes_on), cleared })
    }
}

impl Drop for Drawing {
    fn drop(&mut self) {
        self.goes_on = None;
        // Either way there is nothing more to do.
        let _ = self.cleared.recv_timeout(CLEAR);
    }
}

impl Shown {
    /// Draws until the other end of `over` is dropped.
    fn draw(&self, over: &Receiver<Infallible>) {
        // Takes steps without a length, and draws nowhere until it is added.
        let bar = BARS.add(ProgressBar::with_draw_target(self.steps, ProgressDrawTarget::hidden()));
        let template = match self.steps {
            Some(_) => "{spinner} {prefix} [{bar:24}] {pos}/{len} {elapsed} {wide_msg}",
            None => "{spinner} {prefix} {pos} {elapsed} {wide_msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(self.work.to_string());
        loop {
            let now = self.now.lock().unwrap_or_else(PoisonError::into_inner).clone();
            bar.set_message(now);
            bar.set_position(self.done.load(Ordering::Relaxed));
            bar.tick();
            if over.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
        bar.finish_and_clear();
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
