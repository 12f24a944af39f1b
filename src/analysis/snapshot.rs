//! A snapshot: the sheets of an edition as columns of small integers, made once, kept and read back as Parquet.
//!
//! Rows are in the order of their record keys, which is no order of arrival. There is no free text, no identifier and no
//! time in it, and nobody outside this crate can count in it: what it says leaves through [`crate::tabulate`] alone.

use std::io::{Cursor, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use isoloir_disclosure::RecordKey;
use isoloir_statistics::{CodeColumn, NOT_SHOWN};
use isoloir_survey::{AnswerSheet, Question, Questionnaire};
use polars::io::SerReader;
use polars::io::parquet::write::{KeyValueMetadata, StatisticsOptions};
use polars::prelude::{
    Column, DataFrame, DataType, NamedFrom, ParquetCompression, ParquetReader, ParquetWriter, PolarsError, Series,
};

use crate::columns::{Columns, Item, KEY, items, items_of, push, tabulated};
use crate::error::AnalysisError;

/// The entry of the file's metadata that says for which version of a questionnaire it was made.
const VERSION: &str = "isoloir.questionnaire";

/// A file is not the snapshot that it should be.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It cannot be read as Parquet.
    #[error("le fichier est abîmé, tronqué ou d’un autre format que Parquet\u{a0}: {0}")]
    Unreadable(#[from] PolarsError),
    /// It is Parquet, of another program.
    #[error("ce fichier Parquet n’a pas été écrit par Isoloir")]
    Foreign,
    /// It was made for another questionnaire, or another version of this one.
    #[error(
        "le fichier contient les réponses à une autre version du questionnaire\u{a0}: {found}, au lieu de {expected}"
    )]
    OtherQuestionnaire {
        /// The version that it names.
        found: String,
        /// The version of the questionnaire at hand.
        expected: String,
    },
    /// Its columns are not those of the questionnaire.
    #[error("la colonne «\u{a0}{column}\u{a0}» du fichier n’est pas celle que demande le questionnaire")]
    Column {
        /// The first that differs.
        column: String,
    },
    /// A column holds a code that its question has not.
    #[error("la colonne «\u{a0}{column}\u{a0}» du fichier contient un code que sa question n’a pas")]
    Code {
        /// The column.
        column: String,
    },
    /// Its rows are in another order than that of their keys.
    #[error("les lignes du fichier ne sont pas dans l’ordre de leurs clés")]
    Order,
    /// It does not hold what was written.
    #[error("le fichier a été modifié ou abîmé depuis qu’il a été écrit")]
    Altered,
    /// It cannot be read at all.
    #[error("le fichier ne se lit pas\u{a0}: {0}")]
    Io(#[from] std::io::Error),
    /// It was vouched for, and is so far from Parquet that the library gave up.
    #[error(
        "le fichier n’est pas un fichier Parquet qui se lise, bien que son empreinte soit celle qui est enregistrée"
    )]
    Malformed,
}

/// The responses of an edition, ready to be counted.
pub struct Snapshot {
    version: String,
    frame: DataFrame,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Snapshot(…)")
    }
}

impl Snapshot {
    /// Fills the columns in one pass over the sheets, then puts the rows in the order of their keys.
    ///
    /// # Errors
    /// [`AnalysisError::TooManyChoices`], [`AnalysisError::Frame`].
    pub fn of(
        questionnaire: &Questionnaire,
        sheets: impl IntoIterator<Item = (RecordKey, AnswerSheet)>,
    ) -> Result<Self, AnalysisError> {
        let questions: Vec<&Question> = tabulated(questionnaire).collect();
        if let Some(question) = questions.iter().find(|question| question.choices().len() > usize::from(NOT_SHOWN)) {
            let (question, choices) = (question.id.to_string(), question.choices().len());
            return Err(AnalysisError::TooManyChoices { question, choices, most: NOT_SHOWN });
        }
        let mut keys: Vec<u64> = Vec::new();
        let mut columns: Vec<Vec<Vec<u8>>> =
            questions.iter().map(|question| vec![Vec::new(); items_of(question).len()]).collect();
        for (key, sheet) in sheets {
            keys.push(key.to_u64());
            for (question, columns) in questions.iter().zip(&mut columns) {
                push(questionnaire, question, &sheet, columns);
            }
        }
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_unstable_by_key(|row| keys[*row]);
        let keys: Vec<u64> = order.iter().map(|row| keys[*row]).collect();
        let (height, keys) = (keys.len(), Column::from(Series::new(KEY.into(), keys)));
        let series = items(questionnaire).into_iter().zip(columns.into_iter().flatten()).map(|(item, codes)| {
            let codes: Vec<u8> = order.iter().map(|row| codes[*row]).collect();
            Series::new(item.column().into(), codes).into()
        });
        let frame = DataFrame::new(height, std::iter::once(keys).chain(series).collect())?;
        Ok(Self { version: questionnaire.version().to_string(), frame })
    }

