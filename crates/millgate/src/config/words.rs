//! Words of a command line, as Python's `shlex.split` (3.11) separates them: quotes and backslashes as in a POSIX shell,
//! and no comments, no variables.

/// Splits `text` into words. `None` where a quotation or a backslash is left open.
pub(super) fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    // A word exists from its first character or quote on: `''` is an empty word.
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        quoted => word.push(quoted),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => match chars.next()? {
                            escaped @ ('"' | '\\') => word.push(escaped),
                            other => word.extend(['\\', other]),
                        },
                        quoted => word.push(quoted),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            plain => word.get_or_insert_default().push(plain),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    /// Each row is what Python 3.11 gives.
    #[test]
    fn words_are_split_as_python_splits_them() {
        let rows: &[(&str, Option<&[&str]>)] = &[
            ("", Some(&[])),
            ("  \t\n ", Some(&[])),
            ("--a b", Some(&["--a", "b"])),
            ("--a='b c' d", Some(&["--a=b c", "d"])),
            (r#"--a="b \"c\" \d""#, Some(&["--a=b \"c\" \\d"])),
            (r"a\ b c\\d", Some(&["a b", "c\\d"])),
            ("'' \"\" x''", Some(&["", "", "x"])),
            ("a #b c", Some(&["a", "#b", "c"])),
            ("$HOME `x` a;b", Some(&["$HOME", "`x`", "a;b"])),
            ("a\nb\rc", Some(&["a", "b", "c"])),
            (r"'a\'b", Some(&[r"a\b"])),
            ("é'ü'", Some(&["éü"])),
            ("'open", None),
            ("\"open", None),
            ("a\\", None),
        ];
        for (text, expected) in rows {
            let words = split(text);
            let words: Option<Vec<&str>> = words.as_ref().map(|w| w.iter().map(String::as_str).collect());
            assert_eq!(words.as_deref(), *expected, "{text:?}");
        }
    }
}
