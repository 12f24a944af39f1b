//! The files around the databases: logs of writes that should be empty, files that should not be there, who may read them;
//! and what the settings mean for the promise.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::server::Nearness;
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
    advice: "enlevez ISOLOIR_LOG, ou mettez-y « warn,isoloir=info », puis relancez le serveur : l’ordre des requêtes est celui des \
             réponses",
};
const ROLES: Question = Question {
    name: "role-separation",
    title: "Émetteur et urne séparés",
    advice: "qui administre cette machine pourrait, en observant les deux rôles à l’instant même, rapprocher un code \
             d’une réponse ; pour l’exclure, mettez l’émetteur sur une autre machine, sous une autre responsabilité",
};
const TOGETHER: Question = Question {
    advice: "les codes et les réponses d’une même base se lisent avec les mêmes droits : créez une base pour chaque rôle \
             (issuer_database et collector_database), si possible sur deux serveurs",
    ..ROLES
};
const ONE_SERVER: Question = Question {
    advice: "PostgreSQL numérote les écritures de toutes ses bases ensemble et les garde pour un temps dans un même journal \
             (pg_wal), où un code utilisé suit de près son jeton : mettez chaque rôle sur un serveur à lui",
    ..ROLES
};
const SETTINGS: &str = "réglages";

/// What stands beside a database file.
pub(crate) async fn around(name: &str, database: &Path, subject: &Subject) -> Vec<Check> {
    let journals = ["-wal", "-journal"].map(|suffix| PathBuf::from(format!("{}{suffix}", database.display())));
    vec![emptied(name, &journals, subject.settings.patience).await, strays::beside(name, database, subject)]
}

/// Whether the logs are empty, or emptied before long. Under load there is always something in them: then they must be seen to
/// become shorter, which only emptying them does, so that they hold what came since and nothing older.
async fn emptied(name: &str, journals: &[PathBuf], patience: Duration) -> Check {
    const PAUSE: Duration = Duration::from_millis(50);
    let started = Instant::now();
    let mut longest = vec![0; journals.len()];
    let mut shortened = vec![false; journals.len()];
    loop {
        // An empty journal is one that somebody is about to write.
        let bytes: Vec<u64> =
            journals.iter().map(|path| std::fs::metadata(path).map_or(0, |file| file.len())).collect();
        for ((bytes, longest), shortened) in bytes.iter().zip(&mut longest).zip(&mut shortened) {
            *shortened |= bytes < longest;
            *longest = (*longest).max(*bytes);
        }
        let full = journals.iter().zip(&bytes).filter(|(_, bytes)| **bytes > 0);
        let sizes: Vec<String> =
            full.map(|(path, bytes)| format!("{} : {}", file_name(path), count(*bytes, "octet", "octets"))).collect();
        if sizes.is_empty() {
            return JOURNALS.judge(name, true, "vides ou absents");
        }
        if bytes.iter().zip(&shortened).all(|(bytes, shortened)| *bytes == 0 || *shortened) {
            let measured = format!("{}, vidé pendant l’audit par le serveur, qui y écrit de nouveau", sizes.join(", "));
            return JOURNALS.judge(name, true, &measured);
        }
        if started.elapsed() >= patience {
            return JOURNALS.judge(name, false, &sizes.join(", "));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Every file and folder below `folder`, and itself. What the server removes meanwhile is not there.
pub(crate) fn below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(path) = waiting.pop() {
        match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound && path != folder => continue,
            Ok(metadata) if metadata.is_dir() => {
                for entry in std::fs::read_dir(&path)? {
                    waiting.push(entry?.path());
                }
            }
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        found.push(path);
    }
    Ok(found)
}

/// Nothing below the data folder may be read by another account.
pub(crate) fn modes(data: &Path) -> Vec<Check> {
    let subject = format!("dossier {}", data.display());
    let judged = below(data).map(|paths| {
        let mut open = Vec::new();
        for path in &paths {
            let Ok(metadata) = std::fs::symlink_metadata(path) else { continue };
            let mode = metadata.permissions().mode() & 0o777;
            // A link has no rights of its own.
            if !metadata.is_symlink() && mode & 0o077 != 0 {
                let shown = path.strip_prefix(data).unwrap_or(path).display().to_string();
                open.push(format!("{} ({mode:o})", if shown.is_empty() { "." } else { &shown }));
            }
        }
        (paths.len() as u64, open)
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
pub(crate) fn settings(subject: &Subject, nearness: Result<Nearness, sqlx::Error>) -> Vec<Check> {
    let Settings { request_log, servers_request_log, .. } = subject.settings;
    // The audit is a process of its own: it may have another environment than a server that is running.
    let logged = match (servers_request_log, request_log) {
        (Some(true), _) => "le serveur en marche inscrit les requêtes au journal (son ISOLOIR_LOG)",
        (_, true) => "les requêtes sont inscrites au journal d’après ISOLOIR_LOG, tel que l’audit le voit",
        (Some(false), _) => "le serveur en marche n’inscrit pas les requêtes",
        (None, false) => {
            "les requêtes ne sont pas inscrites d’après ISOLOIR_LOG, tel que l’audit le voit : aucun serveur en marche n’a pu \
             être interrogé"
        }
    };
    let folders = |data: &PathBuf| data.join("issuer").is_dir() && data.join("collector").is_dir();
    let together =
        subject.issuer.is_some() && subject.collector.is_some() || subject.data.as_ref().is_some_and(folders);
    vec![
        REQUEST_LOG.judge(SETTINGS, !request_log && servers_request_log != Some(true), logged),
        match nearness {
            Ok(Nearness::OneDatabase) => {
                TOGETHER.judge(SETTINGS, false, "les deux rôles sont dans une même base PostgreSQL")
            }
            Ok(Nearness::OneServer) => ONE_SERVER.note(SETTINGS, "les deux rôles sont sur un même serveur PostgreSQL"),
            Ok(Nearness::Apart) if together => ROLES.note(SETTINGS, "les deux rôles sont sur cette machine"),
            Ok(Nearness::Apart) => ROLES.judge(SETTINGS, true, "un seul rôle est ici"),
            Err(error) => ROLES.impossible(SETTINGS, &error),
        },
    ]
}
