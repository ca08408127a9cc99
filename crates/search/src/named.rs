//! Fields of entities that have attributes and tags, and nothing else.

use crate::clause::Identifier;
use crate::error::{SearchError, shorten};

/// A name with its prefix understood. Whether there is such an attribute, the entity says.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Named<'a> {
    Attribute(&'a str),
    Tag(&'a str),
}

/// Prefixes are never quoted, and `attributes` is none of them, unlike for runs.
pub(crate) fn attribute_or_tag<'a>(identifier: &Identifier<'a>) -> Result<Named<'a>, SearchError> {
    let key = identifier.key;
    let invalid_entity = |text: &str| {
        let text = shorten(text);
        identifier.place().error(format!(
            "Invalid entity type '{text}'. Valid entity types are ('attribute', 'tag', 'tags')"
        ))
    };
    match identifier.entity {
        None if key.quote.is_some() && key.text.contains('.') => Err(invalid_entity(key.place.text())),
        None => Ok(Named::Attribute(key.text)),
        Some(entity) if entity.quote.is_some() => Err(invalid_entity(entity.place.text())),
        Some(entity) => match entity.text {
            "attribute" => Ok(Named::Attribute(key.text)),
            "tag" | "tags" => Ok(Named::Tag(key.text)),
            other => Err(invalid_entity(other)),
        },
    }
}
