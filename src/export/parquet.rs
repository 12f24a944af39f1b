//! The tidy table as Parquet, for whoever computes.

use isoloir_disclosure::Release;
use isoloir_survey::Questionnaire;
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::{Column, DataFrame, NamedFrom, ParquetWriter, Series};

use crate::ExportError;
use crate::about::{About, NOT_A_SAMPLE, weighting_words};
use crate::tidy::{TidyRow, tidy_rows};

/// The columns of `tables.csv` with their types, then labels: texts are never null, numbers are where they are not published.
/// The file's own metadata says where it comes from and how it is protected.
///
/// # Errors
/// [`ExportError::Parquet`].
pub(crate) fn tables_parquet(
    release: &Release,
    questionnaire: &Questionnaire,
    about: &About,
) -> Result<Vec<u8>, ExportError> {
    let rows: Vec<TidyRow> = tidy_rows(release.tables()).collect();
    let columns = columns(&rows).into_iter().map(Column::from).collect();
    let mut frame = DataFrame::new(rows.len(), columns)?;
    let metadata = metadata(release, questionnaire, about).into_iter();
    let metadata = metadata.map(|(key, value)| (format!("isoloir.{key}"), value)).collect();
    let mut bytes = Vec::new();
    let writer = ParquetWriter::new(&mut bytes);
    writer.with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata))).finish(&mut frame)?;
    Ok(bytes)
}

fn columns(rows: &[TidyRow]) -> Vec<Series> {
    let numbers: Vec<[Option<f64>; 6]> = rows.iter().map(TidyRow::numbers).collect();
    let number = |name: &str, place: usize| {
        Series::new(name.into(), numbers.iter().map(|numbers| numbers[place]).collect::<Vec<_>>())
    };
    vec![
        Series::new("question".into(), rows.iter().map(|row| row.question).collect::<Vec<_>>()),
        Series::new("choice".into(), rows.iter().map(|row| row.choice).collect::<Vec<_>>()),
        Series::new("breakdown".into(), rows.iter().map(|row| row.breakdown).collect::<Vec<_>>()),
        Series::new("category".into(), rows.iter().map(|row| row.category).collect::<Vec<_>>()),
        Series::new("n".into(), rows.iter().map(TidyRow::count).collect::<Vec<_>>()),
        Series::new("base".into(), rows.iter().map(|row| row.base).collect::<Vec<_>>()),
        number("weighted_n", 1),
        number("p", 2),
        number("se", 3),
        number("ci_low", 4),
        number("ci_high", 5),
        Series::new("status".into(), rows.iter().map(|row| row.status).collect::<Vec<_>>()),
        Series::new("protection".into(), rows.iter().map(|row| row.protection).collect::<Vec<_>>()),
        Series::new("question_title".into(), rows.iter().map(|row| row.title).collect::<Vec<_>>()),
        Series::new("choice_label".into(), rows.iter().map(|row| row.choice_label).collect::<Vec<_>>()),
        Series::new("choice_missing".into(), rows.iter().map(|row| row.missing).collect::<Vec<_>>()),
        Series::new("category_label".into(), rows.iter().map(|row| row.category_label).collect::<Vec<_>>()),
    ]
}

fn metadata(release: &Release, questionnaire: &Questionnaire, about: &About) -> Vec<(&'static str, String)> {
    let mut entries = vec![
        ("title", questionnaire.title.fr().to_owned()),
        ("organiser", questionnaire.organiser.fr().to_owned()),
        ("questionnaire", questionnaire.version().to_string()),
        ("edition", about.edition.clone()),
        ("made_on", about.made_on.to_string()),
        ("software", about.software.clone()),
        ("protection", release.protection().words().to_owned()),
        ("weighting", weighting_words(release).to_owned()),
        ("note", NOT_A_SAMPLE.to_owned()),
    ];
    entries.extend(about.licence.map(|licence| ("licence", licence.spdx().to_owned())));
    entries.extend(about.synthetic.then(|| ("synthetic", "true".to_owned())));
    entries
}
