//! Names for runs that nobody named.

use model::Entropy;

const FIRST: [&str; 64] = [
    "able", "airy", "amber", "ample", "apt", "azure", "bold", "brave", "brisk", "calm", "civil", "clear",
    "coral", "crisp", "deft", "eager", "early", "fair", "fleet", "fond", "frank", "fresh", "gentle", "glad",
    "golden", "grand", "green", "happy", "hardy", "honest", "jolly", "keen", "kind", "lively", "loyal",
    "lucid", "merry", "mild", "neat", "nimble", "noble", "plain", "polite", "proud", "quick", "quiet",
    "rapid", "ready", "rosy", "round", "royal", "sandy", "sharp", "silver", "smart", "snowy", "solid",
    "spry", "steady", "sunny", "swift", "tidy", "warm", "wise",
];
const SECOND: [&str; 64] = [
    "alder", "aspen", "badger", "beacon", "beaver", "birch", "bison", "brook", "canyon", "cedar", "cliff",
    "clover", "comet", "condor", "coral", "crane", "delta", "dune", "eagle", "ember", "falcon", "fern",
    "finch", "fjord", "flint", "forge", "fox", "gate", "glade", "grove", "harbor", "hare", "heron", "hill",
    "ibis", "isle", "juniper", "lake", "lark", "linden", "lynx", "maple", "marsh", "meadow", "mill", "moss",
    "oak", "otter", "owl", "peak", "pine", "prairie", "quail", "raven", "reef", "river", "robin", "sequoia",
    "sparrow", "stone", "summit", "tern", "trout", "willow",
];

/// A name such as `brisk-otter-417`: at most 20 characters, and no promise to be the only one.
pub(crate) fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0u8; 4];
    entropy.fill(&mut bytes);
    let [first, second, high, low] = bytes.map(usize::from);
    // Both lists have 64 words: the remainder is within them, and every word as likely as another.
    let word = |list: &[&'static str; 64], n: usize| list.get(n % 64).copied().unwrap_or_default();
    format!("{}-{}-{}", word(&FIRST, first), word(&SECOND, second), (high << 8 | low) % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_short_enough_for_the_column_and_the_eye() {
        let longest = |list: &[&str; 64]| list.iter().map(|word| word.len()).max().unwrap();
        assert!(longest(&FIRST) + longest(&SECOND) + "--999".len() <= 20);
        let name = random(&model::SystemEntropy);
        assert_eq!(name.split('-').count(), 3, "{name}");
    }
}
