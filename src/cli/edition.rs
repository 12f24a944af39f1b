//! `isoloir edition`: from responses to an edition, and from an edition to files and pages.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use isoloir_analysis::Margins;
use isoloir_export::{About, caution};
use isoloir_office::{EditionKind, Office, RegisteredEdition};
use isoloir_survey::{Calendar, SurveyId};
use jiff::civil::Date;

use super::analyse::LicenceName;
use super::config::{Config, Role};
use super::edited::published;
use super::{say, write_private_file};
use crate::editions::{self, Created, Earlier, EditionLabel, Order, Publishing, StoredEdition};
use crate::installation::{Installation, ParisCalendar, find_questionnaire, not_open};
use crate::margins::{MarginsFile, WeightingParameters};
use crate::names::Addresses;
use crate::results;

/// Arrêter les réponses en une édition, en sortir des fichiers, la publier
#[derive(Subcommand)]
#[command(
    after_help = "Exemple : isoloir edition list mauges-2026\n\nÀ la fin d’une enquête :\n  isoloir survey close mauges-2026\n  \
    isoloir edition create mauges-2026 --label 2026 --margins marges.csv\n  \
    isoloir edition export mauges-2026 2026 --out resultats\n  \
    isoloir edition publish mauges-2026 2026"
)]
pub(crate) enum EditionVerb {
    Create(Create),
    /// Écrire les tableaux, les graphiques et le classeur d’une édition dans un dossier
    #[command(after_help = "Exemple : isoloir edition export mauges-2026 2026 --out resultats\n\n\
        Les nombres sont les mêmes à chaque fois, et ceux du site. Le serveur peut tourner.\n\n\
        Ce qui a changé depuis une enquête antérieure du même territoire :\n  \
        isoloir edition export mauges-2026 2026 --out resultats --compare mauges-2022/2022\n\
        écrit aussi changes.csv, et un graphique par question posée dans les mêmes mots. Un écart est dit net quand il dépasse le \
        hasard, le nombre de tests compris.")]
    Export {
        #[command(flatten)]
        edition: Named,
        /// Dossier à écrire ; il ne doit pas exister, ou être vide
        #[arg(long, value_name = "DOSSIER")]
        out: PathBuf,
        /// Licence sous laquelle vous diffuserez ces résultats
        #[arg(long, value_enum)]
        licence: Option<LicenceName>,
        /// Édition d’une enquête antérieure, pour dire ce qui a changé depuis
        #[arg(long, value_name = "NOM/ÉDITION")]
        compare: Option<String>,
        #[command(flatten)]
        charts: results::ChartOptions,
    },
    /// Mettre les pages d’une édition à l’adresse /r/NOM
    #[command(after_help = "Exemple : isoloir edition publish mauges-2026 2026\n\n\
        L’édition définitive prend la place de l’édition intermédiaire. Relancez ensuite le serveur.\n\n\
        Avec une page « Ce qui a changé » depuis une enquête antérieure du même territoire :\n  \
        isoloir edition publish mauges-2026 2026 --compare mauges-2022/2022\n\
        Une édition retirée du site ne peut pas servir à comparer.")]
    Publish {
        /// Nom du questionnaire
        #[arg(value_name = "NOM")]
        slug: String,
        /// Nom de l’édition
        #[arg(value_name = "ÉDITION")]
        label: Option<String>,
        /// Contours des communes (fichier geojson, code INSEE en propriété « code ») : ajoute des cartes
        #[arg(long, value_name = "FICHIER.geojson")]
        map: Option<PathBuf>,
        /// Édition d’une enquête antérieure : ajoute une page qui dit ce qui a changé depuis
        #[arg(long, value_name = "SLUG/ÉDITION")]
        compare: Option<String>,
    },
    /// Écrire un modèle du fichier des marges, à remplir avec le recensement
    #[command(after_help = "Exemple : isoloir edition margins mauges-2026 --csv marges.csv\n\n\
        Une ligne par question sur la personne et par choix ; la colonne « population » est vide. Écrivez-y le nombre \
        d’habitants. Une population laissée vide veut dire que le recensement ne connaît pas ce choix. Une variable dont aucune \
        population n’est remplie est à enlever du fichier.")]
    Margins {
        /// Nom du questionnaire
        #[arg(value_name = "NOM")]
        slug: String,
        /// Fichier CSV à écrire ; il ne doit pas exister
        #[arg(long, value_name = "FICHIER")]
        csv: PathBuf,
    },
    /// Retirer du site les pages d’une édition
    #[command(after_help = "Exemple : isoloir edition withdraw mauges-2026 2026\n\n\
        Les pages répondent alors « retirées » (410), et la page d’accueil n’y mène plus. L’édition reste dans la liste et ses \
        fichiers restent en place : elle peut être publiée de nouveau telle quelle, mais pas refaite avec d’autres marges. Un \
        serveur qui tourne le remarque. Les pages d’autres éditions qui s’y comparent sont nommées, avec ce qu’il faut faire.")]
    Withdraw {
        #[command(flatten)]
        edition: Named,
    },
    /// Dire quelles éditions il y a, et ce qu’elles sont devenues
    #[command(after_help = "Exemple : isoloir edition list mauges-2026 --json")]
    List {
        /// Nom du questionnaire
        #[arg(value_name = "NOM")]
        slug: String,
        /// Pour un programme
        #[arg(long)]
        json: bool,
    },
}

