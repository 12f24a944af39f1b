//! Every file is read again with the library of another format's reader and compared with the release.

mod codebooks;
mod package;
mod tables;

use std::fmt::Write;

use isoloir_analysis::{Snapshot, tabulate};
use isoloir_disclosure::suppression::SuppressionRule;
use isoloir_disclosure::{Policy, Protection, RecordKey, Release, protect};
use isoloir_survey::{Questionnaire, Silence, Territories, parse, read_csv};
use jiff::civil::date;

use crate::{About, ExportFile, Licence, files};

const YAML: &str = include_str!("../../survey/fixtures/types.yaml");

/// The fixture with every type of question. One label has all that XML, HTML and headers of pages could take for their own.
fn questionnaire() -> Questionnaire {
    let yaml = YAML.replacen("fr: \"Le délai\"", "fr: \"Le <délai> & l’attente\"", 1);
    assert_ne!(yaml, YAML);
    let territories = Territories::parse(include_str!("../../../surveys/territories.tsv")).expect("territories");
    parse(&yaml, &territories).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// 600 made-up people, of whom few chose some answers and few live in one commune.
fn responses(questionnaire: &Questionnaire) -> String {
    let codes = |id: &str| {
        let question = questionnaire.questions().find(|question| question.id.as_str() == id).expect(id);
        question.choices().iter().map(|choice| choice.code.to_string()).collect::<Vec<_>>()
    };
    let (communes, ages) = (codes("commune"), codes("age"));
    let mut csv = String::from(
        "renonce,motifs,satisfaction_transports,satisfaction_medecins,priorites,moral,foyer,age,commune\n",
    );
    for person in 0..600_usize {
        let renonce = if person % 100 == 7 { "nrp" } else { ["non", "oui", "non"][person % 3] };
        let motifs = if renonce == "oui" { ["cout|delai", "delai", "cout", "autre"][person % 4] } else { "" };
        let commune = if person < 5 { &communes[3] } else { &communes[person % 3] };
        let _ = writeln!(
            csv,
            "{renonce},{motifs},{},{},bus|air|{},{},{},{},{commune}",
            ["oui", "moyen", "non", "nsp"][person % 4],
            ["oui", "moyen", "non"][person * person % 3],
            ["sport", "medecins"][person % 2],
            person % 9,
            1 + person % 5,
            ages[person * 7 % ages.len()],
        );
    }
    csv
}

/// A release of those people.
fn release(questionnaire: &Questionnaire, policy: &Policy) -> Release {
    release_of(questionnaire, &responses(questionnaire), policy)
}

fn release_of(questionnaire: &Questionnaire, responses: &str, policy: &Policy) -> Release {
    let sheets = read_csv(questionnaire, responses.as_bytes(), Silence::Refused).expect("valid responses").sheets;
    let keyed = (0_u32..).zip(sheets).map(|(row, sheet)| (RecordKey::derive(&[7; 32], &row.to_le_bytes()), sheet));
    let snapshot = Snapshot::of(questionnaire, keyed).expect("columns");
    let raw = tabulate(questionnaire, &snapshot, None).expect("tables");
    protect(raw, policy).expect("a release")
}

/// What whoever shows the release puts forward.
const FINDING: &str = "Priorités\u{a0}: «\u{a0}Assez de médecins\u{a0}» est la réponse la plus citée (52\u{a0}%).";

fn about() -> About {
    About {
        edition: "Édition & essai".to_owned(),
        made_on: date(2026, 11, 22),
        software: "Isoloir 0.1.0".to_owned(),
        licence: Some(Licence::Ouverte),
        census: None,
        synthetic: false,
    }
}

/// A questionnaire, its release and all its files.
struct Folder {
    questionnaire: Questionnaire,
    release: Release,
    files: Vec<ExportFile>,
}

impl Folder {
    fn under(policy: &Policy) -> Self {
        let questionnaire = questionnaire();
        let release = release(&questionnaire, policy);
        let files = files(&release, &questionnaire, &about(), &[FINDING.to_owned()], Vec::new()).expect("files");
        Self { questionnaire, release, files }
    }

    fn public() -> Self {
        Self::under(&Policy::standard().expect("a policy"))
    }

    /// One folder per policy.
    fn each() -> [Self; 3] {
        [
            Self::public(),
            Self::under(&Policy::Suppression(SuppressionRule::default())),
            Self::under(&Policy::Unprotected),
        ]
    }

    #[track_caller]
    fn bytes(&self, name: &str) -> &[u8] {
        &self.files.iter().find(|file| file.name == name).expect(name).bytes
    }

    #[track_caller]
    fn text(&self, name: &str) -> &str {
        std::str::from_utf8(self.bytes(name)).expect("UTF-8")
    }

    /// The records of a CSV file, its header first.
    #[track_caller]
    fn records(&self, name: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(self.bytes(name));
        reader.records().map(|record| record.expect("a record").iter().map(str::to_owned).collect()).collect()
    }

    fn is_public(&self) -> bool {
        self.release.protection() == Protection::CellKey
    }
}
