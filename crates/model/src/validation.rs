//! The checks of MLflow 3.17's `utils/validation.py`, with its words. Lengths are in characters.

use crate::{DatasetInput, Error, Result, Tag, limits};

/// Whether a value that is too long is cut (`MLFLOW_TRUNCATE_LONG_VALUES`, on by default) or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LongValues {
    Truncate,
    Refuse,
}

/// A text as Python's `json.dumps` writes it in MLflow's messages.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            c => {
                let mut units = [0u16; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
    out
}

fn invalid_value(path: &str, value: &str, reason: &str) -> Error {
    Error::invalid(format!("Invalid value {} for parameter '{path}' supplied: {reason}", quoted(value)))
}

/// A key of a metric, parameter or tag: letters, digits and `/ _ . - :` and spaces, and a plain relative path if it is taken
/// for one.
fn key(path: &str, name: &str) -> Result<()> {
    let allowed = |c: char| c.is_alphanumeric() || "_/.- :".contains(c);
    if !name.chars().all(allowed) {
        return Err(invalid_value(
            path,
            name,
            "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and \
             slashes (/).",
        ));
    }
    plain_path(path, name)
}

/// A name that could be taken for a path must be a plain relative one.
fn plain_path(path: &str, name: &str) -> Result<()> {
    let normal = normalized(name);
    if normal != name || normal == "." || normal.starts_with("..") || normal.starts_with('/') {
        return Err(invalid_value(
            path,
            name,
            &format!(
                "Names may be treated as files in certain cases, and must not resolve to other names when treated as \
                 such. This name would resolve to '{normal}'"
            ),
        ));
    }
    Ok(())
}

/// A path as Python's `posixpath.normpath` writes it.
fn normalized(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let absolute = path.starts_with('/');
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    // Two leading slashes stay, three do not: POSIX leaves their meaning open.
    let root = if path.starts_with("//") && !path.starts_with("///") {
        "//"
    } else if absolute {
        "/"
    } else {
        ""
    };
    let joined = format!("{root}{}", parts.join("/"));
    if joined.is_empty() { ".".to_owned() } else { joined }
}

fn at_most(name: &str, limit: usize, value: &str) -> Result<()> {
    if value.chars().count() <= limit {
        return Ok(());
    }
    Err(Error::invalid(format!("'{name}' exceeds the maximum length of {limit} characters")))
}

fn cut(name: &str, limit: usize, value: String, long: LongValues) -> Result<String> {
    // Bytes are never fewer than characters, so most values need no count.
    if value.len() <= limit || value.chars().count() <= limit {
        return Ok(value);
    }
    match long {
        LongValues::Truncate => Ok(value.chars().take(limit).collect()),
        LongValues::Refuse => at_most(name, limit, &value).map(|()| value),
    }
}

/// Prefixes a path with the place in a batch, such as `metrics[3].`.
fn within(place: Option<(&str, usize)>, field: &str) -> String {
    place.map_or_else(|| field.to_owned(), |(list, index)| format!("{list}[{index}].{field}"))
}

/// The key and time of a metric. `place` is where it stands in a batch.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn metric(name: &str, timestamp: i64, place: Option<usize>) -> Result<()> {
    let place = place.map(|index| ("metrics", index));
    key(&within(place, "name"), name)?;
    if timestamp < 0 {
        return Err(Error::invalid(format!(
            "Invalid value {timestamp} for parameter '{}' supplied: metric '{name}'. Timestamp must be a nonnegative long \
             (64-bit integer) ",
            within(place, "timestamp")
        )));
    }
    at_most("Metric name", limits::ENTITY_KEY, name)
}

/// A parameter, its value cut or refused when it is too long.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn param(param: Tag, place: Option<usize>, long: LongValues) -> Result<Tag> {
    key(&within(place.map(|index| ("params", index)), "key"), &param.key)?;
    at_most("Param key", limits::ENTITY_KEY, &param.key)?;
    let value = cut("Param value", limits::PARAM_VALUE, param.value, long)?;
    Ok(Tag { key: param.key, value })
}

/// A tag of a run, its value cut or refused when it is too long.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn tag(tag: Tag, place: Option<usize>, long: LongValues) -> Result<Tag> {
    let place = place.map(|index| ("tags", index));
    let key_path = within(place, "key");
    key(&key_path, &tag.key)?;
    at_most(&key_path, limits::ENTITY_KEY, &tag.key)?;
    let value = cut(&within(place, "value"), limits::TAG_VALUE, tag.value, long)?;
    Ok(Tag { key: tag.key, value })
}

/// A tag that a run is made with. MLflow looks at the characters of its key only when it is set later.
///
/// # Errors
/// INVALID_PARAMETER_VALUE for a key that the column cannot hold, or a value that is too long and must not be cut.
pub fn tag_of_new_run(tag: Tag, index: usize, long: LongValues) -> Result<Tag> {
    at_most(&format!("tags[{index}].key"), limits::ENTITY_KEY, &tag.key)?;
    let value = cut(&format!("tags[{index}].value"), limits::TAG_VALUE, tag.value, long)?;
    Ok(Tag { key: tag.key, value })
}

