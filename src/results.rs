//! The folder of results that is handed over: exports and charts of a release, written whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use isoloir_charts::{Chart, Layout, WaveChange, Waves};
use isoloir_disclosure::{Change, ChangeStatus, Release, ReleaseTable};
use isoloir_export::{About, ExportFile};
use isoloir_survey::Questionnaire;

/// The program that made the files, as they name it.
pub(crate) const SOFTWARE: &str = concat!("Isoloir ", env!("CARGO_PKG_VERSION"));

const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";
/// Points per unit: 1,440 across, as on the results site.
const PNG_SCALE: f32 = 2.0;

/// Every file of a release, the README first and the charts last.
pub(crate) fn files(
    release: &Release,
    questionnaire: &Questionnaire,
    about: &About,
) -> anyhow::Result<Vec<ExportFile>> {
    let context = context(release, questionnaire, about);
    let mut charts = charts(release, &context);
    charts.extend(changes(release, about, &context)?);
    Ok(isoloir_export::files(release, questionnaire, about, charts)?)
}

fn context(release: &Release, questionnaire: &Questionnaire, about: &About) -> isoloir_charts::Context {
    isoloir_charts::Context {
        organiser: questionnaire.organiser.fr().to_owned(),
        survey: questionnaire.title.fr().to_owned(),
        population: "personnes".to_owned(),
        edition: about.edition.clone(),
        period: String::new(),
        weighting: release.weighting().map(|_| "chiffres redressés sur les marges de la population".to_owned()),
        synthetic: about.synthetic,
        protection: release.protection(),
        respondents: release.respondents(),
    }
}

fn charts(release: &Release, context: &isoloir_charts::Context) -> Vec<ExportFile> {
    let file = |chart: Chart| ExportFile {
        name: format!("charts/{}.svg", chart.id()),
        media_type: SVG,
        description: "un graphique par question, et par modalité quand le questionnaire en met une en avant".to_owned(),
        bytes: chart.svg(Layout::Wide).into_bytes(),
    };
    let of_question = |tables: &[ReleaseTable]| {
        let by_row = tables.iter().filter_map(|table| isoloir_charts::dots(table, context));
        std::iter::once(isoloir_charts::bars(&tables[0], context)).chain(by_row).map(file).collect::<Vec<_>>()
    };
    release.questions().flat_map(of_question).collect()
}

/// What changed since an earlier edition: a chart per question, as SVG and as PNG.
fn changes(release: &Release, about: &About, context: &isoloir_charts::Context) -> anyhow::Result<Vec<ExportFile>> {
    let mut files = Vec::new();
    let Some(comparison) = release.comparison() else { return Ok(files) };
    for changes in comparison.questions() {
        let table = release.tables().iter().find(|table| table.spec().question == changes[0].question);
        let waves = table.map(|table| waves(table, changes, comparison.earlier(), &about.edition));
        let Some(chart) = waves.and_then(|waves| isoloir_charts::waves(&waves, context)) else { continue };
        let mut push = |extension: &str, media_type, bytes| {
            files.push(ExportFile {
                name: format!("evolution/{}.{extension}", chart.id()),
                media_type,
                description: format!(
                    "un graphique par question dont on sait ce qui a changé depuis «\u{a0}{}\u{a0}»",
                    comparison.earlier()
                ),
                bytes,
            });
        };
        push("svg", SVG, chart.svg(Layout::Wide).into_bytes());
        push("png", PNG, chart.png(Layout::Wide, PNG_SCALE)?);
    }
    Ok(files)
}

/// The answers of a question in both editions, without those that are no answer nor those that hold others in one only.
fn waves(table: &ReleaseTable, changes: &[Change], before: &str, now: &str) -> Waves {
    let spec = table.spec();
    let answers = spec.columns.iter().filter(|column| !column.missing);
    let choices = answers.filter_map(|column| {
        let change = changes.iter().find(|change| change.choice == column.code)?;
        (change.status != ChangeStatus::Recoded).then(|| WaveChange {
            label: column.label.clone(),
            before: change.before,
            now: change.now,
            is_significant: change.is_significant(),
        })
    });
    Waves {
        question: spec.question.clone(),
        title: spec.title.clone(),
        text: spec.text.clone(),
        before: before.to_owned(),
        now: now.to_owned(),
        choices: choices.collect(),
        bases: changes[0].bases,
    }
}

/// Refuses a folder in which something would be lost or mixed up.
pub(crate) fn check_free(folder: &Path) -> anyhow::Result<()> {
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("{} n’est pas un dossier lisible", folder.display())),
    };
    if entries.next().is_some() {
        bail!("{} n’est pas vide ; choisissez un autre dossier avec --out", folder.display());
    }
    Ok(())
}

/// Writes all the files, readable by their owner only, in a folder beside that takes its name when it is complete. The folder
/// must be free ([`check_free`]).
pub(crate) fn write_folder(folder: &Path, files: &[ExportFile]) -> anyhow::Result<()> {
    let name = folder.file_name().and_then(|name| name.to_str());
    let name = name.with_context(|| format!("{} n’est pas un nom de dossier", folder.display()))?;
    let beside = folder.with_file_name(format!(".{name}-{}.isoloir-tmp", std::process::id()));
    let write = || -> std::io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&beside)?;
        for file in files {
            write_below(&beside, file)?;
        }
        // Once for all of them: one by one, two hundred charts would wait for the disk two hundred times.
        rustix::fs::syncfs(File::open(&beside)?)?;
        fs::rename(&beside, folder)
    };
    write().with_context(|| format!("impossible d’écrire {}", folder.display())).inspect_err(|_| {
        let _ = fs::remove_dir_all(&beside);
    })
}

fn write_below(folder: &Path, file: &ExportFile) -> std::io::Result<()> {
    let path = folder.join(&file.name);
    if let Some(parent) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    File::options().write(true).create_new(true).mode(0o600).open(&path)?.write_all(&file.bytes)
}
