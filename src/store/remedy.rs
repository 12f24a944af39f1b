//! What a database refuses with, in the words of whoever runs it: what is wrong and what to do. The database's own words follow,
//! since somebody may look them up.

use std::fmt;

/// How many characters a code of `PostgreSQL` has; those of `SQLite` are numbers of four digits at most.
const SQLSTATE_LENGTH: usize = 5;

/// An error of the driver, to be shown.
pub(crate) struct InWords<'a>(pub(crate) &'a sqlx::Error);

impl fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, original) = match self.0 {
            sqlx::Error::Database(error) => {
                (error.code().and_then(|code| of_code(&code)), error.message().trim().to_owned())
            }
            sqlx::Error::Io(error) => (Some(CONNECTION_BROKE), error.to_string()),
            sqlx::Error::PoolTimedOut => (Some(NO_CONNECTION), "pool timed out".to_owned()),
            other => (None, other.to_string()),
        };
        match words {
            Some(words) => write!(f, "{words} ({original})"),
            None => f.write_str(&original),
        }
    }
}

const CONNECTION_BROKE: &str =
    "la connexion à la base s’est rompue ; vérifiez que son serveur tourne et que le réseau y mène";
const NO_CONNECTION: &str = "aucune connexion à la base en 8 secondes ; vérifiez que son serveur répond et qu’il en accepte \
     assez (max_connections)";

fn of_code(code: &str) -> Option<&'static str> {
    if code.len() == SQLSTATE_LENGTH { of_sqlstate(code) } else { of_sqlite(code.parse().ok()?) }
}

/// By the primary code: <https://www.sqlite.org/rescode.html>.
fn of_sqlite(code: u32) -> Option<&'static str> {
    Some(match code & 0xff {
        5 | 6 => "un autre programme tient la base ; fermez-le",
        8 | 14 => {
            "le compte du service ne peut pas écrire dans ce fichier ou dans son dossier ; rendez-lui ce droit (chown, chmod), ou \
             vérifiez que le disque n’est pas monté en lecture seule"
        }
        10 => "le disque ne lit ou n’écrit pas comme il faut ; lisez le journal du système (dmesg)",
        11 => "le fichier est abîmé ; arrêtez le serveur, gardez ce fichier et restaurez une sauvegarde",
        13 => "le disque est plein ; faites de la place",
        26 => "ce n’est pas une base SQLite",
        _ => return None,
    })
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_sqlstate(code: &str) -> Option<&'static str> {
    Some(match code {
        "25006" => {
            "la base n’est qu’en lecture : est-ce un serveur de secours ? rendez-la inscriptible \
             (default_transaction_read_only), ou donnez l’adresse du serveur principal"
        }
        "28000" | "28P01" => {
            "le serveur de la base refuse ce compte ou son mot de passe ; corrigez l’adresse de la base, ou pg_hba.conf"
        }
        "3D000" => {
            "cette base n’existe pas sur ce serveur ; vérifiez son nom, ou recréez-la et restaurez une sauvegarde"
        }
        "42501" => "le compte n’en a pas le droit ; faites-le propriétaire de la base et de ses tables",
        "42P01" => "une table manque ; restaurez une sauvegarde dans une base vide",
        "53100" => "le disque du serveur de la base est plein ; faites-y de la place",
        "53300" => "le serveur de la base n’accepte plus de connexions ; fermez-en, ou augmentez max_connections",
        "55P03" => "un autre programme tient les tables ou le tour d’écriture ; voyez lequel dans pg_locks",
        "57P01" | "57P02" | "57P03" => "le serveur de la base s’arrête ou démarre ; attendez, ou relancez-le",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_by_its_database() {
        assert!(of_code("1544").is_some_and(|words| words.contains("chmod")), "1544 is a way of 8, read-only");
        assert!(of_code("53100").is_some_and(|words| words.contains("plein")));
        assert!(of_code("1").is_none() && of_code("42601").is_none());
    }
}