/// An edition by its names.
#[derive(Args)]
pub(crate) struct Named {
    /// Nom du questionnaire
    #[arg(value_name = "NOM")]
    slug: String,
    /// Nom de l’édition
    #[arg(value_name = "ÉDITION")]
    label: String,
}

/// Faire une édition : une photographie des réponses, qui ne changera plus
#[derive(Args)]
#[command(after_help = "Exemple : isoloir edition create mauges-2026 --label 2026 --margins marges.csv\n\n\
    Le modèle du fichier des marges : isoloir edition margins mauges-2026 --csv marges.csv\n\n\
    Avant la fin de l’enquête : isoloir edition create mauges-2026 --label \"Premiers résultats\" --interim\n\n\
    Une enquête a une édition définitive, faite quand elle est close, et au plus une édition intermédiaire avant elle. \
    L’édition définitive ne montre que les groupes où au moins 30 personnes ont répondu depuis l’édition intermédiaire : \
    sinon, soustraire l’une de l’autre montrerait des réponses. Une édition ne se refait pas, et ses marges ne changent plus.\n\
    Le serveur doit être arrêté. Les réponses de l’édition sont dans le dossier « editions » des données, que le service seul \
    peut lire ; les sauvegardes le contiennent.")]
pub(crate) struct Create {
    /// Nom du questionnaire
    #[arg(value_name = "NOM")]
    slug: String,
    /// Nom de l’édition, tel qu’il sera lu
    #[arg(long, value_name = "TEXTE")]
    label: String,
    /// Fichier CSV des marges (variable,category,population), pour redresser
    #[arg(long, value_name = "FICHIER")]
    margins: Option<PathBuf>,
    /// Regrouper une modalité des marges avec une autre : variable:modalité=modalité ; autant de fois qu’il faut
    #[arg(long, value_name = "REGROUPEMENT", requires = "margins")]
    merge: Vec<String>,
    /// Limiter les poids à cinq fois le poids médian
    #[arg(long, requires = "margins")]
    trim: bool,
    /// Faire une édition définitive sans marges : ses chiffres ne seront jamais redressés
    #[arg(long, conflicts_with = "margins")]
    unweighted: bool,
    /// D’où viennent les marges, tel que les résultats le citeront : « Insee, recensement de la population 2022 »
    #[arg(long, value_name = "TEXTE", requires = "margins")]
    margins_source: Option<String>,
    /// Avant la fin de l’enquête : une édition intermédiaire
    #[arg(long)]
    interim: bool,
}

