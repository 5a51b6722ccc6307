//! Progress bars: one for each file that moves and one for all, at any width of a terminal.

use std::collections::HashMap;
use std::path::{Component, Path};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};
use vodlift_app::TransferId;

use vodlift_app::plain::plain;

/// Where nobody says how wide the terminal is.
const USUAL: u16 = 80;

/// The bars that are drawn.
pub(crate) struct Bars {
    pub(crate) all: MultiProgress,
    total: ProgressBar,
    total_name: String,
    files: HashMap<TransferId, (ProgressBar, String)>,
    names: HashMap<TransferId, String>,
    width: u16,
}

impl Bars {
    /// `paths` are all that will be followed; `total` names the bar of their sum.
    pub(crate) fn new(total: &str, paths: &HashMap<TransferId, String>) -> Bars {
        let all = MultiProgress::new();
        let width = columns();
        let bar = all.add(ProgressBar::no_length().with_style(style(width)));
        bar.set_message(total.to_owned());
        let ids: Vec<TransferId> = paths.keys().copied().collect();
        let given: Vec<&str> = ids.iter().map(|id| paths[id].as_str()).collect();
        let names = ids.into_iter().zip(distinct(&given)).collect();
        Bars { all, total: bar, total_name: total.to_owned(), files: HashMap::new(), names, width }
    }

    /// Moves the bar of a file, and makes it when it is new.
    pub(crate) fn moved(&mut self, id: TransferId, size: u64, moved: u64) {
        let Bars { all, total, files, names, width, .. } = self;
        let (bar, _) = files.entry(id).or_insert_with(|| {
            let name = names.get(&id).cloned().unwrap_or_default();
            let bar = ProgressBar::new(size).with_style(style(*width));
            bar.set_message(fit(&name, room(*width)));
            (all.insert_before(total, bar), name)
        });
        bar.set_length(size);
        bar.set_position(moved);
    }

    /// The file is over: its bar goes, its line stays.
    pub(crate) fn over(&mut self, id: TransferId, line: &str) {
        if let Some((bar, _)) = self.files.remove(&id) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
        // Whoever watched has closed the terminal: the upload goes on.
        let _ = self.all.println(plain(line));
    }

    /// The sum of all, and the width of a terminal that was made wider or narrower meanwhile.
    pub(crate) fn total(&mut self, size: u64, moved: u64) {
        self.total.set_length(size);
        self.total.set_position(moved);
        let width = columns();
        if width != self.width {
            self.width = width;
            self.total.set_style(style(width));
            self.total.set_message(fit(&self.total_name, room(width)));
            for (bar, name) in self.files.values() {
                bar.set_style(style(width));
                bar.set_message(fit(name, room(width)));
            }
        }
    }

    pub(crate) fn clear(&self) {
        for (bar, _) in self.files.values() {
            bar.finish_and_clear();
        }
        self.total.finish_and_clear();
    }
}

fn columns() -> u16 {
    console::Term::stderr().size_checked().map_or(USUAL, |(_, columns)| columns)
}

/// What stands behind the name, and the columns it takes with the space before it.
fn columns_of(width: u16) -> (&'static str, u16) {
    match width {
        100.. => (
            "{bar:24} {decimal_bytes:>10} / {decimal_total_bytes:<10} {decimal_bytes_per_sec:>12} {eta:>4}",
            68,
        ),
        72.. => ("{bar:16} {decimal_bytes:>10} {decimal_bytes_per_sec:>12} {eta:>4}", 46),
        40.. => ("{percent:>3}% {decimal_bytes_per_sec:>12} {eta:>4}", 23),
        _ => ("{percent:>3}%", 5),
    }
}

/// Columns left for a name. The last column stays free: some terminals turn the line there.
fn room(width: u16) -> usize {
    usize::from(width.saturating_sub(columns_of(width).1 + 1))
}

