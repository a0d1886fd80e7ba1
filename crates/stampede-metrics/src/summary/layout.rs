//! Lays out a block of metric rows: names with leaders, and figures in columns.
//!
//! Invariants: the columns of a block depend on its own rows alone; widths count characters.

use super::colour::{Painter, Style};

/// The figures of one row.
#[derive(Debug, Clone)]
pub(super) enum Cells {
    /// One main figure and others beside it.
    Main { main: String, beside: Vec<String> },
    /// Figures with their names.
    Named(Vec<(String, String)>),
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What stands before the name, such as spaces or a mark, already painted.
    pub(super) lead: String,
    /// The name.
    pub(super) name: String,
    /// How many characters of the name column the row's nesting takes.
    pub(super) nesting: usize,
    /// The figures.
    pub(super) cells: Cells,
}

/// The least number of dots between a name and its figures.
const DOTS_MIN: usize = 3;

/// The widths of a block's columns.
#[derive(Debug, Default)]
pub(super) struct Columns {
    name: usize,
    main: usize,
    beside: Vec<usize>,
    named: Vec<usize>,
}

impl Columns {
    /// The columns that fit all these rows.
    pub(super) fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Columns {
        let mut columns = Columns::default();
        for row in rows {
            columns.name = columns.name.max(row.nesting + width(&row.name));
            match &row.cells {
                Cells::Main { main, beside } => {
                    columns.main = columns.main.max(width(main));
                    widen(&mut columns.beside, beside.iter().map(|text| width(text)));
                }
                Cells::Named(cells) => {
                    let widths = cells.iter().map(|(_, figure)| width(figure));
                    widen(&mut columns.named, widths);
                }
            }
        }
        columns
    }

    /// Writes one row without a line end.
    pub(super) fn write(&self, row: &Row, painter: Painter, text: &mut String) {
        text.push_str(&row.lead);
        text.push_str(&row.name);
        let used = row.nesting + width(&row.name);
        let dots = ".".repeat(self.name - used + DOTS_MIN);
        text.push_str(&painter.paint(Style::Dots, &format!("{dots}:")));
        text.push(' ');
        match &row.cells {
            Cells::Main { main, beside } => self.write_main(main, beside, painter, text),
            Cells::Named(cells) => self.write_named(cells, painter, text),
        }
    }

    fn write_main(&self, main: &str, beside: &[String], painter: Painter, text: &mut String) {
        text.push_str(&painter.paint(Style::Cyan, main));
        pad(text, self.main - width(main) + 1);
        let is_alone = beside.len() == 1;
        for (idx, figure) in beside.iter().enumerate() {
            if idx > 0 {
                text.push(' ');
            }
            text.push_str(&painter.paint(Style::Beside, figure));
            if !is_alone {
                pad(text, self.beside[idx] - width(figure));
            }
        }
    }

    fn write_named(&self, cells: &[(String, String)], painter: Painter, text: &mut String) {
        for (idx, (name, figure)) in cells.iter().enumerate() {
            if idx > 0 {
                text.push(' ');
            }
            text.push_str(name);
            text.push('=');
            text.push_str(&painter.paint(Style::Cyan, figure));
            pad(text, self.named[idx] - width(figure));
        }
    }
}

fn widen(columns: &mut Vec<usize>, widths: impl Iterator<Item = usize>) {
    for (idx, width) in widths.enumerate() {
        match columns.get_mut(idx) {
            Some(column) => *column = (*column).max(width),
            None => columns.push(width),
        }
    }
}

fn pad(text: &mut String, spaces: usize) {
    text.extend(std::iter::repeat_n(' ', spaces));
}

fn width(text: &str) -> usize {
    text.chars().count()
}
