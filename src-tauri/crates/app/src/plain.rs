//! Text made safe for a terminal: what would move the cursor, turn the writing or fake a line is shown, not obeyed.

use std::borrow::Cow;

/// The text with every control character, line end and change of direction written as `\n`, `\u{1b}`.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(drives) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if drives(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// As [`plain`], for a text of many lines: its line ends stay.
pub fn plain_lines(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> =
        text.split('\n').map(|line| plain(line.trim_end_matches('\r'))).collect();
    lines.join("\n")
}

/// C0, C1 and DEL; line and paragraph separators; embeddings, overrides and isolates of direction.
fn drives(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c), 0x2028..=0x202E | 0x2066..=0x2069 | 0xFFF9..=0xFFFB | 0xE0000..=0xE007F)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drives_a_terminal_is_shown() {
        for (text, shown) in [
            ("Kyoto 夜 – é 🎬.mp4", "Kyoto 夜 – é 🎬.mp4"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\r\nb: done\tc", "a\\r\\nb: done\\tc"),
            ("\u{7}\u{8}\u{7f}", "\\u{7}\\u{8}\\u{7f}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("gpj.\u{202e}4pm", "gpj.\\u{202e}4pm"),
            ("\u{2066}x\u{2069}\u{2028}", "\\u{2066}x\\u{2069}\\u{2028}"),
            // Joiners are letters of many words.
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ] {
            assert_eq!(plain(text), shown);
        }
        assert_eq!(plain_lines("a\u{1b}\r\nb\n"), "a\\u{1b}\nb\n");
    }
}
