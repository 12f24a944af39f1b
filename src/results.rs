//! The folder of results that is handed over: exports and charts of a release, written whole or not at all.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};
use clap::Args;
use isoloir_charts::{Chart, Geography, Layout, pngs};
use isoloir_disclosure::Release;
use isoloir_export::{About, ExportFile};
use isoloir_survey::Questionnaire;
use tokio::signal::unix::{SignalKind, signal};

/// The program that made the files, as they name it.
pub(crate) const SOFTWARE: &str = concat!("Isoloir ", env!("CARGO_PKG_VERSION"));

const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";
/// Points per unit: 1,440 across, as on the results site.
const PNG_SCALE: f32 = 2.0;

/// What the charts of a folder are made with.
#[derive(Args)]
pub(crate) struct ChartOptions {
    /// Contours des communes (fichier geojson, code INSEE en propriété « code ») : ajoute des cartes
    #[arg(long, value_name = "FICHIER.geojson")]
    map: Option<PathBuf>,
    /// Dessiner aussi chaque graphique en PNG
    #[arg(long)]
    png: bool,
}

/// Every file of a release, the README first and the charts last.
pub(crate) fn files(
    release: &Release,
    questionnaire: &Questionnaire,
    about: &About,
    options: &ChartOptions,
) -> anyhow::Result<Vec<ExportFile>> {
    let context = context(release, questionnaire, about);
    let map = options.map.as_deref().map(|file| read_map(file, questionnaire)).transpose()?;
    let shown = isoloir_office::shown(release, questionnaire, map.as_ref(), about.census.as_deref(), &context);
    let each = "un graphique par question, et par modalité quand le questionnaire en met une en avant";
    let mut files = drawn(&shown.charts, "charts", each, options)?;
    if let Some(comparison) = release.comparison() {
        let each = format!(
            "un graphique par question dont on sait ce qui a changé depuis «\u{a0}{}\u{a0}»",
            comparison.earlier()
        );
        let charts = isoloir_office::changes(release, questionnaire, &about.edition, &context);
        files.extend(drawn(&charts, "evolution", &each, options)?);
    }
    Ok(isoloir_export::files(release, questionnaire, about, &shown.findings, files)?)
}

fn context(release: &Release, questionnaire: &Questionnaire, about: &About) -> isoloir_charts::Context {
    isoloir_charts::Context {
        organiser: questionnaire.organiser.fr().to_owned(),
        survey: questionnaire.title.fr().to_owned(),
        population: "personnes".to_owned(),
        edition: format!("{} du {}", about.edition, isoloir_ui::french_date(about.made_on)),
        period: String::new(),
        weighting: isoloir_office::weighting_in_words(release, questionnaire, about.census.as_deref()),
        synthetic: about.synthetic,
        protection: release.protection(),
        respondents: release.respondents(),
    }
}

/// The files of charts: each as SVG, and as PNG where that is asked for.
fn drawn(charts: &[Chart], folder: &str, description: &str, options: &ChartOptions) -> anyhow::Result<Vec<ExportFile>> {
    let file = |chart: &Chart, extension: &str, media_type: &'static str, bytes: Vec<u8>| ExportFile {
        name: format!("{folder}/{}.{extension}", chart.id()),
        media_type,
        description: description.to_owned(),
        bytes,
    };
    let mut files: Vec<ExportFile> =
        charts.iter().map(|chart| file(chart, "svg", SVG, chart.svg(Layout::Wide).into_bytes())).collect();
    if options.png {
        let charts: Vec<&Chart> = charts.iter().collect();
        let drawn = pngs(&charts, Layout::Wide, PNG_SCALE)?;
        files.extend(charts.iter().zip(drawn).map(|(chart, bytes)| file(chart, "png", PNG, bytes)));
    }
    Ok(files)
}

/// Reads the outlines of the communes of a questionnaire's territory.
pub(crate) fn read_map(file: &Path, questionnaire: &Questionnaire) -> anyhow::Result<Geography> {
    let named = || format!("impossible de lire la carte {}", file.display());
    let text = fs::read_to_string(file).with_context(named)?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let map = Geography::parse(&text, &name).with_context(named)?;
    let codes: BTreeSet<&str> = map.codes().collect();
    let communes = questionnaire.territory.communes.iter();
    let missing: Vec<String> = communes
        .filter(|commune| !codes.contains(commune.code.as_str()))
        .map(|commune| format!("{} ({})", commune.name, commune.code))
        .collect();
    if !missing.is_empty() {
        bail!(
            "{} n’a pas le contour de : {} ; donnez un fichier GeoJSON des communes du territoire, avec leurs codes INSEE",
            file.display(),
            missing.join(", ")
        );
    }
    Ok(map)
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
    write_unless(&interruption(), folder, files)
}

fn write_unless(interrupted: &AtomicBool, folder: &Path, files: &[ExportFile]) -> anyhow::Result<()> {
    let name = folder.file_name().and_then(|name| name.to_str());
    let name = name.with_context(|| format!("{} n’est pas un nom de dossier", folder.display()))?;
    let beside = folder.with_file_name(format!(".{name}-{}.isoloir-tmp", std::process::id()));
    let write = || -> std::io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&beside)?;
        for file in files {
            if interrupted.load(Ordering::Relaxed) {
                return Err(std::io::Error::other("interrompu, rien n’est écrit"));
            }
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

/// Becomes true when somebody stops the program, which then goes on until it has cleared away what it had begun.
fn interruption() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        let _in_runtime = runtime.enter();
        let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        for mut stop in signals.into_iter().filter_map(|kind| signal(kind).ok()) {
            let told = Arc::clone(&interrupted);
            runtime.spawn(async move {
                if stop.recv().await.is_some() {
                    told.store(true, Ordering::Relaxed);
                }
            });
        }
    }
    interrupted
}

fn write_below(folder: &Path, file: &ExportFile) -> std::io::Result<()> {
    let path = folder.join(&file.name);
    if let Some(parent) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    File::options().write(true).create_new(true).mode(0o600).open(&path)?.write_all(&file.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> ExportFile {
        ExportFile {
            name: "charts/un.svg".to_owned(),
            media_type: SVG,
            description: String::new(),
            bytes: vec![b'x'; 9],
        }
    }

    #[test]
    fn an_interrupted_folder_leaves_nothing_behind() {
        let around = tempfile::tempdir().expect("a folder");
        let folder = around.path().join("resultats");
        let error = write_unless(&AtomicBool::new(true), &folder, &[file()]).expect_err("it was interrupted");
        assert!(format!("{error:#}").contains("interrompu"), "{error:#}");
        assert_eq!(fs::read_dir(around.path()).expect("a folder").count(), 0);
        write_unless(&AtomicBool::new(false), &folder, &[file()]).expect("written");
        assert!(folder.join("charts/un.svg").exists());
    }

    #[tokio::test]
    async fn whoever_stops_the_program_interrupts_it() {
        let interrupted = interruption();
        let this = std::process::id().to_string();
        assert!(std::process::Command::new("kill").args(["-HUP", &this]).status().expect("kill runs").success());
        for _ in 0..200 {
            if interrupted.load(Ordering::Relaxed) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the signal was not heard");
    }
}
