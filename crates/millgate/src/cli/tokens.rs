//! `millgate token`.

use clap::Subcommand;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Create an access token, and print it and nothing else to standard output. It is shown this once.
    Create {
        /// The user whom the token stands for.
        user: String,
        /// What the token is for: a name that no other token of the user has.
        #[arg(long)]
        name: String,
        /// The most that the token may do: READ, USE, EDIT or MANAGE.
        #[arg(long, value_name = "LEVEL", default_value = "MANAGE")]
        level: String,
        /// Bind the token to a resource and what lies in it, such as experiment/7 or `registered_model/*`; may be given
        /// several times.
        #[arg(long = "resource", value_name = "TYPE/ID")]
        resources: Vec<String>,
        /// How long the token lives, such as 90m, 12h, 30d or 8w [default: for ever, or token_max_days].
        #[arg(long, value_name = "TIME", value_parser = duration)]
        expires_in: Option<Duration>,
    },
    /// List access tokens, of one user or of all.
    List {
        /// The user's name.
        user: Option<String>,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Revoke an access token: the next request with it is refused.
    Revoke {
        /// The token's id, as `millgate token list` shows it.
        id: i64,
    },
}

/// A number and a unit.
fn duration(text: &str) -> Result<Duration, &'static str> {
    const FORM: &str =
        "must be a positive number of minutes, hours, days or weeks, such as 90m, 12h, 30d or 8w";
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 24 * 3_600,
        Some('w') => 7 * 24 * 3_600,
        _ => return Err(FORM),
    };
    let digits = text.trim_end_matches(['m', 'h', 'd', 'w']);
    if digits.len() + 1 != text.len() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FORM);
    }
    let number: u32 = digits.parse().map_err(|_| FORM)?;
    if number == 0 { Err(FORM) } else { Ok(Duration::from_secs(u64::from(number) * unit)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, seconds) in [("90m", 5_400), ("12h", 43_200), ("30d", 2_592_000), ("8w", 4_838_400)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in
            ["", "d", "30", "0d", "-1d", "+1d", "1.5h", "30 d", "30dd", "30y", "99999999999d", "3\u{660}d"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