impl EditionVerb {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        // A template is asked for before there is an installation.
        if let Self::Margins { slug, csv } = &self {
            return margins_template(config, &SurveyId::parse(slug)?, csv).await;
        }
        let installation = Installation::existing(config)?;
        let calendar: Arc<dyn Calendar> = Arc::new(ParisCalendar::new()?);
        let today = calendar.today();
        let slug = match &self {
            Self::Create(create) => &create.slug,
            Self::Export { edition, .. } | Self::Withdraw { edition } => &edition.slug,
            Self::Publish { slug, .. } | Self::List { slug, .. } | Self::Margins { slug, .. } => slug,
        };
        let survey = SurveyId::parse(slug)?;
        let mut office = installation.office().await?;
        let done = match self {
            Self::Create(create) => create.run(config, &installation, &mut office, &survey, &calendar).await,
            Self::Export { edition, out, licence, compare, charts } => {
                let to = Folder { out, licence: licence.map(LicenceName::licence), compare, charts };
                export(&installation, &office, &survey, &edition.label, &to)
            }
            Self::Publish { label, map, compare, .. } => {
                let shown = (map.as_deref(), compare.as_deref());
                publish(&installation, &mut office, &survey, label, shown, today).await
            }
            Self::Withdraw { edition } => withdraw(&mut office, &survey, &edition.label, today).await,
            Self::List { json, .. } => list(&installation, &office, &survey, json).await,
            Self::Margins { .. } => Ok(()),
        };
        office.close().await;
        done
    }
}

impl Create {
    async fn run(
        self,
        config: &Config,
        installation: &Installation,
        office: &mut Office,
        survey: &SurveyId,
        calendar: &Arc<dyn Calendar>,
    ) -> anyhow::Result<()> {
        ensure!(
            self.interim || self.unweighted || self.margins.is_some(),
            "une édition définitive ne se refait pas. Sans --margins, ses chiffres ne seront jamais redressés : ajoutez --margins \
             marges.csv (le modèle : isoloir edition margins {survey} --csv marges.csv), ou --unweighted si c’est voulu"
        );
        let (merges, trim, source) = (self.merge.clone(), self.trim, self.margins_source.clone());
        let parameters = WeightingParameters { merges, trim, source };
        let margins = self.margins.as_ref().map(|file| MarginsFile::read(file, parameters));
        let kind = if self.interim { EditionKind::Interim } else { EditionKind::Final };
        let order = Order {
            survey: survey.clone(),
            label: EditionLabel::parse(&self.label)?,
            kind,
            margins: margins.transpose()?,
            made_on: calendar.today(),
            synthetic: false,
            invitations: invitation_counts(installation, config.role, survey).await?,
        };
        let names = Addresses::new(&format!("http://{}", config.listen), None)?.names;
        let collector = installation.collector(&names, None, calendar).await?;
        let folder = installation.editions_folder();
        let created = editions::create(&folder, &collector, office, &order, &mut rand::rng()).await;
        collector.close().await;
        let created = created?;
        let label = &order.label;
        say(&format!("Édition {} « {label} » faite, dans {}", kind.french(), folder.join(survey.as_str()).display()));
        say_what_was_made(&created, &order, office);
        say(&format!("  pour en sortir les fichiers : isoloir edition export {survey} \"{label}\" --out resultats"));
        say(&format!("  pour la publier : isoloir edition publish {survey} \"{label}\""));
        Ok(())
    }
}

/// What is in a new edition, in figures that it publishes too, and what it costs another or was cost by it.
fn say_what_was_made(created: &Created, order: &Order, office: &Office) {
    let release = &created.release;
    if let Some(respondents) = release.respondents() {
        say(&format!("  {respondents} réponses environ"));
    }
    match release.weighting() {
        Some(weighting) => say(&format!(
            "  redressées sur {} ; effet de plan {}, soit autant de précision que {} réponses de poids égal",
            weighting.variables.join(", "),
            weighting.deff.to_string().replace('.', ","),
            weighting.n_eff
        )),
        None => say("  sans redressement : chaque réponse compte autant"),
    }
    if order.kind == EditionKind::Interim {
        say(
            "  ce qu’elle coûte : l’édition définitive ne montrera que les groupes où au moins 30 personnes de plus auront répondu",
        );
    }
    let interim = office.editions(&order.survey).find(|edition| edition.kind == EditionKind::Interim);
    if let (Some(interim), Some(withheld)) = (interim, created.withheld) {
        say(&match withheld {
            0 => format!("  rien de plus n’est masqué à cause de l’édition intermédiaire « {} »", interim.label),
            1 => format!(
                "  1 ligne de tableau de plus est masquée à cause de l’édition intermédiaire « {} »",
                interim.label
            ),
            count => format!(
                "  {count} lignes de tableau de plus sont masquées à cause de l’édition intermédiaire « {} » : moins de 30 \
                 personnes y ont répondu depuis",
                interim.label
            ),
        });
    }
}