/// A tag of an experiment.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn experiment_tag(tag: &Tag) -> Result<()> {
    key("key", &tag.key)?;
    at_most("key", limits::EXPERIMENT_TAG_KEY, &tag.key)?;
    at_most("value", limits::EXPERIMENT_TAG_VALUE, &tag.value)
}

/// The name of a logged model.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words (MLflow 3.17 `_validate_logged_model_name`).
pub fn logged_model_name(name: &str) -> Result<()> {
    if name.is_empty() || name.contains(['/', ':', '.', '%', '"', '\'']) {
        return Err(Error::invalid(format!(
            "Invalid model name ({}) provided. Model name must be a non-empty string and cannot contain the following \
             characters: ('/', ':', '.', '%', '\"', \"'\")",
            quoted(name)
        )));
    }
    at_most("name", limits::LOGGED_MODEL_NAME, name)
}

/// The type of a logged model.
///
/// # Errors
/// INVALID_PARAMETER_VALUE for one that the column cannot hold.
pub fn logged_model_type(model_type: &str) -> Result<()> {
    at_most("model_type", limits::LOGGED_MODEL_NAME, model_type)
}

/// The keys of parameters or tags of a logged model; `list` is the name of the field that holds them.
///
/// # Errors
/// INVALID_PARAMETER_VALUE for an empty key and for one that the column cannot hold.
pub fn logged_model_keys(list: &str, pairs: &[Tag]) -> Result<()> {
    pairs.iter().enumerate().try_for_each(|(index, pair)| {
        let path = format!("{list}[{index}].key");
        if pair.key.is_empty() {
            return Err(Error::missing(&path));
        }
        at_most(&path, limits::LOGGED_MODEL_KEY, &pair.key)
    })
}

/// The name of a registered model.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn registered_model_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid("Missing value for required parameter 'name'."));
    }
    if name.contains(['/', ':']) {
        return Err(Error::invalid(format!("Invalid model name '{name}'. Names cannot contain '/' or ':'.")));
    }
    plain_path("name", name)
}

/// The name that a registered model is to get. `*` stands for all models in grants, so that none can have that name.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words where it refuses the name too.
pub fn new_registered_model_name(name: &str) -> Result<()> {
    registered_model_name(name)?;
    if name == "*" {
        return Err(Error::invalid("Invalid model name '*'. In permissions it stands for all models."));
    }
    at_most("name", limits::REGISTERED_MODEL_NAME, name)
}

/// The number of a model version, as Python reads integers but for underscores.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn model_version(version: &str) -> Result<i64> {
    version
        .trim()
        .parse()
        .map_err(|_| Error::invalid(format!("Parameter 'version' must be an integer, got '{version}'.")))
}

/// The key of a tag of a registered model or model version.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn registry_tag_key(name: &str) -> Result<()> {
    key("key", name)?;
    at_most("key", limits::REGISTRY_TAG_KEY, name)
}

/// A tag of a registered model or model version.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn registry_tag(tag: &Tag) -> Result<()> {
    registry_tag_key(&tag.key)?;
    at_most("value", limits::REGISTRY_TAG_VALUE, &tag.value)
}

/// An alias, as it is looked up.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn alias(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::invalid("Registered model alias name cannot be empty."));
    }
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        return Err(Error::invalid(format!(
            "Invalid alias name: '{name}'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
        )));
    }
    at_most("Registered model alias name", limits::REGISTERED_MODEL_ALIAS, name)
}

/// An alias that is to be set: not `latest`, nor one that looks like a version (`v1`).
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn new_alias(name: &str) -> Result<()> {
    alias(name)?;
    if is_latest(name) {
        return Err(Error::invalid("'latest' alias name (case insensitive) is reserved."));
    }
    let digits = name.strip_prefix(['v', 'V']).unwrap_or_default();
    if !digits.is_empty() && digits.chars().all(char::is_numeric) {
        return Err(Error::invalid(format!("Version alias name '{name}' is reserved.")));
    }
    Ok(())
}

/// Whether an alias asks for the latest version, in any case.
pub fn is_latest(alias: &str) -> bool {
    alias.eq_ignore_ascii_case("latest")
}

/// The name of an experiment.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn experiment_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::invalid("Invalid experiment name: ''"));
    }
    at_most("name", limits::EXPERIMENT_NAME, name)
}

/// The id of a run, where MLflow looks at its form.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn run_id(id: &str) -> Result<()> {
    let mut chars = id.chars();
    let valid = chars.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        && id.chars().count() <= 256;
    if valid {
        return Ok(());
    }
    Err(Error::invalid(format!("Invalid value {} for parameter 'run_id' supplied.", quoted(id))))
}

/// How much a batch holds.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn batch_size(metrics: usize, params: usize, tags: usize) -> Result<()> {
    let check = |what: &str, limit: usize, count: usize| {
        if count <= limit {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "A batch logging request can contain at most {limit} {what}. Got {count} {what}. Please split up {what} \
             across multiple requests and try again."
        )))
    };
    check("metrics", limits::METRICS_PER_BATCH, metrics)?;
    check("params", limits::PARAMS_TAGS_PER_BATCH, params)?;
    check("tags", limits::PARAMS_TAGS_PER_BATCH, tags)?;
    check("metrics, params, and tags", limits::ENTITIES_PER_BATCH, metrics + params + tags)
}

