//! `cargo chasqui journey check | convert | fmt | functions | run | test`: one module a command. [`set`] is what those share that
//! read and write whole folders of journeys, and what the commands of a service use.
//!
//! A command writes to the [`Console`] it is given and answers with a [`Status`]; it never ends the process itself, so
//! that tests run it as people do.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")
)]

pub mod check;
pub mod convert;
mod explain;
mod exports;
mod files;
pub mod fmt;
pub mod functions;
pub mod run;
pub mod set;
pub mod test;

use std::io::{self, BufRead, IsTerminal, Write};

use rehearsal::Paint;

/// How a command ended: what the process exits with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// All is well.
    #[default]
    Passed = 0,
    /// Something is wrong with a journey: an error, a script that failed, code that is not formatted.
    Failed = 1,
    /// Something could not be read.
    Unreadable = 2,
}

impl Status {
    /// The exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// Where a command reads and writes.
pub struct Console<'c> {
    /// What it reads.
    pub input: &'c mut dyn BufRead,
    /// What it writes.
    pub out: &'c mut dyn Write,
    /// Where it says what it could not do, so that lists for programs stay lists.
    pub errors: &'c mut dyn Write,
    /// The colours of what it writes.
    pub paint: Paint,
    /// Whether a person sits at both ends.
    pub interactive: bool,
}

impl std::fmt::Debug for Console<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console")
            .field("paint", &self.paint)
            .field("interactive", &self.interactive)
            .finish_non_exhaustive()
    }
}

/// A command, with what it was told.
pub trait Command {
    /// Does it.
    ///
    /// # Errors
    /// When nothing can be written any more.
    fn run(&self, console: &mut Console<'_>) -> io::Result<Status>;
}

/// Runs a command on the process's own input and output.
#[must_use]
pub fn run(command: &dyn Command) -> u8 {
    match on_terminal(|console| command.run(console)) {
        Ok(status) => status.code(),
        Err(_) => Status::Unreadable.code(),
    }
}

/// Does something with the process's own input and output.
///
/// # Errors
/// When nothing can be written any more.
pub fn on_terminal<T>(body: impl FnOnce(&mut Console<'_>) -> io::Result<T>) -> io::Result<T> {
    let (stdin, stdout) = (io::stdin(), io::stdout());
    let interactive = stdin.is_terminal() && stdout.is_terminal();
    // https://no-color.org: any value but an empty one.
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let paint = Paint { colours: stdout.is_terminal() && !no_colour };
    let (mut out, mut errors) = (WhileRead::new(stdout.lock()), WhileRead::new(io::stderr()));
    let mut console = Console { input: &mut stdin.lock(), out: &mut out, errors: &mut errors, paint, interactive };
    body(&mut console).and_then(|done| console.out.flush().map(|()| done))
}

/// Writes as long as somebody reads. Who closed the other end has seen enough; the command goes on, and exits with what it
/// comes to.
struct WhileRead<W> {
    inner: W,
    is_closed: bool,
}

impl<W: Write> WhileRead<W> {
    fn new(inner: W) -> Self {
        Self { inner, is_closed: false }
    }

    fn unless_closed<T>(&mut self, write: impl FnOnce(&mut W) -> io::Result<T>, closed: T) -> io::Result<T> {
        if self.is_closed {
            return Ok(closed);
        }
        match write(&mut self.inner) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(closed)
            }
            done => done,
        }
    }
}

impl<W: Write> Write for WhileRead<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(|inner| inner.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed(Write::flush, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails after some bytes.
    struct Pipe(usize, io::ErrorKind);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(self.1.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            if self.0 == 0 { Err(self.1.into()) } else { Ok(()) }
        }
    }

    #[test]
    fn a_pipe_that_is_closed_is_no_reason_to_pass_or_to_stop() {
        let command = check::Check {
            paths: vec!["there is no such folder".into()],
            json: true,
            parse_only: false,
            explain: None,
        };
        let run = |out: &mut dyn Write| {
            let (mut input, mut errors) = (io::empty(), Vec::new());
            let paint = Paint::default();
            let mut console = Console { input: &mut input, out, errors: &mut errors, paint, interactive: false };
            command.run(&mut console).and_then(|status| console.out.flush().map(|()| status))
        };
        for bytes in [0, 3] {
            let mut out = WhileRead::new(Pipe(bytes, io::ErrorKind::BrokenPipe));
            assert_eq!(run(&mut out).unwrap(), Status::Unreadable, "{bytes}");
        }
        assert!(run(&mut WhileRead::new(Pipe(3, io::ErrorKind::StorageFull))).is_err());
    }
}
