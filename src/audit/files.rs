//! The files around the databases: logs of writes that should be empty, files that should not be there, who may read them;
//! and what the settings mean for the promise.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::{Settings, Subject, strays};

const JOURNALS: Question = Question {
    name: "write-ahead-log",
    title: "Journaux d’écriture vides",
    advice: "ces fichiers gardent les écritures dans leur ordre : fermez tout autre programme qui lit la base, puis \
             relancez le serveur, qui les vide",
};
const MODES: Question = Question {
    name: "file-modes",
    title: "Fichiers lisibles du seul service",
    advice: "retirez les droits du groupe et des autres : chmod -R go= DOSSIER",
};
const REQUEST_LOG: Question = Question {
    name: "request-log",
    title: "Pas de journal des requêtes",
    advice: "enlevez « isoloir::request » de ISOLOIR_LOG puis relancez le serveur : l’ordre des requêtes est celui des \
             réponses",
};
const ROLES: Question = Question {
    name: "role-separation",
    title: "Émetteur et urne séparés",
    advice: "qui administre cette machine pourrait, en observant les deux rôles à l’instant même, rapprocher un code \
             d’une réponse ; pour l’exclure, mettez l’émetteur sur une autre machine, sous une autre responsabilité",
};
const TOGETHER: Question = Question {
    advice: "PostgreSQL écrit les codes et les réponses d’une même base dans un même journal : créez une base pour chaque \
             rôle (issuer_database et collector_database)",
    ..ROLES
};
const SETTINGS: &str = "réglages";

/// What stands beside a database file.
pub(crate) async fn around(name: &str, database: &Path, subject: &Subject) -> Vec<Check> {
    let journals = ["-wal", "-journal"].map(|suffix| PathBuf::from(format!("{}{suffix}", database.display())));
    // A server empties its log shortly after each batch.
    let started = Instant::now();
    let full = loop {
        let full: Vec<String> = journals
            .iter()
            .filter_map(|path| {
                let bytes = std::fs::metadata(path).ok()?.len();
                // An empty journal is one that somebody is about to write.
                (bytes > 0).then(|| format!("{} : {}", file_name(path), count(bytes, "octet", "octets")))
            })
            .collect();
        if full.is_empty() || started.elapsed() >= subject.settings.patience {
            break full;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let measured = if full.is_empty() { "vides ou absents".to_owned() } else { full.join(", ") };
    vec![JOURNALS.judge(name, full.is_empty(), &measured), strays::beside(name, database, subject)]
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Every file and folder below `folder`, and itself.
pub(crate) fn below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = vec![folder.to_owned()];
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        next += 1;
        if std::fs::symlink_metadata(&path)?.is_dir() {
            for entry in std::fs::read_dir(&path)? {
                found.push(entry?.path());
            }
        }
    }
    Ok(found)
}

/// Nothing below the data folder may be read by another account.
pub(crate) fn modes(data: &Path) -> Vec<Check> {
    let subject = format!("dossier {}", data.display());
    let judged = below(data).and_then(|paths| {
        let mut open = Vec::new();
        for path in &paths {
            let metadata = std::fs::symlink_metadata(path)?;
            let mode = metadata.permissions().mode() & 0o777;
            // A link has no rights of its own.
            if !metadata.is_symlink() && mode & 0o077 != 0 {
                let shown = path.strip_prefix(data).unwrap_or(path).display().to_string();
                open.push(format!("{} ({mode:o})", if shown.is_empty() { "." } else { &shown }));
            }
        }
        Ok((paths.len() as u64, open))
    });
    vec![match judged {
        Ok((number, mut open)) => {
            open.sort();
            let measured = match open.len() {
                0 => {
                    format!("{}, aucun ouvert à d’autres", count(number, "fichier ou dossier", "fichiers et dossiers"))
                }
                _ => list(open.clone()),
            };
            MODES.judge(&subject, open.is_empty(), &measured)
        }
        Err(error) => MODES.impossible(&subject, &error),
    }]
}

/// What the settings say.
pub(crate) fn settings(subject: &Subject, in_one_database: Result<bool, sqlx::Error>) -> Vec<Check> {
    let Settings { request_log, .. } = subject.settings;
    // The audit is a process of its own: it reads its own environment and cannot see that of a running server.
    let logged = if request_log {
        "les requêtes sont inscrites au journal d’après ISOLOIR_LOG, tel que l’audit le voit"
    } else {
        "les requêtes ne sont pas inscrites d’après ISOLOIR_LOG, tel que l’audit le voit : dans son propre environnement, \
         qui n’est peut-être pas celui du serveur en marche"
    };
    let folders = |data: &PathBuf| data.join("issuer").is_dir() && data.join("collector").is_dir();
    let together =
        subject.issuer.is_some() && subject.collector.is_some() || subject.data.as_ref().is_some_and(folders);
    vec![
        REQUEST_LOG.judge(SETTINGS, !request_log, logged),
        match in_one_database {
            Ok(true) => TOGETHER.judge(SETTINGS, false, "les deux rôles sont dans une même base PostgreSQL"),
            Ok(false) if together => ROLES.note(SETTINGS, "les deux rôles sont sur cette machine"),
            Ok(false) => ROLES.judge(SETTINGS, true, "un seul rôle est ici"),
            Err(error) => ROLES.impossible(SETTINGS, &error),
        },
    ]
}
