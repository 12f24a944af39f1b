//! What the parser of the command line says in English, in French: headings of the help, mistakes in a command. It must not
//! know what any verb does.

use std::error::Error as _;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::say;

/// Misuse of the command line.
const MISUSED: u8 = 2;

/// The parser's own words, in help and in usage; longer ones first.
const WORDS: [(&str, &str); 12] = [
    ("Print this message or the help of the given subcommand(s)", "Afficher l’aide d’une commande"),
    ("Print help (see a summary with '-h')", "Afficher cette aide"),
    ("Print help (see more with '--help')", "Afficher cette aide"),
    ("Print help", "Afficher cette aide"),
    ("Print version", "Afficher la version"),
    ("Possible values:", "Valeurs possibles\u{a0}:"),
    ("[possible values: ", "[valeurs possibles\u{a0}: "),
    ("[default: ", "[par défaut\u{a0}: "),
    ("Usage:", "Utilisation\u{a0}:"),
    ("Commands:", "Commandes\u{a0}:"),
    ("Arguments:", "Arguments\u{a0}:"),
    ("Options:", "Options\u{a0}:"),
];

/// Why the parser of a value refuses it, in the standard library's words.
const REFUSED_VALUES: [(&str, &str); 5] = [
    ("invalid digit found in string", "écrivez un nombre entier"),
    ("cannot parse integer from empty string", "écrivez un nombre entier"),
    ("number too large to fit in target type", "ce nombre est trop grand"),
    ("invalid socket address syntax", "écrivez une adresse et un port, par exemple 127.0.0.1:8080"),
    ("invalid IP address syntax", "écrivez une adresse IP, par exemple 10.0.0.1"),
];

/// Shows the help or the version that was asked for, or says what is wrong in the command.
pub(super) fn answer(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            say(translated(&rendered(error, io::stdout().is_terminal())).trim_end());
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            complain(translated(&rendered(error, io::stderr().is_terminal())).trim_end());
            ExitCode::from(MISUSED)
        }
        _ => {
            complain(&format!("Erreur : {}", mistake(error)));
            ExitCode::from(MISUSED)
        }
    }
}

/// A closed pipe is the caller's choice, not our failure.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn rendered(error: &clap::Error, is_terminal: bool) -> String {
    let text = error.render();
    let is_plain = !is_terminal || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if is_plain { text.to_string() } else { text.ansi().to_string() }
}

fn translated(text: &str) -> String {
    WORDS.iter().fold(text.to_owned(), |text, (english, french)| text.replace(english, french))
}

/// What is wrong, what was perhaps meant, and how the command is written.
fn mistake(error: &clap::Error) -> String {
    let told = |kind| texts(error, kind).join(", ");
    let (argument, value) = (told(ContextKind::InvalidArg), told(ContextKind::InvalidValue));
    let mut lines = vec![match error.kind() {
        ErrorKind::UnknownArgument => format!("« {argument} » n’est pas attendu ici"),
        ErrorKind::InvalidSubcommand => {
            format!("il n’y a pas de commande « {} »", told(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("il manque {argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("il manque une valeur après {argument}"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("« {value} » ne convient pas pour {argument}{}", reason(error))
        }
        ErrorKind::ArgumentConflict => format!("{argument} ne va pas avec {}", told(ContextKind::PriorArg)),
        _ => translated(&error.render().to_string()),
    }];
    let possible = texts(error, ContextKind::ValidValue);
    if !possible.is_empty() {
        lines.push(format!("  valeurs possibles : {}", possible.join(", ")));
    }
    for kind in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand] {
        // The parser names the likeliest last.
        let meant: Vec<String> = texts(error, kind).iter().rev().map(|meant| format!("« {meant} »")).collect();
        if !meant.is_empty() {
            lines.push(format!("  vouliez-vous écrire {}\u{202f}?", meant.join(" ou ")));
        }
    }
    lines.extend(texts(error, ContextKind::Usage).iter().map(|usage| format!("  {}", translated(usage))));
    lines.push("  pour en savoir plus, ajoutez --help".to_owned());
    lines.join("\n")
}

/// Why a value is refused; our own parsers say it in French already.
fn reason(error: &clap::Error) -> String {
    let Some(source) = error.source().map(ToString::to_string) else { return String::new() };
    let known = REFUSED_VALUES.iter().find(|(english, _)| *english == source);
    format!(" : {}", known.map_or(&*source, |(_, french)| french))
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::StyledStr(text)) => vec![text.to_string()],
        Some(ContextValue::StyledStrs(texts)) => texts.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}
