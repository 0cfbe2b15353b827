//! Owns drawing on a terminal: tables with bars, and sparklines, as wide as it is. To a pipe neither, and no colour.

use crate::words::{fill, stats as say};

/// How wide a terminal is taken to be that does not tell, in columns.
const USUAL: usize = 80;
/// A bar that is shorter says nothing, in columns.
const SHORTEST_BAR: usize = 8;
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What is drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canvas {
    /// Columns; nothing if it is no terminal.
    pub width: Option<usize>,
    /// Whether headings may be bold.
    pub color: bool,
}

impl Canvas {
    /// What stdout is.
    #[must_use]
    pub fn of_stdout(no_color: bool) -> Self {
        let out = std::io::stdout();
        if !rustix::termios::isatty(&out) {
            return Self { width: None, color: false };
        }
        let width = rustix::termios::tcgetwinsize(&out).map_or(0, |size| usize::from(size.ws_col));
        Self { width: Some(if width == 0 { USUAL } else { width }), color: !no_color }
    }

    /// A table with a bar for each row's number, if there is room and the number is not 0; nothing for no rows. `all` is
    /// how many rows there would be.
    #[must_use]
    pub fn table(&self, head: &str, rows: &[(String, u64)], all: usize) -> String {
        if rows.is_empty() {
            return String::new();
        }
        let most = rows.iter().map(|(_, n)| *n).max().unwrap_or(0);
        let mut text = format!("\n{}\n", self.heading(head.trim_end()));
        for (row, n) in rows {
            let room = self.width.map_or(0, |width| width.saturating_sub(row.chars().count() + 3));
            let line =
                if room < SHORTEST_BAR { row.clone() } else { format!("{row}  {}", bar(*n, most, room.min(40))) };
            text += &format!("{}\n", self.cut(line.trim_end()));
        }
        if all > rows.len() {
            text += &fill(say::MORE, &[("count", &(all - rows.len()).to_string())]);
        }
        text
    }

    /// A line that goes up and down with the numbers, the last ones if there is no room for all; on a terminal only.
    #[must_use]
    pub fn sparkline(&self, label: &str, numbers: &[u64]) -> String {
        let Some(width) = self.width else { return String::new() };
        let room = width.saturating_sub(label.chars().count() + 2).max(1);
        let shown = &numbers[numbers.len().saturating_sub(room)..];
        let most = shown.iter().max().copied().unwrap_or(0);
        if most == 0 || shown.len() < 2 {
            return String::new();
        }
        let height = |n: &u64| HEIGHTS[usize::try_from((n * 7).div_ceil(most)).unwrap_or(7).min(7)];
        format!("{label}  {}\n", shown.iter().map(height).collect::<String>())
    }

    fn heading(&self, text: &str) -> String {
        let text = self.cut(text);
        if self.color { format!("\x1b[1m{text}\x1b[0m") } else { text }
    }

    /// As much as fits into a line.
    fn cut(&self, line: &str) -> String {
        match self.width {
            Some(width) if line.chars().count() > width => line.chars().take(width).collect(),
            _ => line.to_owned(),
        }
    }
}

/// A bar of at most `room` columns, in eighths of a column.
fn bar(n: u64, most: u64, room: usize) -> String {
    let eighths = (n as usize * room * 8).checked_div(most as usize).unwrap_or(0);
    let eighths = if n > 0 { eighths.max(1) } else { 0 };
    let part = (eighths % 8).checked_sub(1).map(|i| EIGHTHS[i]);
    std::iter::repeat_n('█', eighths / 8).chain(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_lines_fit_and_a_pipe_gets_none() {
        let rows = [("aaaa".to_owned(), 8), ("bbbb".to_owned(), 1), ("cccc".to_owned(), 0)];
        let terminal = Canvas { width: Some(15), color: false };
        assert_eq!(terminal.table("head", &rows, 5), "\nhead\naaaa  ████████\nbbbb  █\ncccc\nand 2 more\n");
        let narrow = Canvas { width: Some(3), color: true };
        assert_eq!(narrow.table("head", &rows[..1], 1), "\n\x1b[1mhea\x1b[0m\naaa\n");
        let pipe = Canvas { width: None, color: false };
        assert_eq!(pipe.table("head", &rows[..1], 1), "\nhead\naaaa\n");
        assert_eq!(terminal.sparkline("w", &[0, 1, 4, 8]), "w  ▁▂▅█\n");
        assert_eq!(Canvas { width: Some(5), color: false }.sparkline("w", &[9, 9, 4, 8]), "w  ▅█\n");
        assert_eq!(pipe.sparkline("w", &[1, 2]), "");
        assert_eq!(terminal.table("head", &[], 0), "");
    }
}
