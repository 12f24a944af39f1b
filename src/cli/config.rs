//! Where settings come from: the command line, then `ISOLOIR_*`, then `isoloir.toml`, then defaults.

use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::names::Addresses;

const DEFAULT_FILE: &str = "isoloir.toml";

#[derive(Args)]
pub(crate) struct CommonOptions {
    /// Fichier de configuration [par défaut : isoloir.toml, s’il existe]
    #[arg(long, global = true, value_name = "FICHIER", env = "ISOLOIR_CONFIG", hide_env = true)]
    config: Option<PathBuf>,
    /// Dossier des bases de données et des clés [par défaut : data]
    #[arg(long, global = true, value_name = "DOSSIER", env = "ISOLOIR_DATA", hide_env = true)]
    data: Option<PathBuf>,
    /// Dossier des questionnaires [par défaut : surveys]
    #[arg(long, global = true, value_name = "DOSSIER", env = "ISOLOIR_SURVEYS", hide_env = true)]
    surveys: Option<PathBuf>,
    /// Adresse et port d’écoute [par défaut : 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADRESSE", env = "ISOLOIR_LISTEN", hide_env = true)]
    listen: Option<SocketAddr>,
    /// Adresse que les habitants voient, par exemple `https://sante.exemple.fr`
    #[arg(long, global = true, value_name = "URL", env = "ISOLOIR_PUBLIC_URL", hide_env = true)]
    public_url: Option<String>,
    /// Adresse de l’émetteur de jetons, quand il est sur une autre machine
    #[arg(long, global = true, value_name = "URL", env = "ISOLOIR_ISSUER_URL", hide_env = true)]
    issuer_url: Option<String>,
    /// Rôle de cette machine : issuer, l’émetteur des jetons ; collector, l’urne ; all, les deux [par défaut : all]
    #[arg(
        long,
        global = true,
        value_enum,
        hide_possible_values = true,
        value_name = "RÔLE",
        env = "ISOLOIR_ROLE",
        hide_env = true
    )]
    role: Option<Role>,
    /// Fichier du secret que l’émetteur et l’urne partagent (mode 600), quand ils sont séparés
    #[arg(long, global = true, value_name = "FICHIER", env = "ISOLOIR_PROXY_SECRET", hide_env = true)]
    proxy_secret: Option<PathBuf>,
    /// Base PostgreSQL de l’émetteur, `postgres://compte@machine/base` [par défaut : un fichier dans --data]
    #[arg(long, global = true, value_name = "URL", env = "ISOLOIR_ISSUER_DATABASE", hide_env = true)]
    issuer_database: Option<String>,
    /// Base PostgreSQL de l’urne, une autre que celle de l’émetteur [par défaut : un fichier dans --data]
    #[arg(long, global = true, value_name = "URL", env = "ISOLOIR_COLLECTOR_DATABASE", hide_env = true)]
    collector_database: Option<String>,
    /// Adresse IP du serveur mandataire placé devant, dont l’en-tête X-Forwarded-For est cru
    #[arg(long, global = true, value_name = "IP", env = "ISOLOIR_TRUSTED_PROXY", hide_env = true)]
    trusted_proxy: Option<IpAddr>,
}

/// Which half of the work a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Les deux, sur une seule machine
    All,
    /// L’émetteur : codes et clés, jamais de réponses
    Issuer,
    /// L’urne : réponses, pages et résultats, jamais de codes ni de clé privée
    Collector,
}

/// The settings, all known. Not to be printed: the address of a database may hold a password.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) data: Option<PathBuf>,
    pub(crate) surveys: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) issuer_url: Option<String>,
    pub(crate) role: Role,
    pub(crate) proxy_secret: Option<PathBuf>,
    pub(crate) trusted_proxy: Option<IpAddr>,
    pub(crate) issuer_database: Option<String>,
    pub(crate) collector_database: Option<String>,
}

