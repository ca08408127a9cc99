//! Locations of artifacts that become others on the way, for artifacts that move too.

use super::catalogue::Table;
use super::reader;
use super::value::Value;
use crate::error::StoreError;
use crate::tracking::garbage::TRACE_LOCATION_TAG;

/// Where a beginning of locations goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRoot {
    old: String,
    new: String,
}

/// Why a text is no such pair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactRootError {
    #[error("write OLD=NEW, such as /srv/mlartifacts=s3://bucket/mlartifacts")]
    Form,
}

impl std::str::FromStr for ArtifactRoot {
    type Err = ArtifactRootError;

    /// A pair as it is written on the command line: `OLD=NEW`. A slash at the end of either makes no difference.
    fn from_str(text: &str) -> Result<Self, ArtifactRootError> {
        let (old, new) = text.split_once('=').ok_or(ArtifactRootError::Form)?;
        let (old, new) = (old.trim_end_matches('/'), new.trim_end_matches('/'));
        if old.is_empty() || new.is_empty() {
            return Err(ArtifactRootError::Form);
        }
        Ok(Self { old: old.to_owned(), new: new.to_owned() })
    }
}

impl ArtifactRoot {
    /// What a location becomes; `None` where it does not lie below the old one.
    fn moved(&self, location: &str) -> Option<String> {
        let below = location.strip_prefix(self.old.as_str())?;
        (below.is_empty() || below.starts_with('/')).then(|| format!("{}{below}", self.new))
    }
}

impl std::fmt::Display for ArtifactRoot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.old, self.new)
    }
}

/// The columns that hold locations, by table.
const LOCATIONS: [(&str, &str); 7] = [
    ("workspaces", "default_artifact_root"),
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
    ("trace_tags", "value"),
];
/// Changes the locations of a row; the first root that fits one decides.
///
/// # Errors
/// When a location becomes longer than its column takes.
pub(super) fn apply(roots: &[ArtifactRoot], table: &Table, row: &mut [Value]) -> Result<(), StoreError> {
    if roots.is_empty() || LOCATIONS.iter().all(|(name, _)| *name != table.name) {
        return Ok(());
    }
    if table.name == "trace_tags" && !has(table, row, "key", TRACE_LOCATION_TAG) {
        return Ok(());
    }
    for (index, column) in table.columns.iter().enumerate() {
        if !LOCATIONS.contains(&(table.name.as_str(), column.name.as_str())) {
            continue;
        }
        let Some(Value::Text(location)) = row.get(index) else { continue };
        let Some(moved) = roots.iter().find_map(|root| root.moved(location)) else { continue };
        if column.longest.is_some_and(|longest| moved.chars().count() > longest) {
            return Err(StoreError::Schema(format!(
                "The column {} of {} takes {} characters; with the new artifact root it would have more in the row with {}: \
                 '{moved}'. Choose a shorter root.",
                column.name,
                table.name,
                column.longest.unwrap_or_default(),
                reader::describe(table, row),
            )));
        }
        if let Some(value) = row.get_mut(index) {
            *value = Value::Text(moved);
        }
    }
    Ok(())
}

fn has(table: &Table, row: &[Value], column: &str, text: &str) -> bool {
    let index = table.columns.iter().position(|known| known.name == column);
    matches!(index.and_then(|index| row.get(index)), Some(Value::Text(value)) if value == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_moves_what_lies_below_it_and_nothing_else() {
        let root: ArtifactRoot = "/srv/old/=s3://b/new".parse().unwrap();
        assert_eq!(root.moved("/srv/old/1/run").as_deref(), Some("s3://b/new/1/run"));
        assert_eq!(root.moved("/srv/old").as_deref(), Some("s3://b/new"));
        assert_eq!(root.moved("/srv/older/1"), None);
        assert_eq!(root.to_string(), "/srv/old=s3://b/new");
        for wrong in ["", "=", "a", "a=", "=b", "/=b"] {
            assert_eq!(wrong.parse::<ArtifactRoot>(), Err(ArtifactRootError::Form), "{wrong}");
        }
    }
}
