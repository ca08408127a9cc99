//! Python's `configparser.ConfigParser` (3.11), for the file of authentication settings.
//!
//! Written here because the crates for INI files read another language: a `%`, a quotation mark, a `#` or an indented line in
//! a password would come out different from what a Python MLflow beside this server reads. What counts: `=` or `:`
//! separates; comments are whole lines; indented lines continue a value; keys are case-insensitive; `[DEFAULT]` fills every
//! section; a section or key given twice is an error; `%(key)s` stands for another key's value and `%%` for `%`.
//!
//! Errors name lines, sections and keys, never values.

use std::collections::HashMap;

/// The parsed file.
pub(super) struct Ini {
    defaults: Section,
    sections: HashMap<String, Section>,
}

#[derive(Default)]
struct Section {
    /// Raw values by lower-case key.
    values: HashMap<String, String>,
    /// The keys in the order of the file.
    order: Vec<String>,
}

/// Python gives up on deeper references.
const MAX_DEPTH: usize = 10;
/// The longest value that references may grow to, in bytes.
const MAX_VALUE: usize = 64 * 1024;
const DEFAULT: &str = "DEFAULT";

impl Ini {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reader =
            Reader { ini: Self { defaults: Section::default(), sections: HashMap::new() }, current: None };
        let mut indent = 0;
        for (index, line) in lines(text).enumerate() {
            indent = reader.line(line, indent).map_err(|problem| format!("line {}: {problem}", index + 1))?;
        }
        reader.finish_value();
        Ok(reader.ini)
    }

    /// The names of all sections but `[DEFAULT]`, in the order of the alphabet.
    pub(super) fn sections(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.sections.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    pub(super) fn has_section(&self, section: &str) -> bool {
        self.sections.contains_key(section)
    }

    /// The section's own keys, in lower case, in the order of the file.
    pub(super) fn keys(&self, section: &str) -> impl Iterator<Item = &str> {
        self.sections.get(section).into_iter().flat_map(|section| &section.order).map(String::as_str)
    }

    /// A value with its references replaced.
    pub(super) fn get(&self, section: &str, key: &str) -> Result<Option<String>, String> {
        let Some(section) = self.sections.get(section) else { return Ok(None) };
        let Some(raw) = self.raw(section, key) else { return Ok(None) };
        let mut value = String::new();
        self.interpolate(section, key, raw, 1, &mut value)?;
        Ok(Some(value))
    }

    fn raw<'a>(&'a self, section: &'a Section, key: &str) -> Option<&'a str> {
        section.values.get(key).or_else(|| self.defaults.values.get(key)).map(String::as_str)
    }

    fn interpolate(
        &self,
        section: &Section,
        key: &str,
        raw: &str,
        depth: usize,
        value: &mut String,
    ) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("the references in '{key}' go too deep"));
        }
        let mut rest = raw;
        while let Some((before, after)) = rest.split_once('%') {
            value.push_str(before);
            if let Some(tail) = after.strip_prefix('%') {
                value.push('%');
                rest = tail;
            } else {
                let (name, tail) = after
                    .strip_prefix('(')
                    .and_then(|reference| reference.split_once(')'))
                    .and_then(|(name, tail)| Some((name, tail.strip_prefix('s')?)))
                    .filter(|(name, _)| !name.is_empty())
                    .ok_or_else(|| {
                        format!("a '%' in '{key}' must be written '%%', or be a reference '%(other)s'")
                    })?;
                let referred = self
                    .raw(section, &name.to_lowercase())
                    .ok_or_else(|| format!("'{key}' refers to a key that does not exist"))?;
                self.interpolate(section, key, referred, depth + 1, value)?;
                rest = tail;
            }
            if value.len() > MAX_VALUE {
                return Err(format!("the references in '{key}' make it too long"));
            }
        }
        value.push_str(rest);
        Ok(())
    }
}

/// The lines of a text file as Python reads it: ended by `\n`, `\r\n` or `\r`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

struct Reader {
    ini: Ini,
    current: Option<Current>,
}

/// The section being read, and the key whose value may go on.
struct Current {
    section: String,
    key: Option<(String, Vec<String>)>,
}

impl Reader {
    /// Takes one line; `indent` is that of the line which began the current value, and the new one is returned.
    fn line(&mut self, line: &str, indent: usize) -> Result<usize, &'static str> {
        let content = line.trim();
        if content.starts_with(['#', ';']) {
            return Ok(indent);
        }
        if content.is_empty() {
            // An empty line may stand within a value; at its end it is cut off later.
            if let Some(Current { key: Some((_, parts)), .. }) = &mut self.current {
                parts.push(String::new());
            }
            return Ok(indent);
        }
        let own_indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if own_indent > indent
            && let Some(Current { key: Some((_, parts)), .. }) = &mut self.current
        {
            parts.push(content.to_owned());
            return Ok(indent);
        }
        if let Some(header) = content.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')).map(|(h, _)| h)
            && !header.is_empty()
        {
            self.begin_section(header)?;
        } else {
            self.begin_value(content)?;
        }
        Ok(own_indent)
    }

    fn begin_section(&mut self, name: &str) -> Result<(), &'static str> {
        self.finish_value();
        if name != DEFAULT && self.ini.sections.insert(name.to_owned(), Section::default()).is_some() {
            return Err("the section is given twice");
        }
        self.current = Some(Current { section: name.to_owned(), key: None });
        Ok(())
    }

    fn begin_value(&mut self, content: &str) -> Result<(), &'static str> {
        self.finish_value();
        let Some(current) = &self.current else { return Err("a section such as [mlflow] must come first") };
        let Some((key, value)) = content.split_once(['=', ':']) else { return Err("there is no '=' or ':'") };
        let key = key.trim().to_lowercase();
        if key.is_empty() {
            return Err("there is no key before the '=' or ':'");
        }
        if section_mut(&mut self.ini, &current.section).values.contains_key(&key) {
            return Err("the key is given twice");
        }
        let value = vec![value.trim().to_owned()];
        self.current = Some(Current { section: current.section.clone(), key: Some((key, value)) });
        Ok(())
    }

    fn finish_value(&mut self) {
        let Some(current) = &mut self.current else { return };
        let Some((key, parts)) = current.key.take() else { return };
        let section = section_mut(&mut self.ini, &current.section);
        section.order.push(key.clone());
        section.values.insert(key, parts.join("\n").trim_end().to_owned());
    }
}

fn section_mut<'a>(ini: &'a mut Ini, name: &str) -> &'a mut Section {
    if name == DEFAULT { &mut ini.defaults } else { ini.sections.entry(name.to_owned()).or_default() }
}

#[cfg(test)]
#[path = "ini_tests.rs"]
mod tests;
