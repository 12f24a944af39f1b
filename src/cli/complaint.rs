//! What is said of an error: its causes, each once, and in French what the system says of files in English.

/// What the system says of a file or an address, by its number on Linux, and what is said for it.
const SYSTEM_ERRORS: [(i32, &str); 18] = [
    (1, "le système le refuse"),
    (2, "il n’existe pas ; vérifiez son nom"),
    (5, "le disque ne répond pas ; essayez sur un autre"),
    (13, "vous n’en avez pas le droit ; demandez-le, ou choisissez un autre endroit"),
    (17, "il existe déjà ; choisissez un autre nom"),
    (20, "ce n’est pas un dossier ; choisissez un autre nom"),
    (21, "c’est un dossier ; donnez le nom d’un fichier"),
    (24, "trop de fichiers sont ouverts ; fermez d’autres programmes"),
    (27, "le fichier serait trop grand"),
    (28, "le disque est plein ; faites de la place, ou choisissez un autre disque"),
    (30, "on ne peut pas y écrire ; choisissez un autre endroit"),
    (36, "son nom est trop long ; raccourcissez-le"),
    (39, "le dossier n’est pas vide ; choisissez-en un autre"),
    (98, "un autre programme y écoute déjà ; choisissez une autre adresse avec --listen"),
    (99, "cette machine n’a pas cette adresse ; choisissez-en une autre"),
    (110, "pas de réponse ; vérifiez l’adresse et le réseau"),
    (111, "personne n’y écoute ; vérifiez l’adresse, et que le serveur est lancé"),
    (122, "votre place sur le disque est épuisée ; libérez-en"),
];

/// What is said without a number: by the standard library of a file of text, by the system of an address, by `SQLite`, by whoever
/// brings a database to the latest form.
const OTHERS: [(&str, &str); 10] = [
    (
        "stream did not contain valid UTF-8",
        "ce n’est pas un texte en UTF-8 ; ouvrez-le dans un éditeur de texte et enregistrez-le dans cet encodage",
    ),
    (
        "failed to lookup address information: Name or service not known",
        "ce nom de machine est inconnu ; vérifiez l’adresse",
    ),
    (
        "failed to lookup address information: Temporary failure in name resolution",
        "ce nom de machine ne se trouve pas ; vérifiez l’adresse et le réseau",
    ),
    (
        "unsupported startup parameter",
        "un répartiteur (PgBouncer) est devant la base et ne convient pas ; donnez l’adresse de PostgreSQL lui-même ; il refuse",
    ),
    ("while executing migrations: ", ""),
    ("error returned from database: ", ""),
    ("database or disk is full", "le disque est plein ; faites de la place, ou choisissez un autre disque"),
    ("disk I/O error", "le disque ne répond pas, ou il est plein"),
    ("was previously applied but is missing in the resolved migrations", "vient d’une version plus récente d’Isoloir"),
    ("was previously applied but has been modified", "vient d’ailleurs, ou d’un autre rôle"),
];

/// The message with its causes, each said once: many a message quotes its cause already.
pub(crate) fn of(error: &anyhow::Error) -> String {
    let message = error.chain().fold(String::new(), |said, cause| {
        let cause = cause.to_string();
        if said.is_empty() {
            cause
        } else if said.contains(&cause) {
            said
        } else {
            format!("{said} : {cause}")
        }
    });
    let message = OTHERS.iter().fold(message, |message, (english, french)| message.replace(english, french));
    SYSTEM_ERRORS.iter().fold(message, |message, (number, french)| {
        message.replace(&std::io::Error::from_raw_os_error(*number).to_string(), french)
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn what_the_system_says_is_said_in_french() {
        let none = std::fs::read_to_string("nulle-part.csv").context("impossible de lire nulle-part.csv");
        let message = of(&none.expect_err("no such file"));
        assert_eq!(message, "impossible de lire nulle-part.csv : il n’existe pas ; vérifiez son nom");
        let other = std::io::Error::other("autre chose");
        assert_eq!(of(&anyhow::Error::from(other)), "autre chose");
    }
}
