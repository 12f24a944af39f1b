//! Where settings come from: the command line, then `ISOLOIR_*`, then `isoloir.toml`, then defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;

const DEFAULT_FILE: &str = "isoloir.toml";

#[derive(Args)]
pub(crate) struct CommonOptions {
    /// Fichier de configuration [par défaut : isoloir.toml, s’il existe]
    #[arg(long, global = true, value_name = "FICHIER", env = "ISOLOIR_CONFIG")]
    config: Option<PathBuf>,
    /// Dossier des bases de données et des clés [par défaut : data]
    #[arg(long, global = true, value_name = "DOSSIER", env = "ISOLOIR_DATA")]
    data: Option<PathBuf>,
    /// Dossier des questionnaires [par défaut : surveys]
    #[arg(long, global = true, value_name = "DOSSIER", env = "ISOLOIR_SURVEYS")]
    surveys: Option<PathBuf>,
    /// Adresse et port d’écoute [par défaut : 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADRESSE", env = "ISOLOIR_LISTEN")]
    listen: Option<SocketAddr>,
    /// Adresse que les habitants voient, par exemple `https://sante.exemple.fr`
    #[arg(long, global = true, value_name = "URL", env = "ISOLOIR_PUBLIC_URL")]
    public_url: Option<String>,
}

/// The settings, all known.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) data: Option<PathBuf>,
    pub(crate) surveys: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
}

impl Config {
    /// The data folder, `data` unless another is named.
    pub(crate) fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| PathBuf::from("data"))
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    data: Option<PathBuf>,
    surveys: Option<PathBuf>,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
}

impl CommonOptions {
    pub(crate) fn resolve(&self) -> anyhow::Result<Config> {
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
        })
    }
}

fn read(path: &Path) -> anyhow::Result<ConfigFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("impossible de lire {}", path.display()))?;
    toml::from_str(&text).with_context(|| {
        format!(
            "{} : réglage inconnu ou incorrect ; les clés possibles sont data, surveys, listen, public_url",
            path.display()
        )
    })
}
