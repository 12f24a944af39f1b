//! Where the roles keep their files, and how they are opened together on one machine.
//!
//! ```text
//! DATA/issuer/issuer.db, keys/      the issuer's: codes and private keys
//! DATA/collector/collector.db       the collector's: spent marks and responses
//! DATA/office/office.db             the office's: what is published
//! DATA/editions/SURVEY/LABEL/       snapshots of responses, from which results are made
//! ```
//! Issuer and collector may each keep their rows on a `PostgreSQL` server instead; the keys stay in the folder.

use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail, ensure};
use isoloir_collector::{Collector, IssuanceRefusal, IssueFuture, Publication, ServerNames, Standing, TokenIssuer};
use isoloir_issuer::{IssuanceError, Issuer, SurveyTerms};
use isoloir_office::Office;
use isoloir_store::{Hold, Location};
use isoloir_survey::{Calendar, Questionnaire, SurveyId, Territories};
use isoloir_token::key::PublicKey;
use isoloir_token::wire::TokenRequest;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::rngs::StdRng;

use crate::cli::{Config, Role};
use crate::names::Addresses;
use crate::synthetic::Profile;

/// The three territories are in mainland France.
const TIME_ZONE: &str = "Europe/Paris";
const TERRITORIES_FILE: &str = "territories.tsv";
const PROFILE_FILE: &str = "simulation.tsv";

/// The day in Paris, by the machine's clock.
pub(crate) struct ParisCalendar(TimeZone);

impl ParisCalendar {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self(TimeZone::get(TIME_ZONE).context("le fuseau horaire de Paris est introuvable")?))
    }
}

impl Calendar for ParisCalendar {
    fn today(&self) -> Date {
        jiff::Timestamp::now().to_zoned(self.0.clone()).date()
    }
}

/// The folders and databases of one installation.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    data: PathBuf,
    issuer: Location,
    collector: Location,
}