/// Writes the file of margins that a questionnaire calls for, its populations still to be filled in.
async fn margins_template(config: &Config, survey: &SurveyId, csv: &Path) -> anyhow::Result<()> {
    ensure!(!csv.exists(), "{} existe déjà ; choisissez un autre nom", csv.display());
    // Of an open survey the version that is answered; of another one its file.
    let questionnaire = match published(config, survey).await? {
        Some(published) => published,
        None => find_questionnaire(&config.surveys, survey.as_str())?.0,
    };
    let template = Margins::template(&questionnaire);
    let template =
        template.with_context(|| format!("{survey} n’a pas de question à choix unique sur laquelle redresser"))?;
    write_private_file(csv, template.as_bytes())?;
    say(&format!("modèle des marges écrit dans {}", csv.display()));
    say(
        "  écrivez les nombres d’habitants dans la colonne « population » ; enlevez les variables que le recensement ne donne pas",
    );
    say(&format!("  puis : isoloir edition create {survey} --label 2026 --margins {}", csv.display()));
    Ok(())
}

/// What an edition is exported to.
struct Folder {
    out: PathBuf,
    licence: Option<isoloir_export::Licence>,
    /// The earlier edition, as `SURVEY/LABEL`.
    compare: Option<String>,
    charts: results::ChartOptions,
}

fn export(
    installation: &Installation,
    office: &Office,
    survey: &SurveyId,
    label: &str,
    Folder { out, licence, compare, charts }: &Folder,
) -> anyhow::Result<()> {
    results::check_free(out)?;
    let editions = installation.editions_folder();
    let stored = StoredEdition::open(&editions, office, survey, label)?;
    let mut release = stored.release(&editions, office)?;
    if let Some(earlier) = compare {
        let earlier = Earlier::open(&editions, office, earlier)?;
        release = earlier.compared_with(&stored, release)?;
        say(&earlier.order(&stored));
        if let Some(caution) = release.comparison().and_then(|comparison| caution(&release, comparison)) {
            say(caution);
        }
    }
    let about = About {
        edition: label.to_owned(),
        made_on: stored.manifest.made_on,
        software: stored.manifest.software.clone(),
        licence: *licence,
        census: stored.census().map(str::to_owned),
        synthetic: stored.manifest.synthetic,
    };
    results::write_folder(out, &results::files(&release, &stored.questionnaire, &about, charts)?)?;
    say(&format!("Résultats de « {label} » dans {}, à lire en commençant par README.txt", out.display()));
    Ok(())
}

/// The name that was given; of an edition that has none, those there are.
fn label_to_publish(office: &Office, survey: &SurveyId, label: Option<String>) -> anyhow::Result<String> {
    if let Some(label) = label {
        return Ok(label);
    }
    let known: Vec<String> = office.editions(survey).map(|edition| format!("« {} »", edition.label)).collect();
    if known.is_empty() {
        bail!(
            "dites quelle édition publier ; {survey} n’en a pas encore : isoloir edition create {survey} --label 2026 --margins marges.csv, puis \
             isoloir edition publish {survey} 2026"
        );
    }
    bail!("dites quelle édition publier : isoloir edition publish {survey} NOM ; il y a {}", known.join(" et "));
}

async fn publish(
    installation: &Installation,
    office: &mut Office,
    survey: &SurveyId,
    label: Option<String>,
    (map, compare): (Option<&Path>, Option<&str>),
    published_on: Date,
) -> anyhow::Result<()> {
    let label = &label_to_publish(office, survey, label)?;
    let asked = Publishing { survey, label, map, compare, published_on };
    if let Some(warning) = editions::publish(&installation.editions_folder(), office, &asked).await? {
        say(warning);
    }
    say(&format!("« {label} » est publiée à l’adresse /r/{survey}"));
    say("  ATTENTION : un serveur qui tourne déjà ne la montre pas encore ; arrêtez-le, puis relancez isoloir serve");
    Ok(())
}

