//! Texts with parts that differ from one use to the next: paths, bodies and the values of statements.

use serde::Deserialize;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A piece of a text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Part {
    Text(String),
    /// The number of the turn, which no other has: `((n % modulo) * times + i + plus)`, `i` only if asked for.
    Number {
        n: Number,
    },
    /// A value of a list: the same one in the whole turn, so that a path and a body speak of the same.
    Pick {
        pick: String,
    },
    /// What an earlier answer of the turn gave.
    Var {
        var: String,
    },
    /// As many random hexadecimal digits; `keep` names them for the rest of the turn.
    Hex {
        hex: usize,
        keep: Option<String>,
    },
    /// The milliseconds since 1970.
    Now {
        now: Millis,
    },
    /// The parts as often as that, each time with another `i`.
    Repeat {
        repeat: u64,
        separator: String,
        of: Vec<Part>,
    },
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Millis {
    Ms,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Number {
    #[serde(default = "one")]
    times: u64,
    #[serde(default)]
    plus: u64,
    #[serde(default)]
    modulo: Option<u64>,
    /// Whether the index within a repetition is added.
    #[serde(default)]
    i: bool,
}

fn one() -> u64 {
    1
}

/// Lists of values by their names.
pub(crate) type Lists = HashMap<String, Vec<String>>;

/// Numbers the turns of all connections.
#[derive(Debug, Default)]
pub(crate) struct Turns(AtomicU64);

impl Turns {
    pub(crate) fn from(first: u64) -> Self {
        Self(AtomicU64::new(first))
    }

    pub(crate) fn next<'l>(&self, lists: &'l Lists) -> Turn<'l> {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        Turn { n, lists, vars: HashMap::new(), random: mix(n ^ now_nanos()), now_ms: now_nanos() / 1_000_000 }
    }
}

/// One turn of a flow: what its texts are made of.
#[derive(Debug)]
pub(crate) struct Turn<'l> {
    n: u64,
    lists: &'l Lists,
    vars: HashMap<String, String>,
    random: u64,
    now_ms: u64,
}

impl Turn<'_> {
    /// A number below `bound` that depends on the turn alone.
    pub(crate) fn choice(&self, bound: u64) -> u64 {
        mix(self.n.wrapping_mul(3)) % bound.max(1)
    }

    pub(crate) fn keep(&mut self, name: &str, value: String) {
        self.vars.insert(name.to_owned(), value);
    }

    pub(crate) fn text(&mut self, parts: &[Part]) -> String {
        let mut text = String::new();
        self.append(&mut text, parts, 0);
        text
    }

    /// As [`Turn::text`], as the element `i` of a repetition.
    pub(crate) fn text_at(&mut self, parts: &[Part], i: u64) -> String {
        let mut text = String::new();
        self.append(&mut text, parts, i);
        text
    }

    fn append(&mut self, text: &mut String, parts: &[Part], i: u64) {
        for part in parts {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Number { n } => {
                    let base = self.n % n.modulo.unwrap_or(u64::MAX).max(1);
                    // Writing to a String does not fail.
                    let _ = write!(text, "{}", base * n.times + n.plus + if n.i { i } else { 0 });
                }
                Part::Pick { pick } => {
                    let list = self.lists.get(pick).map_or(&[][..], Vec::as_slice);
                    let salt = pick.bytes().fold(0u64, |salt, byte| salt.wrapping_mul(31) + u64::from(byte));
                    let index = mix(self.n ^ salt) % list.len().max(1) as u64;
                    text.push_str(list.get(index as usize).map_or("", String::as_str));
                }
                Part::Var { var } => text.push_str(self.vars.get(var).map_or("", String::as_str)),
                Part::Hex { hex, keep } => {
                    let mut digits = String::with_capacity(hex + 16);
                    while digits.len() < *hex {
                        self.random = mix(self.random);
                        let _ = write!(digits, "{:016x}", self.random);
                    }
                    digits.truncate(*hex);
                    text.push_str(&digits);
                    if let Some(name) = keep {
                        self.keep(name, digits);
                    }
                }
                Part::Now { now: Millis::Ms } => {
                    let _ = write!(text, "{}", self.now_ms);
                }
                Part::Repeat { repeat, separator, of } => {
                    for i in 0..*repeat {
                        if i > 0 {
                            text.push_str(separator);
                        }
                        self.append(text, of, i);
                    }
                }
            }
        }
    }
}

/// Another number for each number, without a pattern (SplitMix64).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn now_nanos() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(json: &str) -> Vec<Part> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_repetition_counts_from_its_turn() {
        let lists = Lists::new();
        let turns = Turns::from(7);
        let parts = parts(r#"["[",{"repeat":3,"separator":",","of":[{"n":{"times":10,"i":true}}]},"]"]"#);
        assert_eq!(turns.next(&lists).text(&parts), "[70,71,72]");
        assert_eq!(turns.next(&lists).text(&parts), "[80,81,82]");
    }

    #[test]
    fn a_turn_picks_the_same_value_each_time() {
        let lists = Lists::from([("runs".to_owned(), (0..100).map(|n| n.to_string()).collect())]);
        let turns = Turns::from(0);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..200 {
            let mut turn = turns.next(&lists);
            let text = turn.text(&parts(r#"[{"pick":"runs"}]"#));
            assert_eq!(turn.text(&parts(r#"[{"pick":"runs"}]"#)), text);
            seen.insert(text);
        }
        assert!(seen.len() > 60);
    }

    #[test]
    fn random_digits_can_be_kept() {
        let lists = Lists::new();
        let mut turn = Turns::from(0).next(&lists);
        let text = turn.text(&parts(r#"[{"hex":32,"keep":"run"},"/",{"var":"run"}]"#));
        let (made, kept) = text.split_once('/').unwrap();
        assert_eq!((made.len(), made), (32, kept));
    }
}
