//! Tables for people.

use std::fmt;

/// Rows under a head, in columns. The texts of cells are made harmless for a terminal.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

/// What stands between two columns.
const GAP: &str = "  ";

impl Table {
    pub(super) fn new<const N: usize>(head: [&str; N]) -> Self {
        Self { rows: vec![head.map(str::to_owned).into()] }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.rows.push(cells.map(harmless).into());
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}

/// Names may hold what would move a terminal's cursor or split a row.
pub(super) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.first().map_or(0, Vec::len);
        let widths: Vec<usize> = (0..columns).map(|column| self.width(column)).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width - cell.chars().count()));
                line.push_str(GAP);
            }
            let end = if number == 0 { "" } else { "\n" };
            write!(f, "{end}{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["NAME", "ADMIN"]);
        table.row(["ada", "yes"]);
        table.row(["gr\u{fc}n-lang", ""]);
        assert_eq!(table.to_string(), "NAME       ADMIN\nada        yes\ngr\u{fc}n-lang");
    }

    #[test]
    fn a_name_cannot_move_the_cursor_or_split_a_row() {
        let mut table = Table::new(["NAME"]);
        table.row(["a\u{1b}[2Jb\nc\u{9b}d"]);
        assert_eq!(table.to_string(), "NAME\na\\u{1b}[2Jb\\nc\\u{9b}d");
    }
}
