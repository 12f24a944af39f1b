//! What can go wrong with a database, in words for whoever runs it.

use std::path::PathBuf;

use sqlx::migrate::MigrateError;

use crate::remedy::InWords;

/// A database that cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or the file cannot be made.
    #[error("impossible de créer {} ou d’y écrire : {source} ; vérifiez les droits et la place sur le disque", path.display())]
    Create {
        /// Folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a database, or another program holds it.
    #[error("impossible d’ouvrir {place} : {} ; est-ce bien une base d’Isoloir ?", InWords(reason))]
    Open {
        /// The database, without its password.
        place: String,
        /// What the database said.
        reason: sqlx::Error,
    },
    /// Another process has it open.
    #[error(
        "un autre programme Isoloir utilise déjà {} : arrêtez le serveur avant cette commande, ou ne le lancez qu’une fois",
        folder.display()
    )]
    InUse {
        /// The database's folder.
        folder: PathBuf,
    },
    /// The name of one of its files names another file, or none.
    #[error(
        "{} n’est plus le fichier que ce programme a ouvert : il a été déplacé, remplacé ou supprimé ; rien n’est accepté \
         jusqu’à ce qu’il soit remis à sa place. {}",
        path.display(), if_lost(*is_rebuilt)
    )]
    Moved {
        /// The file.
        path: PathBuf,
        /// Whether it is one that is made again from the others.
        is_rebuilt: bool,
    },
    /// The address of a server cannot be read; it is not shown, since it may hold a password.
    #[error("l’adresse de la base de données n’est pas de la forme postgres://utilisateur@machine/base : {reason}")]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// The server does not answer.
    #[error(
        "impossible de joindre la base {place} : {} ; vérifiez que PostgreSQL tourne, que la base existe (createdb) et que ce \
         compte peut s’y connecter",
        InWords(reason)
    )]
    Connect {
        /// The database, without its password.
        place: String,
        /// What the driver said.
        reason: sqlx::Error,
    },
    /// The server does not write what it acknowledges.
    #[error(
        "la base {place} est réglée sur {setting} = {value} : une coupure de courant perdrait des réponses déjà confirmées ; \
         remettez {setting} = on dans postgresql.conf"
    )]
    NotDurable {
        /// The database, without its password.
        place: String,
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: String,
    },
    /// Something stands before the server that does not pass on what a connection is set to.
    #[error(
        "la base {place} ne garde pas les réglages de la connexion : un répartiteur (PgBouncer) est sans doute devant elle, et ne \
         convient pas ; donnez l’adresse de PostgreSQL lui-même"
    )]
    Pooled {
        /// The database, without its password.
        place: String,
    },
    /// The database was made by another version, or for another role.
    #[error(
        "{place} n’a pas la structure attendue : {source} ; utilisez la version d’Isoloir qui l’a créée, et une base par rôle"
    )]
    Migrate {
        /// The database, without its password.
        place: String,
        /// What the migration runner said.
        source: MigrateError,
    },
    /// Rows may only be copied where there are none.
    #[error(
        "la base contient déjà des lignes (table {table}) ; créez une base vide (createdb) et donnez-la : l’ancienne reste \
         ainsi intacte"
    )]
    NotEmpty {
        /// The first table that has rows.
        table: &'static str,
    },
    /// The account may write rows but not forget their order.
    #[error(
        "le compte de la base {place} n’a pas tous les droits qu’il lui faut pour effacer l’ordre d’arrivée ; faites-le \
         propriétaire de la base : ALTER DATABASE … OWNER TO …, et de ses tables"
    )]
    Rights {
        /// The database, without its password.
        place: String,
    },
    /// The server is not heard of any more; whether it did what it was asked is not known.
    #[error(
        "la base ne répond plus depuis {waited_s} secondes ; vérifiez que son serveur tourne et que le réseau y mène"
    )]
    Silent {
        /// How long it was waited for.
        waited_s: u64,
    },
    /// A statement failed.
    #[error("la base de données a refusé l’opération : {}", InWords(.0))]
    Statement(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Statement(error)
    }
}

/// What to do about a file that cannot be put back.
fn if_lost(is_rebuilt: bool) -> String {
    if is_rebuilt {
        return "S’il est perdu, arrêtez ce programme sans le tuer (kill -TERM), puis relancez-le : rien ne manquera"
            .to_owned();
    }
    let process = std::process::id();
    format!(
        "S’il est perdu, ne tuez pas ce programme : il le tient encore, sous /proc/{process}/fd (ls -l). Copiez-le de là, \
         arrêtez le programme, mettez la copie à sa place, puis relancez-le"
    )
}
