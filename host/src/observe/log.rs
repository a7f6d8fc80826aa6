//! The log of this process for a reader that may stall: logging does not wait.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

/// Bytes of the lines that wait: about 8,000 lines, which a busy host writes in a few seconds.
const WAITING_BYTES: usize = 4 << 20;
/// Bytes that are written at once at most, if there are several lines: the size of a pipe.
const PIECE_BYTES: usize = 64 << 10;
/// How long a line waits for others, so that a busy host does not wake the writing thread for each call.
const GATHER: Duration = Duration::from_millis(5);
/// How long the end of the process waits while the reader takes nothing.
const STALLED: Duration = Duration::from_secs(1);
/// How long the end of the process waits in all.
const FLUSH: Duration = Duration::from_secs(10);

/// Lines of this process that were dropped. A process has one log, however many hosts it runs.
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// How many lines this process has left out of its log.
pub fn dropped_lines() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// Takes log lines, for `tracing_subscriber`'s `with_writer`. A thread of its own writes them. If there is no room for
/// a line, the queue drops and counts it. When there is room again, one line tells how many were dropped. Clones are
/// the same queue.
// tracing-appender bounds lines and not bytes. At its end it prints to standard output, which may be the pipe that
// stalls.
#[derive(Clone)]
pub struct LogQueue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Piece>,
    /// The buffer of a piece that was written, to use again.
    spare: Piece,
    /// Bytes of the pieces that wait and of the one that is being written.
    bytes: usize,
    is_writing: bool,
    /// Whether the thread that writes has nothing to do.
    is_idle: bool,
    /// Pieces that are written.
    written: u64,
    /// Lines that were dropped and not reported yet.
    untold: u64,
}

/// Lines that are written together.
#[derive(Default)]
struct Piece {
    text: Vec<u8>,
    lines: u64,
}

/// When this is dropped, it waits until all lines are written: for 10 s at most, and for 1 s if the reader takes
/// nothing.
#[must_use]
pub struct LogFlush(LogQueue);

impl LogQueue {
    /// Starts the thread that writes to `writer`.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(writer: impl Write + Send + 'static) -> io::Result<(Self, LogFlush)> {
        let queue = Self(Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() }));
        let writes = queue.clone();
        thread::Builder::new().name("log".to_owned()).spawn(move || writes.run(writer))?;
        Ok((queue.clone(), LogFlush(queue)))
    }

    fn run(&self, mut writer: impl Write) {
        loop {
            let mut piece = self.next();
            if writer.write_all(&piece.text).is_err() {
                // The reader is gone. A message about it would fail as well.
                DROPPED.fetch_add(piece.lines, Ordering::Relaxed);
            }
            let mut state = self.lock();
            state.bytes -= piece.text.len();
            state.is_writing = false;
            state.written += 1;
            piece.text.clear();
            state.spare = Piece { text: piece.text, lines: 0 };
            self.0.changed.notify_all();
        }
    }

    /// The next lines to write. Reports dropped lines after those that found room.
    fn next(&self) -> Piece {
        let mut state = self.lock();
        loop {
            if let Some(piece) = state.waiting.pop_front() {
                state.is_writing = true;
                return piece;
            }
            let lines = std::mem::take(&mut state.untold);
            if lines > 0 {
                drop(state);
                tracing::warn!(lines, "log lines were left out: the reader of this log was too slow");
                state = self.lock();
                continue;
            }
            self.0.changed.notify_all();
            state.is_idle = true;
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.is_idle = false;
            drop(state);
            thread::sleep(GATHER);
            state = self.lock();
        }
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        if state.bytes + line.len() > WAITING_BYTES {
            state.untold += 1;
            DROPPED.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.bytes += line.len();
        let has_room = |piece: &&mut Piece| piece.text.len() + line.len() <= PIECE_BYTES;
        match state.waiting.back_mut().filter(has_room) {
            Some(piece) => piece.add(line),
            None => {
                let mut piece = std::mem::take(&mut state.spare);
                piece.add(line);
                state.waiting.push_back(piece);
            }
        }
        if state.is_idle {
            self.0.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.is_writing && self.untold == 0
    }
}

impl Piece {
    fn add(&mut self, line: &[u8]) {
        self.text.extend_from_slice(line);
        self.lines += 1;
    }
}

/// One call of the writer is one line.
impl Write for LogQueue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LogQueue {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Drop for LogFlush {
    fn drop(&mut self) {
        let LogQueue(shared) = &self.0;
        let mut state = self.0.lock();
        let (end, mut written, mut since) = (Instant::now() + FLUSH, state.written, Instant::now());
        while !state.is_empty() && Instant::now() < end && since.elapsed() < STALLED {
            state = shared.changed.wait_timeout(state, STALLED).unwrap_or_else(PoisonError::into_inner).0;
            if state.written > written {
                (written, since) = (state.written, Instant::now());
            }
        }
    }
}