fn style(width: u16) -> ProgressStyle {
    let (rest, _) = columns_of(width);
    ProgressStyle::with_template(&format!("{{msg:{}!}} {rest}", room(width)))
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The text in at most so many columns, cut in the middle: the ends tell files apart.
fn fit(text: &str, columns: usize) -> String {
    let text = plain(text);
    if text.width() <= columns {
        return text.into_owned();
    }
    let tail = take(text.chars().rev(), columns.saturating_sub(1) * 2 / 3);
    let head = take(text.chars(), columns.saturating_sub(1).saturating_sub(tail.width()));
    format!("{head}…{}", tail.chars().rev().collect::<String>())
}

fn take(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut left = columns;
    chars
        .take_while(|c| {
            let width = c.width().unwrap_or(0);
            let fits = width <= left;
            left = left.saturating_sub(width);
            fits
        })
        .collect()
}

/// Names without the folder and the beginning they all have. A beginning is left out in whole words only.
fn distinct(paths: &[&str]) -> Vec<String> {
    let file = |path: &str| {
        Path::new(path).file_name().map_or(path.to_owned(), |name| name.to_string_lossy().into())
    };
    let [first, rest @ ..] = paths else { return Vec::new() };
    if rest.is_empty() {
        return vec![file(first)];
    }
    let parts = |path: &str| -> Vec<String> {
        let components = Path::new(path).components();
        let named = components.filter(|part| !matches!(part, Component::CurDir));
        named.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let all: Vec<Vec<String>> = paths.iter().map(|path| parts(path)).collect();
    let depth = (0..all[0].len())
        .take_while(|at| all.iter().all(|own| own.len() > at + 1 && own[*at] == all[0][*at]))
        .count();
    let names: Vec<String> =
        all.iter().map(|own| own[depth..].join(std::path::MAIN_SEPARATOR_STR)).collect();
    let shared = names.iter().skip(1).fold(names[0].len(), |shared, name| {
        let same = names[0].char_indices().zip(name.chars()).take_while(|((_, a), b)| a == b);
        shared.min(same.last().map_or(0, |((at, c), _)| at + c.len_utf8()))
    });
    let word = |c: char| !c.is_alphanumeric();
    let cut = names[0][..shared]
        .rfind(word)
        .map_or(0, |at| at + names[0][at..].chars().next().map_or(0, char::len_utf8));
    // A short beginning costs less than a name that looks like a piece.
    if cut < 12 || names.iter().any(|name| name.len() == cut) {
        return names;
    }
    names.iter().map(|name| format!("…{}", &name[cut..])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fits_from_forty_columns_on() {
        for width in 40..200 {
            assert!(room(width) >= 16, "{width}");
            assert!(room(width) + usize::from(columns_of(width).1) < usize::from(width), "{width}");
            // `style` falls back to another form when it cannot be read.
            let (rest, _) = columns_of(width);
            assert!(
                ProgressStyle::with_template(&format!("{{msg:{}!}} {rest}", room(width))).is_ok()
            );
        }
    }

    #[test]
    fn a_name_is_cut_in_the_middle_by_columns() {
        assert_eq!(fit("short.mp4", 20), "short.mp4");
        assert_eq!(fit("a very long name of a film 01.mp4", 16), "a ver…ilm 01.mp4");
        let wide = fit("很长很长很长的课程名称第01讲.mp4", 16);
        assert!(wide.width() <= 16 && wide.ends_with("第01讲.mp4"), "{wide}");
        assert_eq!(fit("a\u{1b}b", 10), "a\\u{1b}b");
    }

    #[test]
    fn files_are_named_by_what_differs() {
        for (paths, names) in [
            (&["/in/holiday/a.mp4"][..], &["a.mp4"][..]),
            (&["in/a.mp4", "in/b.mp4"], &["a.mp4", "b.mp4"]),
            (&["./in/a.mp4", "in/deep/b.mp4"], &["a.mp4", "deep/b.mp4"]),
            (
                &["/x/2024 Kyoto in the rain 01.mp4", "/x/2024 Kyoto in the rain 02.mp4"],
                &["…01.mp4", "…02.mp4"],
            ),
            (&["/x/part-1.mp4", "/x/part-2.mp4"], &["part-1.mp4", "part-2.mp4"]),
            (&["/a/x.mp4", "/b/x.mp4"], &["a/x.mp4", "b/x.mp4"]),
            (&["x.mp4", "x.mp4"], &["x.mp4", "x.mp4"]),
        ] {
            let names: Vec<String> =
                names.iter().map(|name| name.replace('/', std::path::MAIN_SEPARATOR_STR)).collect();
            assert_eq!(distinct(paths), names, "{paths:?}");
        }
    }
}
