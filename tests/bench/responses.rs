//! Responses that nobody gave, by the million: sixty questions, and the three whose categories are the weighting cells, in a
//! file as a snapshot is, drawn from a fixed seed.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use isoloir_survey::{Questionnaire, Territories};
use polars::io::parquet::write::{KeyValueMetadata, StatisticsOptions};
use polars::prelude::{Column, DataFrame, NamedFrom, ParquetCompression, ParquetWriter, Series};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde_json::json;

/// The weighting cells are the combinations of these questions' choices.
pub(crate) const DIMENSIONS: [&str; 3] = ["commune", "age", "sexe"];
pub(crate) const KEY: &str = "__key";
const QUESTIONS: usize = 60;
const COMMUNES: usize = 24;
const POPULATION: f64 = 300_000.0;
const SEED: u64 = 2026;

/// The questionnaire: communes, ages, sexes, then sixty questions of three to six choices.
pub(crate) fn questionnaire() -> Questionnaire {
    let mut text = String::from(
        "id: mesure\ntitle: {fr: Mesure}\nlanguages: [fr]\nterritory: mesure\naccess: open\norganiser: {fr: Une mairie}\n\
         contact: {phone: '02 00 00 00 00'}\nminutes: 9\nwelcome: {fr: Bonjour.}\nthanks: {fr: Merci.}\n\
         axes: [{id: soins, title: {fr: Soins}, summary: {fr: Soins.}}]\npages:\n\
         - id: tout\n  title: {fr: Tout}\n  questions:\n\
         \x20 - {id: commune, type: territory, text: {fr: Commune}, short: {fr: Commune}}\n\
         \x20 - {id: age, type: age_band, text: {fr: Âge}, short: {fr: Âge}, bands: [18, 30, 45, 60, 75, 90]}\n\
         \x20 - {id: sexe, type: single, text: {fr: Sexe}, short: {fr: Sexe}, choices: [\
         {code: femme, label: {fr: Femme}}, {code: homme, label: {fr: Homme}}]}\n",
    );
    for question in 0..QUESTIONS {
        let choices: Vec<String> =
            (0..3 + question % 4).map(|code| format!("{{code: c{code}, label: {{fr: Choix {code}}}}}")).collect();
        let choices = choices.join(", ");
        let line = format!(
            "  - {{id: q{question:02}, type: single, text: {{fr: Question {question}}}, short: {{fr: Q{question}}}, choices: [{choices}]}}"
        );
        writeln!(text, "{line}").expect("a string");
    }
    let mut territories = String::from("territoire\tepci\tcode_insee\tnom\ttype\tchef_lieu\tpop_municipale\n");
    for commune in 0..COMMUNES {
        writeln!(territories, "mesure\t1\t49{commune:03}\tCommune {commune}\tcommune\t\t1000").expect("a string");
    }
    isoloir_survey::parse(&text, &Territories::parse(&territories).expect("territories")).expect("a questionnaire")
}

/// The name and the number of codes of each column: the dimensions, then the questions.
pub(crate) fn columns(questionnaire: &Questionnaire) -> Vec<(String, usize)> {
    questionnaire.questions().map(|question| (question.id.to_string(), question.choices().len())).collect()
}

/// The people that each category of a dimension stands for: more and more, so that raking has something to do.
pub(crate) fn populations(categories: usize) -> Vec<f64> {
    let rank = |category: usize| f64::from(u32::try_from(category + 1).expect("a few categories"));
    let total: f64 = (0..categories).map(rank).sum();
    (0..categories).map(|category| POPULATION * rank(category) / total).collect()
}

/// Writes the Parquet file, and beside it what other programs must know of it.
pub(crate) fn write(questionnaire: &Questionnaire, respondents: u64, file: &Path) {
    let columns = columns(questionnaire);
    let mut rng = ChaCha20Rng::seed_from_u64(SEED);
    // Keys as snapshots have them: uniform, all different, in order.
    let step = u64::MAX / respondents;
    let keys: Vec<u64> = (0..respondents).map(|row| row * step + rng.next_u64() % step).collect();
    let height = keys.len();
    let mut series = vec![Column::from(Series::new(KEY.into(), keys))];
    for (index, (name, codes)) in columns.iter().enumerate() {
        let mut bytes = vec![0; height];
        rng.fill_bytes(&mut bytes);
        let law = law(*codes, index < DIMENSIONS.len());
        for byte in &mut bytes {
            *byte = law[usize::from(*byte)];
        }
        series.push(Series::new(name.as_str().into(), bytes).into());
    }
    let mut frame = DataFrame::new(height, series).expect("a frame");
    // As `Snapshot::write_parquet` does, which takes sheets: those would take minutes to make.
    let version = vec![("isoloir.questionnaire".to_owned(), questionnaire.version().to_string())];
    ParquetWriter::new(File::create(file).expect("a file"))
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::empty())
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(version)))
        .finish(&mut frame)
        .expect("written");
    let (dimensions, questions) = columns.split_at(DIMENSIONS.len());
    let dimensions: Vec<_> = dimensions.iter().map(|(name, codes)| json!([name, populations(*codes)])).collect();
    let description = json!({ "parquet": file, "dimensions": dimensions, "questions": questions });
    std::fs::write(file.with_extension("json"), description.to_string()).expect("written");
}

/// The code for each byte drawn: each code less often than the one before it. One in thirty skips a question, as many were
/// not shown it; everybody tells their commune, age and sex.
fn law(codes: usize, everybody_answers: bool) -> [u8; 256] {
    let answered: usize = if everybody_answers { 256 } else { 240 };
    std::array::from_fn(|drawn| {
        if drawn >= answered {
            return if drawn % 2 == 0 { isoloir_statistics::NOT_SHOWN } else { isoloir_statistics::SKIPPED };
        }
        // The square root of a uniform rank, from the end.
        let code = (0..codes).rev().find(|code| drawn * codes * codes < answered * (codes - code) * (codes - code));
        u8::try_from(code.unwrap_or(0)).expect("fewer codes than bytes")
    })
}
