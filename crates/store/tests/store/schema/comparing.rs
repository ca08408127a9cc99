//! Comparing two descriptions of databases.

use serde_json::{Map, Value, json};

/// What only the reference has (`-`) and what only the database has (`+`), a line each.
pub(super) fn differences(reference: &Value, database: &Value) -> Vec<String> {
    let (found, expected) = (facts(database), facts(reference));
    let line = |sign, (place, fact): &(String, Value)| format!("{sign} {place} {fact}");
    let missing = expected.iter().filter(|fact| !found.contains(fact)).map(|fact| line('-', fact));
    let added = found.iter().filter(|fact| !expected.contains(fact)).map(|fact| line('+', fact));
    missing.chain(added).collect()
}

/// A description of a database as single facts, each with its place. The order of a table's columns counts, that of
/// its keys and indexes doesn't, and neither do the spaces in a trigger.
fn facts(description: &Value) -> Vec<(String, Value)> {
    let mut facts = Vec::new();
    for (name, table) in description["tables"].as_object().unwrap() {
        for (kind, value) in table.as_object().unwrap() {
            match value {
                Value::Array(items) if kind == "columns" => {
                    let place = |position| format!("{name} {kind}[{position}]");
                    facts.extend(items.iter().enumerate().map(|(at, item)| (place(at), item.clone())));
                }
                Value::Array(items) => {
                    facts.extend(items.iter().map(|item| (format!("{name} {kind}"), item.clone())));
                }
                single => facts.push((format!("{name} {kind}"), single.clone())),
            }
        }
    }
    for trigger in description["triggers"].as_array().unwrap() {
        let mut trigger = trigger.clone();
        for (_, text) in trigger.as_object_mut().unwrap() {
            *text = Value::from(text.as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" "));
        }
        facts.push(("triggers".to_owned(), trigger));
    }
    facts.push(("revision".to_owned(), description["revision"].clone()));
    facts
}

/// A description of a database in the form of the references, as it comes together.
pub(super) struct Description {
    tables: Map<String, Value>,
    pub(super) triggers: Vec<Value>,
    pub(super) revision: String,
}

impl Description {
    /// Of a database with these tables, but for those that MLflow does not know.
    pub(super) fn of(tables: Vec<String>, revision: String) -> Self {
        let nothing = json!({"checks": [], "columns": [], "foreign_keys": [], "indexes": [], "unique": []});
        let tables = tables.into_iter().filter(|table| !store::own::is_own_table(table));
        Self {
            tables: tables.map(|table| (table, nothing.clone())).collect(),
            triggers: Vec::new(),
            revision,
        }
    }

    /// Adds to the things of a kind that a table has, but for indexes of ours.
    pub(super) fn add(&mut self, table: &str, kind: &str, thing: Value) {
        if thing["name"].as_str().is_some_and(is_of_ours) {
            return;
        }
        if let Some(table) = self.tables.get_mut(table) {
            table[kind].as_array_mut().unwrap().push(thing);
        }
    }

    pub(super) fn set_primary_key(&mut self, table: &str, key: Value) {
        if let Some(table) = self.tables.get_mut(table) {
            table["primary_key"] = key;
        }
    }

    pub(super) fn finish(self) -> Value {
        json!({"revision": self.revision, "tables": self.tables, "triggers": self.triggers})
    }
}

/// What a foreign key does when its parent's row goes away or changes, as SQLAlchemy puts it.
pub(super) fn actions(on_delete: &str, on_update: &str) -> Value {
    let mut options = Map::new();
    for (option, action) in [("ondelete", on_delete), ("onupdate", on_update)] {
        if action != "NO ACTION" {
            options.insert(option.to_owned(), Value::from(action));
        }
    }
    Value::Object(options)
}

/// Whether an index is one that Millgate has added.
pub(super) fn is_of_ours(name: &str) -> bool {
    name.starts_with("idx_millgate_")
}
