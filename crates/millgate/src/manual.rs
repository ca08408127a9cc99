//! What the command line says of itself, for shells and for man.

use crate::RunError;
use crate::cli::Cli;
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::Write;

const NAME: &str = "millgate";

/// Writes the script that completes the command line in that shell.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn completions(shell: Shell, out: &mut impl Write) -> Result<(), RunError> {
    // It panics where it cannot write; memory can be written.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    Ok(out.write_all(&script)?)
}

/// Writes the page of the command whose names `path` has, of the program where it is empty.
///
/// # Errors
/// When there is no such command, or the page cannot be written.
pub(crate) fn page(path: &[String], out: &mut impl Write) -> Result<(), RunError> {
    let mut command = Cli::command();
    // Gives each command its full name.
    command.build();
    for name in path {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| RunError::NoSuchCommand(path.join(" ")))?;
    }
    Ok(clap_mangen::Man::new(command).render(out)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each command by its names, those of the program left out.
    fn commands() -> Vec<Vec<String>> {
        fn add(path: &[String], command: &clap::Command, found: &mut Vec<Vec<String>>) {
            for each in command.get_subcommands().filter(|each| each.get_name() != "help") {
                let path = [path, &[each.get_name().to_owned()]].concat();
                add(&path, each, found);
                found.push(path);
            }
        }
        let mut found = Vec::new();
        add(&[], &Cli::command(), &mut found);
        found
    }

    fn written(write: impl FnOnce(&mut Vec<u8>) -> Result<(), RunError>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_shell_completes_every_command() {
        for shell in [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::PowerShell, Shell::Zsh] {
            let script = written(|out| completions(shell, out));
            for path in commands() {
                assert!(script.contains(path.last().unwrap()), "{shell} does not complete {path:?}");
            }
            assert!(script.contains("backend-store-uri"), "{shell} does not complete flags");
        }
    }

    #[test]
    fn every_command_has_a_page_that_names_those_below_it() {
        let all = commands();
        assert!(all.iter().any(|path| path.join(" ") == "user create"), "{all:?}");
        for path in std::iter::once(Vec::new()).chain(all.clone()) {
            let text = written(|out| page(&path, out));
            let name = std::iter::once(NAME.to_owned()).chain(path.clone()).collect::<Vec<_>>().join("-");
            let title = format!(".TH {name} ");
            assert!(text.contains(&title), "{title} is not in {text}");
            for below in all.iter().filter(|other| other.len() == path.len() + 1 && other.starts_with(&path))
            {
                let page =
                    format!("{}\\-{}", name.replace('-', "\\-"), below.last().unwrap().replace('-', "\\-"));
                assert!(text.contains(&page), "the page of {name} does not name {page}");
            }
        }
    }

    #[test]
    fn a_command_that_does_not_exist_has_no_page() {
        let error = page(&["user".into(), "fly".into()], &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("'user fly'"), "{error}");
    }
}
