//! Progress of long work: bars where a person watches, plain log lines where nobody does.
//!
//! Both go to standard error. Bars and log lines share the terminal through one [`MultiProgress`], so that a log line
//! never lands inside a bar: write logs through [`LogWriter`]. A terminal that its user has stopped (Ctrl-S) takes nothing until it goes on:
//! one thread draws all work of the process, and who works never waits for it. Who prints beside the bars calls [`settle`] first.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::fmt::MakeWriter;

/// Time between two drawings.
const TICK: Duration = Duration::from_millis(120);
/// How long [`settle`] waits for a terminal that takes nothing.
const SETTLE: Duration = Duration::from_millis(250);

/// Hidden if standard error is no terminal.
static SCREEN: LazyLock<Arc<Screen>> = LazyLock::new(|| Arc::new(Screen::new(ProgressDrawTarget::stderr())));

/// Waits until the bars of work that has ended are gone from the terminal, for 250 ms at most, so that what is printed next does not stand
/// beside them.
pub fn settle() {
    SCREEN.settle(SETTLE);
}

/// One piece of long work, shown until it is dropped.
#[derive(Debug)]
pub struct Progress {
    work: Arc<Work>,
    /// `None` if nobody watches.
    screen: Option<Arc<Screen>>,
}

/// What there is to show of it. Nobody draws while it is locked.
#[derive(Debug)]
struct Work {
    name: Cow<'static, str>,
    steps: Option<u64>,
    done: AtomicU64,
    now: Mutex<Cow<'static, str>>,
}

/// Where bars are drawn.
#[derive(Debug)]
struct Screen {
    /// Locked while somebody draws.
    bars: MultiProgress,
    /// Nobody draws while it is locked.
    shown: Mutex<Shown>,
    changed: Condvar,
}

/// What is to be on the screen, and how much of it is.
#[derive(Debug, Default)]
struct Shown {
    works: Vec<Arc<Work>>,
    /// How often `works` has changed.
    changes: u64,
    /// Those that are on the screen.
    drawn: u64,
    /// Whether there is a thread that draws. It ends when there is nothing to draw.
    has_thread: bool,
}

impl Progress {
    /// Starts to show `work` ("building plugins"), which takes `steps` steps; `None` where nobody knows.
    pub fn start(work: impl Into<Cow<'static, str>>, steps: Option<usize>) -> Self {
        Self::start_on(io::stderr().is_terminal().then(|| SCREEN.clone()), work.into(), steps)
    }

    fn start_on(screen: Option<Arc<Screen>>, name: Cow<'static, str>, steps: Option<usize>) -> Self {
        let steps = steps.map(|steps| steps as u64);
        let work = Arc::new(Work { name, steps, done: AtomicU64::new(0), now: Mutex::default() });
        let screen = screen.filter(|screen| screen.show(work.clone()).is_ok());
        if screen.is_none() {
            tracing::info!("{}", work.name);
        }
        Self { work, screen }
    }

    /// Names what is being done now. Shown on a bar only: it may change many times a second.
    pub fn now(&self, what: impl Into<Cow<'static, str>>) {
        *self.work.now.lock().unwrap_or_else(PoisonError::into_inner) = what.into();
    }

