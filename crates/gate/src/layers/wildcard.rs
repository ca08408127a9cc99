//! The wildcards of Python's `fnmatch`, which MLflow's lists of hosts and origins are written in.

/// Whether `pattern` covers the whole of `text`: `*` stands for any characters, `?` for one, `[a-z]` for one of a set,
/// `[!a-z]` for one that is not in it. An opening bracket that nothing closes stands for itself.
///
/// Takes at most the product of the two lengths: each failure moves only the last star on.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut pattern, mut text) = (&pattern[..], &text[..]);
    let mut last_star = None;
    loop {
        if let ['*', rest @ ..] = pattern {
            last_star = Some((rest, text));
            pattern = rest;
        } else if pattern.is_empty() && text.is_empty() {
            return true;
        } else if let Some(rest) = one(pattern, text) {
            (pattern, text) = rest;
        } else if let Some((rest, [_, longer @ ..])) = last_star {
            last_star = Some((rest, longer));
            (pattern, text) = (rest, longer);
        } else {
            return false;
        }
    }
}

/// What is left of both when the first element of the pattern covers the first character.
fn one<'a>(pattern: &'a [char], text: &'a [char]) -> Option<(&'a [char], &'a [char])> {
    let [first, text @ ..] = text else { return None };
    let (covers, pattern) = match pattern {
        ['?', rest @ ..] => (true, rest),
        ['[', rest @ ..] => match set(rest) {
            Some((negated, members, rest)) => (contains(members, *first) != negated, rest),
            None => (*first == '[', rest),
        },
        [literal, rest @ ..] => (literal == first, rest),
        [] => return None,
    };
    covers.then_some((pattern, text))
}

/// Splits what follows an opening bracket: negated or not, the members, what follows the closing bracket. A closing
/// bracket right at the start is a member.
fn set(pattern: &[char]) -> Option<(bool, &[char], &[char])> {
    let (negated, pattern) = match pattern {
        ['!', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let end = pattern.iter().skip(1).position(|c| *c == ']')? + 1;
    let (members, rest) = pattern.split_at_checked(end)?;
    Some((negated, members, rest.split_first()?.1))
}

fn contains(members: &[char], c: char) -> bool {
    match members {
        [from, '-', to, rest @ ..] => (*from..=*to).contains(&c) || contains(rest, c),
        [member, rest @ ..] => *member == c || contains(rest, c),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each answer is that of Python 3.11 `fnmatch.fnmatchcase`.
    #[test]
    fn patterns_cover_what_pythons_fnmatch_covers() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything:5000", true),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", ".example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "a.example.com:5000", false),
            ("*.example.com", "a.example.com.evil.com", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("**a**", "xax", true),
            ("q?x*", "q?xy", true),
            ("q?x*", "qx", false),
            ("h[ab]*.x", "hab.x", true),
            ("h[ab]*.x", "hc.x", false),
            ("h[!ab]*", "hc", true),
            ("h[!ab]*", "ha", false),
            ("[a-c]*", "b1", true),
            ("[a-c]*", "d1", false),
            ("[c-a]*", "b", false),
            ("[a-]*", "-", true),
            ("[[]::1]:*", "[::1]:5000", true),
            ("[::1]:*", "[::1]:5000", false),
            ("[]]*", "]x", true),
            ("[*", "[x", true),
            ("[!]*", "[!]x", true),
            ("ü*", "üx", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_hostile_text_takes_no_time() {
        let text = "a".repeat(60_000);
        assert!(!matches("a*a*a*a*a*a*a*a*b", &text));
    }
}
