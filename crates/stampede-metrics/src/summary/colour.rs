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
    Beside,
    /// Expressions of thresholds.
    White,
    /// Dots between names and figures.
    Dots,
}

/// Which of the two texts is painted; their faint styles differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Theme {
    Current,
    Legacy,
}

/// Paints text, or leaves it as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Painter {
    pub(super) colours: bool,
    pub(super) theme: Theme,
}

impl Painter {
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        if self.colours {
            format!("\u{1b}[{}m{text}\u{1b}[0m", self.code(style))
        } else {
            text.to_owned()
        }
    }

    /// Green if it went well, else red.
    pub(super) fn verdict(self, ok: bool, text: &str) -> String {
        self.paint(if ok { Style::Green } else { Style::Red }, text)
    }

    fn code(self, style: Style) -> &'static str {
        match (style, self.theme) {
            (Style::Bold, _) => "1",
            (Style::Green, _) => "32",
            (Style::Red, _) => "31",
            (Style::Cyan, _) => "36",
            (Style::White, _) => "37",
            (Style::Beside, Theme::Current) => "2;36",
            (Style::Beside, Theme::Legacy) => "36;2",
            (Style::Dots, Theme::Current) => "2;37",
            (Style::Dots, Theme::Legacy) => "2",
        }
    }
}

/// The mark of what went well or did not.
pub(super) fn mark(ok: bool) -> &'static str {
    if ok { "✓" } else { "✗" }
}
