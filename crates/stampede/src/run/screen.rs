//! The terminal of a run: a status at its end that is drawn over, and lines that stay above it.
//!
//! Invariants: whoever writes a line to the terminal does so through [`Screen::above`], which takes
//! the status away first and draws it again below, so that a redraw never erases a line. A line of
//! the status is never as wide as the terminal, and the status never as high.

use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The size of a terminal that does not tell it.
const SIZE_DEFAULT: Size = Size {
    columns: 80,
    rows: 24,
};

/// How large a terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Size {
    /// The size of the terminal at standard output now.
    pub(super) fn of_stdout() -> Size {
        let known = |n: u16, default| if n == 0 { default } else { usize::from(n) };
        match rustix::termios::tcgetwinsize(io::stdout()) {
            Ok(size) => Size {
                columns: known(size.ws_col, SIZE_DEFAULT.columns),
                rows: known(size.ws_row, SIZE_DEFAULT.rows),
            },
            Err(_) => SIZE_DEFAULT,
        }
    }
}

/// The one owner of what is drawn at the end of a terminal.
#[derive(Debug, Default)]
pub(super) struct Screen {
    status: Mutex<Drawn>,
}

impl Screen {
    /// Draws the status in place of the last one.
    pub(super) fn draw(&self, status: &str) {
        let mut drawn = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        show(&drawn.replace(status, Size::of_stdout()));
    }

    /// Takes the status away, for good or until it is drawn again.
    pub(super) fn clear(&self) {
        self.draw("");
    }

    /// Lets `write` write whole lines to the terminal, above the status.
    pub(super) fn above(&self, write: impl FnOnce()) {
        let mut drawn = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.text.is_empty() {
            return write();
        }
        let size = Size::of_stdout();
        let status = drawn.text.clone();
        show(&drawn.replace("", size));
        write();
        show(&drawn.replace(&status, size));
    }
}

/// Progress is a courtesy: nobody misses it if the reader is gone.
fn show(text: &str) {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).unwrap_or_default();
    out.flush().unwrap_or_default();
}

/// The status that a terminal shows at its end.
#[derive(Debug, Default)]
struct Drawn {
    /// Whole lines, as they were drawn.
    text: String,
}

impl Drawn {
    /// What to write so that `status` stands in place of what was drawn.
    fn replace(&mut self, status: &str, size: Size) -> String {
        let mut text = String::new();
        let rows = rows(&self.text, size.columns);
        if rows > 0 {
            text = format!("\u{1b}[{rows}A\u{1b}[J");
        }
        self.text = fitted(status, size);
        text.push_str(&self.text);
        text
    }
}

/// The rows that lines take up; the terminal may have become narrower since they were drawn.
fn rows(text: &str, columns: usize) -> usize {
    let columns = columns.max(1);
    text.lines()
        .map(|line| line.width().div_ceil(columns).max(1))
        .sum()
}

/// The lines that fit on a terminal, each cut one column before its edge: some terminals wrap a
/// line that ends there.
fn fitted(text: &str, size: Size) -> String {
    let columns = size.columns.saturating_sub(1);
    let rows = size.rows.saturating_sub(1).max(1);
    let mut fitted = String::new();
    for line in text.lines().take(rows) {
        let mut used = 0;
        fitted.extend(line.chars().filter(|c| !c.is_control()).take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= columns
        }));
        fitted.push('\n');
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A terminal that knows what a status needs of it; it scrolls without end.
    struct Terminal {
        columns: usize,
        lines: Vec<String>,
    }

    impl Terminal {
        fn new(columns: usize) -> Terminal {
            Terminal {
                columns,
                lines: vec![String::new()],
            }
        }

        fn write(&mut self, text: &str) {
            let mut chars = text.chars();
            while let Some(c) = chars.next() {
                match c {
                    '\n' => self.lines.push(String::new()),
                    '\u{1b}' => {
                        let code: String = chars.by_ref().take_while(|c| *c != 'J').collect();
                        let up = code.strip_prefix('[').unwrap();
                        let up = up.strip_suffix("A\u{1b}[").unwrap();
                        // The cursor is at the beginning of the last line.
                        assert_eq!(self.lines.last().unwrap(), "");
                        let left = self.lines.len() - 1 - up.parse::<usize>().unwrap();
                        self.lines.truncate(left);
                        self.lines.push(String::new());
                    }
                    c => {
                        let line = self.lines.last().unwrap();
                        if line.width() + c.width().unwrap() > self.columns {
                            self.lines.push(String::new());
                        }
                        self.lines.last_mut().unwrap().push(c);
                    }
                }
            }
        }
    }

    const SIZE: Size = Size {
        columns: 20,
        rows: 6,
    };

    #[test]
    fn a_line_above_the_status_survives_every_redraw() {
        let mut terminal = Terminal::new(SIZE.columns);
        let mut drawn = Drawn::default();
        for n in 0..5 {
            let status = format!("running {n}\na [ {n}% ]\n");
            terminal.write(&drawn.replace(&status, SIZE));
            terminal.write(&drawn.replace("", SIZE));
            terminal.write(&format!("LINE {n}, which is longer than a row\n"));
            terminal.write(&drawn.replace(&status, SIZE));
        }
        let shown = terminal.lines.join("\n");
        for n in 0..5 {
            assert!(
                shown.contains(&format!("LINE {n}, which is lon\n")),
                "{shown}"
            );
        }
        assert_eq!(terminal.lines.len(), 5 * 2 + 2 + 1, "one status: {shown}");
        assert!(shown.ends_with("\nrunning 4\na [ 4% ]\n"), "{shown}");
    }

    #[test]
    fn a_status_wider_and_higher_than_the_terminal_is_cut() {
        let mut terminal = Terminal::new(SIZE.columns);
        let mut drawn = Drawn::default();
        let status = "日本語日本語日本語日本語 is wide\n".repeat(9);
        for _ in 0..3 {
            terminal.write(&drawn.replace(&status, SIZE));
        }
        let mut wanted = vec!["日本語日本語日本語"; 5];
        wanted.push("");
        assert_eq!(terminal.lines, wanted);
    }

    #[test]
    fn a_status_is_taken_away_whole_when_the_terminal_became_narrower() {
        let mut drawn = Drawn::default();
        drawn.replace("0123456789abcdefgh\nx\n", SIZE);
        let narrow = Size {
            columns: 10,
            ..SIZE
        };
        assert_eq!(drawn.replace("", narrow), "\u{1b}[3A\u{1b}[J");
        assert_eq!(
            drawn.replace("", narrow),
            "",
            "nothing is left to take away"
        );
    }
}