async fn withdraw(office: &mut Office, survey: &SurveyId, label: &str, today: Date) -> anyhow::Result<()> {
    office.withdraw(survey, label, today).await?;
    say(&format!("« {label} » est retirée de l’adresse /r/{survey}"));
    say("  un serveur qui tourne le remarque en moins de dix secondes ; ses pages répondent alors « retirées » (410)");
    say("  un navigateur ou un relais qui vient de les lire peut les garder cinq minutes");
    let name = format!("{survey}/{label}");
    for other in office.published().iter().filter(|other| other.compared_with.as_deref() == Some(&name)) {
        let (survey, label) = (&other.survey, &other.label);
        say(&format!(
            "  ATTENTION : les pages de « {label} » de {survey} s’y comparent, et montrent encore ses chiffres. Pour les en enlever :\n    \
             isoloir edition withdraw {survey} \"{label}\"\n    isoloir edition publish {survey} \"{label}\"\n  \
             puis relancez le serveur"
        ));
    }
    Ok(())
}

/// Where an edition stands: the word for programs, and the words for people.
fn state(edition: &RegisteredEdition, office: &Office) -> (&'static str, String) {
    let is_served = office
        .published()
        .iter()
        .any(|published| published.survey == edition.survey && published.label == edition.label);
    let day = |date: Option<Date>| date.map(|date| date.strftime("%d/%m/%Y").to_string()).unwrap_or_default();
    match (edition.published_on, edition.withdrawn_on) {
        (published_on, None) if is_served => ("published", format!("publiée le {}", day(published_on))),
        (_, Some(withdrawn_on)) => ("withdrawn", format!("retirée le {}", day(Some(withdrawn_on)))),
        (Some(published_on), None) => ("replaced", format!("publiée le {}, remplacée depuis", day(Some(published_on)))),
        (None, None) => ("unpublished", "non publiée".to_owned()),
    }
}

/// An edition on one line.
pub(super) fn in_words(edition: &RegisteredEdition, office: &Office) -> String {
    let made_on = edition.made_on.strftime("%d/%m/%Y");
    format!("{}  ({}, faite le {made_on}) : {}", edition.label, edition.kind.french(), state(edition, office).1)
}

async fn list(installation: &Installation, office: &Office, survey: &SurveyId, json: bool) -> anyhow::Result<()> {
    let editions: Vec<&RegisteredEdition> = office.editions(survey).collect();
    if editions.is_empty() {
        let published = installation.published().await?;
        let known = || published.iter().map(|known| &known.questionnaire.id);
        ensure!(known().any(|known| known == survey), not_open(survey, known()));
    }
    if json {
        let editions = editions.iter().map(|edition| {
            serde_json::json!({
                "survey": survey.as_str(),
                "label": edition.label,
                "kind": edition.kind.name(),
                "made_on": edition.made_on,
                "state": state(edition, office).0,
                "published_on": edition.published_on,
                "withdrawn_on": edition.withdrawn_on,
                "manifest_blake3": edition.manifest,
            })
        });
        say(&serde_json::to_string_pretty(&editions.collect::<Vec<_>>())?);
        return Ok(());
    }
    if editions.is_empty() {
        say(&format!(
            "{survey} n’a pas encore d’édition ; pour en faire une : isoloir edition create {survey} --label 2026 --margins marges.csv"
        ));
    }
    for edition in editions {
        say(&in_words(edition, office));
    }
    Ok(())
}

/// Codes drawn and tokens given, where this machine holds the issuer.
async fn invitation_counts(
    installation: &Installation,
    role: Role,
    survey: &SurveyId,
) -> anyhow::Result<Option<(u64, u64)>> {
    if role != Role::All {
        return Ok(None);
    }
    let issuer = installation.issuer().await?;
    let counts = issuer.counts(survey).await;
    issuer.close().await;
    Ok(Some(counts?).map(|counts| (counts.codes, counts.issued)))
}