impl Installation {
    /// The installation that the settings name.
    ///
    /// # Errors
    /// An address that cannot be read, or both roles in one database.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let data = config.data();
        let location = |setting: &str, url: Option<&str>, file: PathBuf| match url {
            Some(url) => Location::server(url).with_context(|| format!("réglage {setting}")),
            None => Ok(Location::File(file)),
        };
        let issuer =
            location("issuer_database", config.issuer_database.as_deref(), data.join("issuer").join("issuer.db"))?;
        let collector = location(
            "collector_database",
            config.collector_database.as_deref(),
            data.join("collector").join("collector.db"),
        )?;
        ensure!(
            !issuer.is_same_as(&collector),
            "issuer_database et collector_database nomment la même base ({issuer}) : les codes et les réponses ne doivent \
             jamais se côtoyer ; créez une base pour chacun"
        );
        Ok(Self { data, issuer, collector })
    }

    /// The same, which must be there: a folder whose name is mistyped is not to be filled.
    ///
    /// # Errors
    /// As above, or no such folder.
    pub(crate) fn existing(config: &Config) -> anyhow::Result<Self> {
        let installation = Self::new(config)?;
        let is_all_in_files = [&installation.issuer, &installation.collector]
            .into_iter()
            .all(|location| matches!(location, Location::File(_)));
        ensure!(
            !is_all_in_files || installation.data.is_dir(),
            "il n’y a pas d’installation dans {} ; indiquez le dossier avec --data, ou commencez par isoloir survey open NOM",
            installation.data.display()
        );
        Ok(installation)
    }

    /// The folder of files.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Where the collector keeps its rows.
    pub(crate) fn collector_rows(&self) -> &Location {
        &self.collector
    }

    /// Where the issuer keeps its rows.
    pub(crate) fn issuer_rows(&self) -> &Location {
        &self.issuer
    }

    /// Where the issuer keeps its keys.
    pub(crate) fn keys_folder(&self) -> PathBuf {
        self.issuer_folder().join("keys")
    }

    /// Where the office keeps its file.
    pub(crate) fn office_folder(&self) -> PathBuf {
        self.data.join("office")
    }

    /// Where snapshots of responses are kept.
    pub(crate) fn editions_folder(&self) -> PathBuf {
        self.data.join("editions")
    }

    /// Holds the folders of the roles, as far as they are there and wherever their rows are, until the answer is dropped: they
    /// are not replaced under somebody who serves from them.
    ///
    /// # Errors
    /// A server has them open.
    pub(crate) fn hold_files(&self, hold: Hold) -> anyhow::Result<Vec<File>> {
        let mut files = Vec::new();
        for name in ["collector", "issuer", "office"] {
            let folder = self.data.join(name);
            // Who serves shares what is here; the ballot box in a file it has to itself already.
            if folder.is_dir() && (hold == Hold::Alone || name != "collector") {
                files.extend(Location::File(folder.join(format!("{name}.db"))).hold(hold)?);
            }
        }
        Ok(files)
    }

    /// Opens the files of a folder as the program would, and reads every response: what does not fit is found. Returns how many
    /// responses there are of each survey.
    ///
    /// # Errors
    /// What does not fit.
    pub(crate) async fn check_files(data: &Path, role: Role) -> anyhow::Result<Vec<(SurveyId, usize)>> {
        let calendar: Arc<dyn Calendar> = Arc::new(ParisCalendar::new()?);
        let files = Self {
            data: data.to_owned(),
            issuer: Location::File(data.join("issuer").join("issuer.db")),
            collector: Location::File(data.join("collector").join("collector.db")),
        };
        let (mut published, mut responses) = (Vec::new(), Vec::new());
        if role != Role::Issuer {
            let collector = files.collector(&Addresses::new("http://localhost", None)?.names, None, &calendar).await?;
            published.extend(collector.surveys().cloned());
            let mut read = Ok(());
            for survey in published.iter().map(|publication| &publication.questionnaire.id) {
                let of_survey = collector.mixed_responses(survey).await;
                read = read.and(of_survey.map(|of_survey| responses.push((survey.clone(), of_survey.len()))));
            }
            collector.close().await;
            read?;
            if files.office_folder().exists() {
                files.office_to_serve("http://localhost").await?.close().await;
            }
        }
        if role != Role::Collector {
            let issuer = files.issuer().await?;
            let fit = check_keys(&issuer, published.iter());
            issuer.close().await;
            fit.context("les deux moitiés de cette sauvegarde ne vont pas ensemble")?;
        }
        Ok(responses)
    }

    fn issuer_folder(&self) -> PathBuf {
        self.data.join("issuer")
    }

    fn collector_folder(&self) -> PathBuf {
        self.data.join("collector")
    }

    /// Refuses to be one half of a separation that is not there: an issuer beside responses, or a collector beside keys.
    pub(crate) fn check_separation(&self, role: Role) -> anyhow::Result<()> {
        let (other, what) = match role {
            Role::All => return Ok(()),
            Role::Issuer => (self.collector_folder(), "des réponses"),
            Role::Collector => (self.issuer_folder(), "les codes et la clé privée"),
        };
        ensure!(
            !other.exists(),
            "{} contient {what} : les deux rôles ne doivent pas partager un dossier ; \
             donnez à chacun le sien avec --data, sur sa machine",
            other.display()
        );
        Ok(())
    }

    pub(crate) async fn issuer(&self) -> anyhow::Result<Issuer> {
        Ok(Issuer::open(&self.issuer, &self.keys_folder(), &mut rand::rng()).await?)
    }

    /// The collector, which passes typed codes on to `issuer` where one is given.
    pub(crate) async fn collector(
        &self,
        names: &ServerNames,
        issuer: Option<Arc<dyn TokenIssuer>>,
        calendar: &Arc<dyn Calendar>,
    ) -> anyhow::Result<Collector> {
        let rng: StdRng = rand::make_rng();
        Ok(Collector::open(&self.collector, names, issuer, Arc::clone(calendar), rng).await?)
    }

    /// The questionnaires that were opened at the collector of this machine, also while a server runs.
    pub(crate) async fn published(&self) -> anyhow::Result<Vec<Publication>> {
        if matches!(&self.collector, Location::File(path) if !path.exists()) {
            return Ok(Vec::new());
        }
        Ok(Collector::published(&self.collector).await?)
    }

    /// How every survey of this machine's collector stands, also while a server runs.
    pub(crate) async fn standings(&self) -> anyhow::Result<Vec<Standing>> {
        if matches!(&self.collector, Location::File(path) if !path.exists()) {
            return Ok(Vec::new());
        }
        Ok(Collector::standings(&self.collector).await?)
    }

    /// Whether this machine has an issuer.
    pub(crate) fn has_issuer(&self) -> bool {
        !matches!(&self.issuer, Location::File(path) if !path.exists())
    }

    pub(crate) async fn office(&self) -> anyhow::Result<Office> {
        Ok(Office::open(&self.office_folder()).await?)
    }

    /// The office with all that it serves, on a site that is known as `address`.
    pub(crate) async fn office_to_serve(&self, address: &str) -> anyhow::Result<Office> {
        Ok(Office::open_to_serve(&self.office_folder(), address).await?)
    }

    /// Opens a survey at the issuer: its key, and whether it was open already. None when it was closed: that is for good.
    pub(crate) async fn open_at_issuer(
        &self,
        questionnaire: &Questionnaire,
    ) -> anyhow::Result<Option<(PublicKey, bool)>> {
        let mut issuer = self.issuer().await?;
        let id = &questionnaire.id;
        let (was_open, is_closed) = (issuer.surveys().any(|(known, _)| known == id), issuer.is_closed(id));
        let terms =
            SurveyTerms { access: questionnaire.access, opens: questionnaire.opens, closes: questionnaire.closes };
        let key = if is_closed { None } else { Some(issuer.open_survey(id, terms).await?) };
        issuer.close().await;
        Ok(key.map(|key| (key, was_open)))
    }

    /// Opens a survey at the collector: its questionnaire. Doing it twice changes nothing.
    pub(crate) async fn open_at_collector(&self, questionnaire: &Questionnaire, key: &PublicKey) -> anyhow::Result<()> {
        Ok(Collector::publish(&self.collector, questionnaire, key).await?)
    }
}