    /// One step is done: `what` names it.
    pub fn done(&self, what: &str) {
        let done = self.work.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.screen.is_none() {
            let of = self.work.steps.map(|steps| format!("/{steps}")).unwrap_or_default();
            tracing::info!("{}: {what} ({done}{of})", self.work.name);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(screen) = &self.screen {
            screen.hide(&self.work);
        }
    }
}

impl Screen {
    fn new(target: ProgressDrawTarget) -> Self {
        let bars = MultiProgress::with_draw_target(target);
        Self { bars, shown: Mutex::default(), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows this from now on, by the thread that there is or a new one.
    fn show(self: &Arc<Self>, work: Arc<Work>) -> io::Result<()> {
        let mut shown = self.lock();
        if !shown.has_thread {
            let screen = self.clone();
            thread::Builder::new().name("progress".to_owned()).spawn(move || screen.draw())?;
            shown.has_thread = true;
        }
        shown.works.push(work);
        shown.changes += 1;
        self.changed.notify_all();
        Ok(())
    }

    fn hide(&self, work: &Arc<Work>) {
        let mut shown = self.lock();
        shown.works.retain(|other| !Arc::ptr_eq(other, work));
        shown.changes += 1;
        self.changed.notify_all();
    }

    /// Draws until there is nothing left to draw.
    fn draw(&self) {
        let mut drawn = Vec::<(Arc<Work>, ProgressBar)>::new();
        let mut shown = self.lock();
        while shown.has_thread {
            let (works, changes) = (shown.works.clone(), shown.changes);
            drop(shown);
            drawn.retain(|(work, bar)| {
                let goes_on = works.iter().any(|other| Arc::ptr_eq(other, work));
                if !goes_on {
                    bar.finish_and_clear();
                }
                goes_on
            });
            for work in works {
                if !drawn.iter().any(|(other, _)| Arc::ptr_eq(other, &work)) {
                    let bar = work.bar(&self.bars);
                    drawn.push((work, bar));
                }
            }
            drawn.iter().for_each(|(work, bar)| work.draw(bar));
            shown = self.lock();
            shown.drawn = changes;
            shown.has_thread = !(drawn.is_empty() && shown.changes == changes);
            self.changed.notify_all();
            let unchanged = |shown: &mut Shown| shown.has_thread && shown.changes == changes;
            let waited = self.changed.wait_timeout_while(shown, TICK, unchanged);
            shown = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the screen shows what is to be on it, and no longer than this. Whether it does.
    fn settle(&self, longest: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), longest, |shown| shown.drawn != shown.changes);
        let (shown, _) = waited.unwrap_or_else(PoisonError::into_inner);
        shown.drawn == shown.changes
    }
}

impl Work {
    fn bar(&self, bars: &MultiProgress) -> ProgressBar {
        // Takes steps without a length, and draws nowhere until it is added.
        let bar = bars.add(ProgressBar::with_draw_target(self.steps, ProgressDrawTarget::hidden()));
        let template = match self.steps {
            Some(_) => "{spinner} {prefix} [{bar:24}] {pos}/{len} {elapsed} {wide_msg}",
            None => "{spinner} {prefix} {pos} {elapsed} {wide_msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(self.name.to_string());
        bar
    }

    fn draw(&self, bar: &ProgressBar) {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner).clone();
        bar.set_message(now);
        bar.set_position(self.done.load(Ordering::Relaxed));
        bar.tick();
    }
}

/// Writes log lines to standard error without tearing a bar. For `tracing_subscriber`'s `with_writer`.
#[derive(Debug, Clone, Copy)]
pub struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // Without bars there is none to tear, and a reader that stalls would hold up whoever starts a piece of work.
        if SCREEN.bars.is_hidden() {
            io::stderr().write(line)
        } else {
            SCREEN.bars.suspend(|| io::stderr().write(line))
        }
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Instant;

    use indicatif::TermLike;

    use super::*;

    /// A terminal that accepts no bytes until the other end of this channel is dropped.
    #[derive(Debug)]
    struct Stopped(Mutex<Receiver<Infallible>>);

    impl Stopped {
        fn write(&self) -> io::Result<()> {
            let _ = self.0.lock().unwrap().recv();
            Ok(())
        }
    }

    impl TermLike for Stopped {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            self.write()
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            self.write()
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            self.write()
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            self.write()
        }

        fn write_line(&self, _: &str) -> io::Result<()> {
            self.write()
        }

        fn write_str(&self, _: &str) -> io::Result<()> {
            self.write()
        }

        fn clear_line(&self) -> io::Result<()> {
            self.write()
        }

        fn flush(&self) -> io::Result<()> {
            self.write()
        }
    }

    #[test]
    fn work_under_a_stopped_terminal_waits_for_nobody_and_has_one_thread() {
        let (goes_on, stopped) = channel::<Infallible>();
        let terminal = Stopped(Mutex::new(stopped));
        let screen = Arc::new(Screen::new(ProgressDrawTarget::term_like(Box::new(terminal))));
        let started = Instant::now();
        for _ in 0..1_000 {
            let progress = Progress::start_on(Some(screen.clone()), "loading".into(), Some(1));
            progress.now("acme");
            progress.done("acme");
            assert!(progress.screen.is_some());
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        assert!(Arc::strong_count(&screen) <= 2, "one thread at most holds the screen beside the test");
        let last = Progress::start_on(Some(screen.clone()), "loading".into(), None);
        assert!(!screen.settle(Duration::from_millis(50)), "the terminal accepts no bytes");
        drop(goes_on);
        assert!(screen.settle(Duration::from_secs(60)), "the terminal accepts bytes again");
        drop(last);
        assert!(
            screen.settle(Duration::from_secs(60)) && !screen.lock().has_thread,
            "the thread ends with the last bar"
        );
    }
}