/// No parameter may come twice in a batch.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn unique_params(params: &[Tag]) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    let twice: Vec<String> = params
        .iter()
        .filter(|param| !seen.insert(param.key.as_str()))
        .map(|param| format!("'{}'", param.key))
        .collect();
    if twice.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "Duplicate parameter keys have been submitted: [{}]. Please ensure the request contains only one param value per \
         param key.",
        twice.join(", ")
    )))
}

/// Datasets that a run read.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, with MLflow's words.
pub fn dataset_inputs(inputs: &[DatasetInput]) -> Result<()> {
    for input in inputs {
        for tag in &input.tags {
            at_most("key", limits::INPUT_TAG_KEY, &tag.key)?;
            at_most("value", limits::INPUT_TAG_VALUE, &tag.value)?;
        }
        let dataset = &input.dataset;
        for (what, limit, value) in [
            ("name", limits::DATASET_NAME, Some(&dataset.name)),
            ("digest", limits::DATASET_DIGEST, Some(&dataset.digest)),
            ("source", limits::DATASET_SOURCE, Some(&dataset.source)),
            ("schema", limits::DATASET_SCHEMA, dataset.schema.as_ref()),
            ("profile", limits::DATASET_PROFILE, dataset.profile.as_ref()),
        ] {
            if let Some(value) = value {
                at_most(what, limit, value)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag_of(key: &str, value: &str) -> Tag {
        Tag { key: key.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn keys_are_plain_relative_paths_of_harmless_characters() {
        for good in ["a", "a/b", "a.b-c_d e:f", "größe", "a..b"] {
            assert!(key("key", good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "/a", "a/", "a//b", "./a", "a/../b", "../a", "a\"b", "a\n", "a\\b", "a*"] {
            assert!(key("key", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_bad_key_of_a_batch_is_named_by_its_place() {
        let error = metric("a*", 0, Some(3)).unwrap_err();
        assert!(
            error
                .message
                .starts_with("Invalid value \"a*\" for parameter 'metrics[3].name' supplied: Names may only")
        );
    }

    #[test]
    fn a_registered_model_has_a_plain_name() {
        for good in ["forest", "a b", "größe", "a.b", "**", "100%"] {
            assert!(new_registered_model_name(good).is_ok(), "{good}");
        }
        let long = "n".repeat(limits::REGISTERED_MODEL_NAME + 1);
        for bad in ["", "  ", "a/b", "a:b", ".", "..", "*", &long] {
            assert!(new_registered_model_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_alias_cannot_look_like_a_version() {
        for good in ["champion", "v", "v1a", "1", "a-b_c", "latest-1"] {
            assert!(new_alias(good).is_ok(), "{good}");
        }
        for bad in ["", "latest", "LATEST", "v1", "V23", "a b", "a@b", "a\n"] {
            assert!(new_alias(bad).is_err(), "{bad:?}");
        }
        assert!(alias("latest").is_ok() && alias("v1").is_ok());
    }

    #[test]
    fn a_version_is_an_integer() {
        assert_eq!([model_version("1"), model_version(" 01 ")], [Ok(1), Ok(1)]);
        let error = model_version("x").unwrap_err();
        assert_eq!(error.message, "Parameter 'version' must be an integer, got 'x'.");
    }

    #[test]
    fn paths_are_normalized_as_python_does() {
        for (path, expected) in [
            ("", "."),
            ("a/./b", "a/b"),
            ("a/../..", ".."),
            ("/..", "/"),
            ("//a", "//a"),
            ("///a", "/a"),
            ("../a", "../a"),
        ] {
            assert_eq!(normalized(path), expected, "{path}");
        }
    }

    #[test]
    fn long_values_are_cut_by_characters_or_refused() {
        let long = "ü".repeat(limits::PARAM_VALUE + 1);
        let truncated = param(tag_of("k", &long), None, LongValues::Truncate).unwrap();
        assert_eq!(truncated.value.chars().count(), limits::PARAM_VALUE);
        assert!(param(tag_of("k", &long), None, LongValues::Refuse).is_err());
        assert!(param(tag_of("k", &"ü".repeat(limits::PARAM_VALUE)), None, LongValues::Refuse).is_ok());
        assert!(tag(tag_of(&"k".repeat(251), ""), None, LongValues::Truncate).is_err());
    }

    #[test]
    fn a_parameter_given_twice_is_named() {
        let error = unique_params(&[tag_of("a", "1"), tag_of("b", "1"), tag_of("a", "2")]).unwrap_err();
        assert!(error.message.contains("['a']"));
    }

    #[test]
    fn a_batch_is_limited_by_kind_and_in_all() {
        assert!(batch_size(900, 50, 50).is_ok());
        for (metrics, params, tags) in [(1001, 0, 0), (0, 101, 0), (0, 0, 101), (990, 10, 1)] {
            assert!(batch_size(metrics, params, tags).is_err(), "{metrics} {params} {tags}");
        }
    }
}