/// The issuer of the same process, as the collector sees it at level B.
pub(crate) struct LocalIssuer {
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) calendar: Arc<dyn Calendar>,
}

impl TokenIssuer for LocalIssuer {
    fn issue<'a>(
        &'a self,
        survey: &'a SurveyId,
        code: &'a str,
        request: &'a TokenRequest,
        address: Option<IpAddr>,
    ) -> IssueFuture<'a> {
        Box::pin(async move {
            self.issuer.issue(survey, Some(code), request, address, self.calendar.today()).await.map_err(|error| {
                match error {
                    IssuanceError::Closed => IssuanceRefusal::Closed,
                    IssuanceError::NotYetOpen => IssuanceRefusal::NotYetOpen,
                    IssuanceError::MalformedCode => IssuanceRefusal::MalformedCode,
                    IssuanceError::UnknownCode => IssuanceRefusal::UnknownCode,
                    IssuanceError::UsedCode => IssuanceRefusal::UsedCode,
                    IssuanceError::TooManyAttempts { retry_after_s } => {
                        IssuanceRefusal::TooManyAttempts { retry_after_s }
                    }
                    IssuanceError::Busy | IssuanceError::Unavailable => IssuanceRefusal::Busy,
                    IssuanceError::UnknownSurvey | IssuanceError::MalformedRequest | IssuanceError::Internal => {
                        IssuanceRefusal::Internal
                    }
                }
            })
        })
    }
}

