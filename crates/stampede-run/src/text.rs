//! Tables for terminals: aligned columns, optional colour.
//!
//! Invariants:
//! * No line is wider than [`WIDTH_MAX`]: the last column is cut with an ellipsis.
//! * Columns line up with and without colour, whatever the script or emoji in them.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The widest line of a report.
pub const WIDTH_MAX: usize = 100;

const INDENT: usize = 2;
const GAP: usize = 2;

/// Which escape codes a text may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// None: for files and pipes.
    Off,
    /// ANSI colours: for terminals.
    On,
}

/// What a text means, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neutral.
    Plain,
    /// As it should be.
    Good,
    /// As it must not be.
    Bad,
    /// Not known.
    Unknown,
    /// A title.
    Title,
    /// Less important.
    Faint,
}

impl Colour {
    /// The text in the colour of its tone.
    #[must_use]
    pub fn paint(self, tone: Tone, text: &str) -> String {
        let code = match (self, tone) {
            (Colour::Off, _) | (Colour::On, Tone::Plain) => return text.to_owned(),
            (Colour::On, Tone::Good) => "32",
            (Colour::On, Tone::Bad) => "1;31",
            (Colour::On, Tone::Unknown) => "33",
            (Colour::On, Tone::Title) => "1",
            (Colour::On, Tone::Faint) => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// One cell of a table.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A cell with a tone.
    #[must_use]
    pub fn toned(tone: Tone, text: impl Into<String>) -> Cell {
        Cell {
            text: text.into(),
            tone,
        }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell::toned(Tone::Plain, text)
    }
}

/// To which side a column's cells keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table with a title.
#[derive(Debug)]
pub struct Table {
    title: String,
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table. Without any column heading it is drawn without a heading line.
    #[must_use]
    pub fn new(title: &str, columns: &[(&str, Align)]) -> Table {
        Table {
            title: title.to_owned(),
            columns: columns
                .iter()
                .map(|&(name, align)| (name.to_owned(), align))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; missing cells are empty, surplus ones are dropped.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) -> &mut Table {
        let mut cells: Vec<Cell> = cells.into_iter().take(self.columns.len()).collect();
        cells.resize_with(self.columns.len(), || Cell::from(""));
        self.rows.push(cells);
        self
    }

    /// Draws the table and an empty line after it.
    pub fn draw(&self, colour: Colour, text: &mut String) {
        let widths = self.widths();
        if !self.title.is_empty() {
            writeln!(text, "{}", colour.paint(Tone::Title, &self.title))
                .expect("a String takes every text");
        }
        if self.columns.iter().any(|(name, _)| !name.is_empty()) {
            let names = self
                .columns
                .iter()
                .map(|(name, _)| Cell::toned(Tone::Faint, name.as_str()));
            self.draw_row(&names.collect::<Vec<_>>(), &widths, colour, text);
            let rules = widths
                .iter()
                .map(|&width| Cell::toned(Tone::Faint, "─".repeat(width)));
            self.draw_row(&rules.collect::<Vec<_>>(), &widths, colour, text);
        }
        for row in &self.rows {
            self.draw_row(row, &widths, colour, text);
        }
        text.push('\n');
    }

    /// The width of each column; the last gets what the others leave.
    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|(name, _)| name.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
        if let Some((last, others)) = widths.split_last_mut() {
            let taken: usize = INDENT + others.iter().map(|width| width + GAP).sum::<usize>();
            *last = (*last).min(WIDTH_MAX.saturating_sub(taken));
        }
        widths
    }

    fn draw_row(&self, row: &[Cell], widths: &[usize], colour: Colour, text: &mut String) {
        let mut line = " ".repeat(INDENT);
        for (column_idx, (cell, &width)) in row.iter().zip(widths).enumerate() {
            let shown = cut(&cell.text, width);
            let padding = " ".repeat(width - shown.width());
            let painted = colour.paint(cell.tone, &shown);
            match self.columns[column_idx].1 {
                Align::Left => line.extend([painted, padding]),
                Align::Right => line.extend([padding, painted]),
            }
            line.push_str(&" ".repeat(GAP));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// The text, cut to at most `width` columns.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut used = 0;
    for character in text.chars() {
        let character_width = character.width().unwrap_or(0);
        if used + character_width + 1 > width {
            break;
        }
        used += character_width;
        shown.push(character);
    }
    if width > 0 {
        shown.push('…');
    }
    shown
}

/// Breaks a text into lines of at most [`WIDTH_MAX`] columns, the first after `first`, the others
/// indented as far.
#[must_use]
pub fn wrap(first: &str, body: &str) -> String {
    let indent = first.width();
    let mut text = first.to_owned();
    let mut used = indent;
    for word in body.split_whitespace() {
        let space = usize::from(used > indent);
        if used > indent && used + space + word.width() > WIDTH_MAX {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            used = indent;
        } else if space > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += word.width();
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::{Align, Cell, Colour, Table, Tone, WIDTH_MAX, cut, wrap};

    fn sample() -> Table {
        let mut table = Table::new(
            "Things",
            &[
                ("Name", Align::Left),
                ("Count", Align::Right),
                ("", Align::Left),
                ("Said", Align::Left),
            ],
        );
        table.row([
            "won".into(),
            "1".into(),
            Cell::toned(Tone::Good, "✅"),
            "재고 ok".into(),
        ]);
        table.row([
            "lost".into(),
            "1,584".into(),
            "".into(),
            "x".repeat(200).into(),
        ]);
        table
    }

    #[test]
    fn columns_line_up_and_no_line_is_too_wide() {
        let mut text = String::new();
        sample().draw(Colour::Off, &mut text);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Things");
        assert_eq!(
            lines[1].find("Said").map(|idx| lines[1][..idx].width()),
            Some(19)
        );
        assert_eq!(
            lines[3].find("재").map(|idx| lines[3][..idx].width()),
            Some(19)
        );
        assert_eq!(
            lines[4].find('x').map(|idx| lines[4][..idx].width()),
            Some(19)
        );
        assert_eq!(lines[4].width(), WIDTH_MAX);
    }

    #[test]
    fn colour_changes_nothing_but_the_colour() {
        let (mut plain, mut coloured) = (String::new(), String::new());
        sample().draw(Colour::Off, &mut plain);
        sample().draw(Colour::On, &mut coloured);
        assert!(coloured.contains("\u{1b}[32m✅\u{1b}[0m"));
        let mut stripped = String::new();
        let mut rest = coloured.as_str();
        while let Some(escape_idx) = rest.find('\u{1b}') {
            stripped.push_str(&rest[..escape_idx]);
            rest = rest[escape_idx..]
                .split_once('m')
                .expect("a whole escape")
                .1;
        }
        stripped.push_str(rest);
        assert_eq!(stripped, plain);
    }

    #[test]
    fn long_texts_are_cut_and_wrapped() {
        assert_eq!(cut("재고 부족", 6), "재고 …");
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("shorter", 0), "");
        let wrapped = wrap("  * ", &"word ".repeat(50));
        assert!(wrapped.lines().all(|line| line.width() <= WIDTH_MAX));
        assert!(
            wrapped
                .lines()
                .skip(1)
                .all(|line| line.starts_with("    word"))
        );
    }
}