impl Config {
    /// The data folder, `data` unless another is named.
    pub(crate) fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| PathBuf::from("data"))
    }

    /// The residents' address; without one, they are on this machine.
    pub(crate) fn addresses(&self) -> anyhow::Result<Addresses> {
        let url = self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen));
        Addresses::new(&url, None)
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    data: Option<PathBuf>,
    surveys: Option<PathBuf>,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    issuer_url: Option<String>,
    role: Option<Role>,
    proxy_secret: Option<PathBuf>,
    trusted_proxy: Option<IpAddr>,
    issuer_database: Option<String>,
    collector_database: Option<String>,
}

impl CommonOptions {
    pub(crate) fn resolve(&self) -> anyhow::Result<Config> {
        refuse_passwords_in_arguments()?;
        let file = match &self.config {
            Some(path) if !path.is_file() => bail!("le fichier de configuration {} n’existe pas", path.display()),
            Some(path) => read(path)?,
            None if Path::new(DEFAULT_FILE).is_file() => read(Path::new(DEFAULT_FILE))?,
            None => ConfigFile::default(),
        };
        let default_address = SocketAddr::from(([127, 0, 0, 1], 8080));
        Ok(Config {
            data: self.data.clone().or(file.data),
            surveys: self.surveys.clone().or(file.surveys).unwrap_or_else(|| PathBuf::from("surveys")),
            listen: self.listen.or(file.listen).unwrap_or(default_address),
            public_url: self.public_url.clone().or(file.public_url),
            issuer_url: self.issuer_url.clone().or(file.issuer_url),
            role: self.role.or(file.role).unwrap_or(Role::All),
            proxy_secret: self.proxy_secret.clone().or(file.proxy_secret),
            trusted_proxy: self.trusted_proxy.or(file.trusted_proxy),
            issuer_database: self.issuer_database.clone().or(file.issuer_database),
            collector_database: self.collector_database.clone().or(file.collector_database),
        })
    }
}

fn read(path: &Path) -> anyhow::Result<ConfigFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("impossible de lire {}", path.display()))?;
    let file: ConfigFile = parse(path, &text)?;
    let urls = [&file.issuer_database, &file.collector_database];
    let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode() & 0o777);
    if mode & 0o077 != 0 && urls.into_iter().flatten().any(|url| has_password(url)) {
        bail!(
            "{} contient un mot de passe, et d’autres comptes peuvent le lire ; faites « chmod 600 »",
            path.display()
        );
    }
    Ok(file)
}

fn parse(path: &Path, text: &str) -> anyhow::Result<ConfigFile> {
    // The reader's own message would repeat the line, which may hold a password.
    toml::from_str(text).map_err(|error| {
        let before = error.span().map_or("", |span| &text[..span.start]);
        let line = before.matches('\n').count() + 1;
        anyhow::anyhow!(
            "{}, ligne {line} : {} ; les réglages possibles sont data, surveys, listen, public_url, issuer_url, role, \
             proxy_secret, trusted_proxy, issuer_database, collector_database",
            path.display(),
            wrong_setting(error.message())
        )
    })
}

/// What is wrong in a file of settings, from what its reader says.
fn wrong_setting(message: &str) -> String {
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
    match unknown {
        Some((name, _)) => format!("« {name} » n’est pas un réglage"),
        None => format!("réglage incorrect ({})", message.lines().next().unwrap_or_default()),
    }
}

/// Whether the address of a database holds a password.
fn has_password(url: &str) -> bool {
    let rest = url.split_once("postgres://").or_else(|| url.split_once("postgresql://"));
    let Some((_, rest)) = rest else { return false };
    let account = rest.split_once('@').map_or("", |(account, _)| account);
    account.split_once(':').is_some_and(|(_, password)| !password.is_empty()) || rest.contains("password=")
}

/// Everybody on a machine can read the arguments of its programs.
fn refuse_passwords_in_arguments() -> anyhow::Result<()> {
    if std::env::args().any(|argument| has_password(&argument)) {
        bail!(
            "un mot de passe donné en argument est lisible par tous les comptes de cette machine ; mettez l’adresse dans \
             isoloir.toml (mode 600) ou dans ISOLOIR_ISSUER_DATABASE et ISOLOIR_COLLECTOR_DATABASE"
        );
    }
    Ok(())
}
