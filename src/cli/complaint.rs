//! What is said of an error: its causes, each once, and in French what the system says of files in English.

/// What the system and the standard library say, and what is said for them.
const SAID_BY_THE_SYSTEM: [(&str, &str); 14] = [
    ("No such file or directory (os error 2)", "il n’existe pas ; vérifiez son nom"),
    ("Input/output error (os error 5)", "le disque ne répond pas ; essayez sur un autre"),
    ("Permission denied (os error 13)", "vous n’en avez pas le droit ; demandez-le, ou choisissez un autre endroit"),
    ("File exists (os error 17)", "il existe déjà ; choisissez un autre nom"),
    ("Not a directory (os error 20)", "ce n’est pas un dossier ; choisissez un autre nom"),
    ("Is a directory (os error 21)", "c’est un dossier ; donnez le nom d’un fichier"),
    ("Too many open files (os error 24)", "trop de fichiers sont ouverts ; fermez d’autres programmes"),
    (
        "No space left on device (os error 28)",
        "le disque est plein ; faites de la place, ou choisissez un autre disque",
    ),
    ("Read-only file system (os error 30)", "on ne peut pas y écrire ; choisissez un autre endroit"),
    ("File name too long (os error 36)", "son nom est trop long ; raccourcissez-le"),
    ("Directory not empty (os error 39)", "le dossier n’est pas vide ; choisissez-en un autre"),
    ("Address already in use (os error 98)", "cette adresse est déjà prise ; choisissez-en une autre avec --listen"),
    ("Disk quota exceeded (os error 122)", "votre place sur le disque est épuisée ; libérez-en"),
    (
        "stream did not contain valid UTF-8",
        "ce n’est pas un texte en UTF-8 ; dans le tableur, choisissez « Enregistrer sous », puis « CSV UTF-8 »",
    ),
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
    SAID_BY_THE_SYSTEM.iter().fold(message, |message, (english, french)| message.replace(english, french))
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
        // The numbers are those of this system's errors.
        for (english, _) in SAID_BY_THE_SYSTEM {
            let Some((_, number)) = english.split_once("(os error ") else { continue };
            let number: i32 = number.trim_end_matches(')').parse().expect("a number");
            assert_eq!(std::io::Error::from_raw_os_error(number).to_string(), english);
        }
        let other = std::io::Error::other("autre chose");
        assert_eq!(of(&anyhow::Error::from(other)), "autre chose");
    }
}