/// A letter's fingerprint is that of the key which the collector published; tokens by another would all be refused.
pub(crate) fn check_keys<'a>(
    issuer: &Issuer,
    mut published: impl Iterator<Item = &'a Publication>,
) -> anyhow::Result<()> {
    let lacks_key = |publication: &&Publication| {
        let id = &publication.questionnaire.id;
        !issuer.surveys().any(|(survey, key)| survey == id && key.id() == publication.token_key.id())
    };
    match published.find(lacks_key) {
        None => Ok(()),
        Some(Publication { questionnaire, .. }) => bail!(
            "l’émetteur n’a pas la clé publiée de {} ; restaurez son dossier depuis une sauvegarde",
            questionnaire.id
        ),
    }
}

/// A name that is mistyped is not to be opened: the right one is among those that are.
pub(crate) fn not_open<'a>(survey: &SurveyId, open: impl Iterator<Item = &'a SurveyId>) -> anyhow::Error {
    let open: Vec<&str> = open.map(SurveyId::as_str).collect();
    let known = if open.is_empty() { String::new() } else { format!(" ; sont ouverts : {}", open.join(", ")) };
    anyhow!("le questionnaire {survey} n’est pas ouvert{known} ; pour l’ouvrir : isoloir survey open {survey}")
}

/// Reads the territories that stand beside the questionnaires.
pub(crate) fn read_territories(surveys: &Path) -> anyhow::Result<Territories> {
    let path = surveys.join(TERRITORIES_FILE);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        anyhow!(
            "impossible de lire {} : {error} ; indiquez le dossier des questionnaires avec --surveys",
            path.display()
        )
    })?;
    Territories::parse(&text).with_context(|| format!("dans {}", path.display()))
}

/// Reads the weights of made-up respondents that stand beside the questionnaires.
pub(crate) fn read_profile(surveys: &Path) -> anyhow::Result<Profile> {
    let path = surveys.join(PROFILE_FILE);
    let text = std::fs::read_to_string(&path).with_context(|| format!("impossible de lire {}", path.display()))?;
    Profile::parse(&text).with_context(|| format!("dans {}", path.display()))
}

/// Reads and checks one questionnaire file.
pub(crate) fn read_questionnaire(file: &Path, territories: &Territories) -> anyhow::Result<Questionnaire> {
    let yaml = std::fs::read_to_string(file).with_context(|| format!("impossible de lire {}", file.display()))?;
    Ok(isoloir_survey::parse_all_problems(&file.display().to_string(), &yaml, territories, &files_beside(file))?)
}

/// The file that is meant: a path, or the name of a questionnaire in the folder of questionnaires.
pub(crate) fn questionnaire_file(surveys: &Path, meant: &Path) -> PathBuf {
    let named = meant.to_str().filter(|name| !meant.exists() && SurveyId::parse(name).is_ok());
    named
        .map(|name| surveys.join(format!("{name}.yaml")))
        .filter(|file| file.is_file())
        .unwrap_or_else(|| meant.to_owned())
}

/// Reads what a questionnaire names in its own folder.
pub(crate) fn files_beside(questionnaire: &Path) -> impl Fn(&str) -> std::io::Result<Vec<u8>> {
    let folder = questionnaire.parent().unwrap_or_else(|| Path::new("")).to_path_buf();
    move |name| std::fs::read(folder.join(name))
}

/// Reads the questionnaire called `survey` in the folder of questionnaires, or says which there are.
pub(crate) fn find_questionnaire(surveys: &Path, survey: &str) -> anyhow::Result<(Questionnaire, Territories)> {
    let territories = read_territories(surveys)?;
    let file = surveys.join(format!("{survey}.yaml"));
    if SurveyId::parse(survey).is_err() || !file.is_file() {
        let mut known: Vec<String> = std::fs::read_dir(surveys)?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".yaml").map(str::to_owned))
            .collect();
        known.sort();
        bail!("il n’y a pas de questionnaire « {survey} » dans {} ; il y a : {}", surveys.display(), known.join(", "));
    }
    let questionnaire = read_questionnaire(&file, &territories)?;
    if questionnaire.id.as_str() != survey {
        bail!(
            "{} porte l’identifiant « {} » ; renommez le fichier ou corrigez « id »",
            file.display(),
            questionnaire.id
        );
    }
    Ok((questionnaire, territories))
}
