//! The parameters of a connection: those of its URI, and what the environment adds.

use std::collections::BTreeMap;

use super::surroundings::Surroundings;
use crate::uri::{Secret, StoreUri, StoreUriError};

/// A parameter that is understood.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// As it is written.
    name: &'static str,
    role: Role,
}

#[derive(Clone, Copy)]
enum Role {
    /// Read under this name, which is another one where several names mean the same.
    Read(&'static str),
    /// Any value is accepted: it makes no difference to what is stored or read, or to who may see it.
    Ignored,
    /// These values alone are accepted, in any case: they ask for what is so anyway.
    Only(&'static [&'static str]),
}

pub(super) const fn read(name: &'static str) -> Known {
    Known { name, role: Role::Read(name) }
}

pub(super) const fn read_as(name: &'static str, meaning: &'static str) -> Known {
    Known { name, role: Role::Read(meaning) }
}

pub(super) const fn ignored(name: &'static str) -> Known {
    Known { name, role: Role::Ignored }
}

pub(super) const fn only(name: &'static str, values: &'static [&'static str]) -> Known {
    Known { name, role: Role::Only(values) }
}

pub(super) const SEVERAL_HOSTS: &str = "names several hosts; give one, which may be a proxy's";

pub(super) fn names(known: &[Known]) -> String {
    known.iter().map(|known| known.name).collect::<Vec<_>>().join(", ")
}

/// Parameters that are read, by their names. Each is there once and holds no NUL character, which ends a text for a server.
pub(super) struct Given {
    values: BTreeMap<&'static str, Value>,
}

struct Value {
    text: Secret,
    /// Where it is from, if not from the URI.
    variable: Option<&'static str>,
}

impl Given {
    /// What the URI says. As with SQLAlchemy, what a parameter says wins over what stands before the `?`.
    ///
    /// # Errors
    /// Parameters are not known, are given twice, or ask for what is not done.
    pub(super) fn of_uri(
        uri: &StoreUri,
        known: &[Known],
        database: &'static str,
    ) -> Result<Self, StoreUriError> {
        let find = |name: &str| known.iter().find(|known| known.name == name);
        let unknown: Vec<String> =
            uri.query.iter().map(|(name, _)| name).filter(|name| find(name).is_none()).cloned().collect();
        if !unknown.is_empty() {
            return Err(StoreUriError::Parameters { dialect: uri.dialect, names: unknown });
        }
        let mut given = Self { values: BTreeMap::new() };
        for (index, (name, value)) in uri.query.iter().enumerate() {
            let Some(known) = find(name) else { continue };
            let twice = uri.query.iter().take(index).any(|(earlier, _)| earlier == name);
            if twice || !given.add(known, value, None)? {
                let problem = if name == "host" { SEVERAL_HOSTS } else { "is given twice" };
                return Err(StoreUriError::Parameter { name: name.clone(), problem });
            }
        }
        let port = uri.port.map(|port| port.to_string());
        for (name, text) in [
            ("user", uri.username.as_deref()),
            ("password", uri.password.as_ref().map(Secret::expose)),
            ("host", uri.host.as_deref()),
            ("port", port.as_deref()),
            (database, uri.database.as_deref()),
        ] {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                given.add(&read(name), text, None)?;
            }
        }
        Ok(given)
    }

    /// What the URI does not say is taken from the variables that stand for the parameters.
    ///
    /// # Errors
    /// A variable asks for what is not supported.
    pub(super) fn or_variables(
        mut self,
        known: &[Known],
        variables: &[(&'static str, &'static str)],
        around: &Surroundings,
        uri: &StoreUri,
    ) -> Result<Self, StoreUriError> {
        for (variable, name) in variables {
            let Some(text) = around.variable(variable) else { continue };
            // What is not read is not kept either: the URI is asked.
            if self.values.contains_key(name) || uri.parameter(name).is_some() {
                continue;
            }
            let Some(known) = known.iter().find(|known| known.name == *name) else {
                let name = format!("{name} (the variable {variable})");
                return Err(StoreUriError::Parameters { dialect: uri.dialect, names: vec![name] });
            };
            self.add(known, text, Some(variable))?;
        }
        Ok(self)
    }

    /// Adds a parameter if it is read and not there, and tells whether it was not there.
    fn add(
        &mut self,
        known: &Known,
        text: &str,
        variable: Option<&'static str>,
    ) -> Result<bool, StoreUriError> {
        if text.contains('\0') {
            return Err(described(known.name, variable, "holds a NUL character"));
        }
        match known.role {
            Role::Ignored => Ok(true),
            Role::Only(values) if values.iter().any(|value| value.eq_ignore_ascii_case(text)) => Ok(true),
            Role::Only(_) => Err(described(known.name, variable, "asks for what is not supported")),
            Role::Read(name) if self.values.contains_key(name) => Ok(false),
            Role::Read(name) => {
                self.values.insert(name, Value { text: Secret::new(text), variable });
                Ok(true)
            }
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.text.expose())
    }

    /// The value that `parse` makes of a parameter.
    ///
    /// # Errors
    /// With `problem` when it makes none.
    pub(super) fn parsed<T>(
        &self,
        name: &str,
        problem: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreUriError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| self.invalid(name, problem))
    }

    /// The error for a parameter's value, which it does not show.
    pub(super) fn invalid(&self, name: &str, problem: &'static str) -> StoreUriError {
        described(name, self.values.get(name).and_then(|value| value.variable), problem)
    }

    pub(super) fn is_from_variable(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| value.variable.is_some())
    }

    /// The variables that parameters are taken from.
    pub(super) fn variables(&self) -> Vec<&'static str> {
        self.values.values().filter_map(|value| value.variable).collect()
    }
}

fn described(name: &str, variable: Option<&str>, problem: &'static str) -> StoreUriError {
    let name = match variable {
        Some(variable) => format!("{name} (the variable {variable})"),
        None => name.to_owned(),
    };
    StoreUriError::Parameter { name, problem }
}

/// A port of TCP.
pub(super) fn port(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|port| *port > 0)
}

/// The driver must be one that means nothing but how Python connects.
pub(super) fn check_driver(uri: &StoreUri, known: &'static [&'static str]) -> Result<(), StoreUriError> {
    match &uri.driver {
        Some(driver) if !known.contains(&driver.as_str()) => {
            Err(StoreUriError::Driver { dialect: uri.dialect, driver: driver.clone(), known })
        }
        _ => Ok(()),
    }
}