    /// Writes it as Parquet. The file names the version of the questionnaire, and nothing sums its columns up.
    ///
    /// # Errors
    /// [`AnalysisError::Frame`] when the file cannot be written.
    pub fn write_parquet(&self, file: impl Write) -> Result<(), AnalysisError> {
        let version = KeyValueMetadata::from_static(vec![(VERSION.to_owned(), self.version.clone())]);
        ParquetWriter::new(file)
            .with_compression(ParquetCompression::Zstd(None))
            .with_statistics(StatisticsOptions::empty())
            .with_key_value_metadata(Some(version))
            .finish(&mut self.frame.clone())?;
        Ok(())
    }

    /// Reads back what [`Self::write_parquet`] wrote for this questionnaire, of which `written` is the BLAKE3 in hexadecimal.
    /// Parquet has no checksum, and a changed byte may make another valid answer or a size of many gigabytes: no byte is
    /// interpreted before all are known to be those that were written. Then every value is checked.
    ///
    /// # Errors
    /// [`SnapshotError`].
    pub fn read_parquet(
        questionnaire: &Questionnaire,
        mut file: impl Read,
        written: &str,
    ) -> Result<Self, SnapshotError> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        if blake3::hash(&bytes).to_hex().as_str() != written {
            return Err(SnapshotError::Altered);
        }
        // The library panics where some bytes are not what it wrote: whoever changed the hash too is told no less clearly.
        let decoded = catch_unwind(AssertUnwindSafe(|| Self::decode(questionnaire, bytes)));
        decoded.unwrap_or(Err(SnapshotError::Malformed))
    }

    fn decode(questionnaire: &Questionnaire, bytes: Vec<u8>) -> Result<Self, SnapshotError> {
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        let entries = reader.get_metadata()?.key_value_metadata().as_deref().unwrap_or_default();
        let found = entries.iter().find(|entry| entry.key == VERSION).and_then(|entry| entry.value.clone());
        let (found, expected) = (found.ok_or(SnapshotError::Foreign)?, questionnaire.version().to_string());
        if found != expected {
            return Err(SnapshotError::OtherQuestionnaire { found, expected });
        }
        let frame = reader.set_rechunk(true).finish()?;
        check(&items(questionnaire), &frame)?;
        Ok(Self { version: expected, frame })
    }

    /// Its columns, item by item.
    pub(crate) fn columns<'a>(&'a self, questionnaire: &'a Questionnaire) -> Result<Columns<'a>, AnalysisError> {
        let expected = questionnaire.version().to_string();
        if self.version != expected {
            return Err(AnalysisError::OtherQuestionnaire { found: self.version.clone(), expected });
        }
        Ok(Columns::new(questionnaire, &self.frame))
    }
}

/// Refuses a frame that is not made of these items.
fn check(items: &[Item], frame: &DataFrame) -> Result<(), SnapshotError> {
    let names = std::iter::once((KEY.to_owned(), DataType::UInt64))
        .chain(items.iter().map(|item| (item.column(), DataType::UInt8)));
    let mut found = frame.columns().iter();
    for (column, dtype) in names {
        let is_here =
            |found: &Column| found.name().as_str() == column && *found.dtype() == dtype && found.null_count() == 0;
        if !found.next().is_some_and(is_here) {
            return Err(SnapshotError::Column { column });
        }
    }
    if let Some(extra) = found.next() {
        return Err(SnapshotError::Column { column: extra.name().to_string() });
    }
    for (item, column) in items.iter().zip(&frame.columns()[1..]) {
        let codes = column.u8()?.cont_slice()?;
        if CodeColumn::new(item.codes(), codes).is_none() {
            return Err(SnapshotError::Code { column: item.column() });
        }
    }
    let keys = frame.columns()[0].u64()?.cont_slice()?;
    if keys.is_sorted() { Ok(()) } else { Err(SnapshotError::Order) }
}
