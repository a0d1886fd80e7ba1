//! The few styles of summary texts, as escape sequences for terminals.

/// A style of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Bold,
    /// What went well.
    Green,
    /// What did not.
    Red,
    /// Figures.
    Cyan,
    /// Figures beside the main one.
    FaintCyan,
    /// Expressions of thresholds.
    White,
    /// Leaders between names and figures.
    FaintWhite,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Style::Bold => "1",
            Style::Green => "32",
            Style::Red => "31",
            Style::Cyan => "36",
            Style::FaintCyan => "2;36",
            Style::White => "37",
            Style::FaintWhite => "2;37",
        }
    }
}

/// Paints text, or leaves it as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Painter {
    pub(super) colours: bool,
}

impl Painter {
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        if self.colours {
            format!("\u{1b}[{}m{text}\u{1b}[0m", style.code())
        } else {
            text.to_owned()
        }
    }

    /// Green if it went well, else red.
    pub(super) fn verdict(self, ok: bool, text: &str) -> String {
        self.paint(if ok { Style::Green } else { Style::Red }, text)
    }
}

/// The mark of what went well or did not.
pub(super) fn mark(ok: bool) -> &'static str {
    if ok { "✓" } else { "✗" }
}
