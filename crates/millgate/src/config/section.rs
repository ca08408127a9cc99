//! A section of the authentication settings, read key by key.

use super::error::{ConfigError, Origin};
use super::ini::Ini;
use std::ops::RangeInclusive;

/// The section whose keys need no mention of it.
pub(super) const MAIN: &str = "mlflow";

/// A section, and how to say that its text is wrong.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    pub(super) ini: &'a Ini,
    pub(super) name: &'a str,
    pub(super) malformed: &'a dyn Fn(String) -> ConfigError,
}

impl<'a> Section<'a> {
    pub(super) fn origin(&self, key: &'static str) -> Origin {
        match self.name {
            MAIN => Origin::Key(key),
            name => Origin::SectionKey(name.to_owned(), key),
        }
    }

    pub(super) fn invalid(&self, key: &'static str, problem: impl Into<String>) -> ConfigError {
        ConfigError::invalid(self.origin(key), problem)
    }

    /// The keys that stand in it.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.ini.keys(self.name)
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<String>, ConfigError> {
        self.ini.get(self.name, key).map_err(self.malformed)
    }

    /// As [`get`](Self::get); what is set to nothing is not set.
    pub(super) fn nonempty(&self, key: &str) -> Result<Option<String>, ConfigError> {
        Ok(self.get(key)?.filter(|value| !value.is_empty()))
    }

    pub(super) fn required(&self, key: &'static str) -> Result<String, ConfigError> {
        self.get(key)?.ok_or_else(|| self.invalid(key, "is missing"))
    }

    /// A boolean as `ConfigParser.getboolean` reads it.
    pub(super) fn boolean(&self, key: &'static str) -> Result<Option<bool>, ConfigError> {
        let Some(value) = self.get(key)? else { return Ok(None) };
        match value.to_lowercase().as_str() {
            "1" | "yes" | "true" | "on" => Ok(Some(true)),
            "0" | "no" | "false" | "off" => Ok(Some(false)),
            _ => Err(self.invalid(key, "must be true or false")),
        }
    }

    pub(super) fn number(
        &self,
        key: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, ConfigError> {
        let Some(value) = self.get(key)? else { return Ok(None) };
        match value.parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                Err(self
                    .invalid(key, format!("must be a number between {} and {}", range.start(), range.end())))
            }
        }
    }

    /// What stands between commas and in lines, without what is empty.
    pub(super) fn list(&self, key: &str) -> Result<Option<Vec<String>>, ConfigError> {
        Ok(self.get(key)?.map(|value| items(&value, [',', '\n'])))
    }

    /// The lines, without those that are empty.
    pub(super) fn lines(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        Ok(self.get(key)?.map(|value| items(&value, ['\n'])).unwrap_or_default())
    }
}

/// The parts of a list, without what is empty.
pub(super) fn items<const N: usize>(text: &str, separators: [char; N]) -> Vec<String> {
    text.split(separators).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}
