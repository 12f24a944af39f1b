//! The attackers' workbench: made-up populations, what becomes public of them, and eyes that see nothing else.
//!
//! Each attack is a wager on people: it names the answer of somebody whose commune, age and sex are known, and is compared with
//! the modal guess, the answer that most people gave. It is tried on two publishers: one that prints exact numbers and leaves
//! out small ones, as a spreadsheet would, and ours. Public files are read as CSV; nothing is asked of the program's types.

use std::collections::BTreeMap;
use std::fmt::Write;

use isoloir_analysis::{Margins, Snapshot, Weighting, tabulate};
use isoloir_disclosure::suppression::SuppressionRule;
use isoloir_disclosure::{Policy, RawEdition, RecordKey, Release, protect};
use isoloir_survey::{AnswerSheet, Questionnaire, Submitted, Territories, validate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

pub(crate) const COMMUNES: [&str; 8] = ["49001", "49002", "49003", "49004", "49005", "49006", "49007", "49008"];

pub(crate) const AGES: [&str; 3] = ["16-29", "30-59", "60+"];

/// Eight communes, two by two in four sectors.
fn territories() -> Territories {
    let mut tsv = String::from("territoire\tepci\tcode_insee\tnom\ttype\tchef_lieu\tpop_municipale\tsecteur\n");
    for (index, code) in COMMUNES.iter().enumerate() {
        let sector = ["nord", "est", "sud", "ouest"][index / 2];
        let _ = writeln!(tsv, "pays\t1\t{code}\tCommune {index}\tcommune\t\t{}\t{sector}", 900 - index);
    }
    for sector in ["nord", "est", "sud", "ouest"] {
        let _ = writeln!(tsv, "pays\t1\t\tSecteur {sector}\tsecteur\t\t\t{sector}");
    }
    Territories::parse(&tsv).expect("territories")
}

/// A sensitive question, what is asked of those who say yes, and breakdowns of which `canton` overlaps `commune`.
pub(crate) const QUESTIONNAIRE: &str = r#"
id: attaque
title: {fr: "Attaque"}
languages: [fr]
territory: pays
access: open
organiser: {fr: "Une mairie"}
contact: {phone: "02 00 00 00 00"}
minutes: 1
welcome: {fr: "Bonjour."}
thanks: {fr: "Merci."}
axes: []
pages:
  - id: seule
    title: {fr: "Vos soins"}
    questions:
      - id: renonce
        type: single
        sensitive: true
        text: {fr: "Avez-vous renoncé à des soins."}
        short: {fr: "Renoncement"}
        choices:
          - {code: oui, label: {fr: Oui}}
          - {code: non, label: {fr: Non}}
      - id: motifs
        type: multiple
        text: {fr: "Pour quelles raisons."}
        short: {fr: "Motifs"}
        show_if: {q: renonce, is: oui}
        choices:
          - {code: cout, label: {fr: "Le coût"}}
          - {code: delai, label: {fr: "Le délai"}}
      - id: commune
        type: territory
        text: {fr: "Où habitez-vous."}
        short: {fr: "Commune"}
      - id: age
        type: age_band
        text: {fr: "Quel âge avez-vous."}
        short: {fr: "Âge"}
        bands: [16, 30, 60]
      - id: sexe
        type: single
        text: {fr: "Vous êtes."}
        short: {fr: "Sexe"}
        choices:
          - {code: femme, label: {fr: "Une femme"}}
          - {code: homme, label: {fr: "Un homme"}}
      - id: canton
        type: single
        text: {fr: "Quel est votre canton."}
        short: {fr: "Canton"}
        choices:
          - {code: amont, label: {fr: "Amont"}}
          - {code: aval, label: {fr: "Aval"}}
          - {code: plaine, label: {fr: "Plaine"}}
"#;

/// What a person answered, by question.
pub(crate) type Person = BTreeMap<&'static str, &'static str>;

pub(crate) struct World {
    pub(crate) questionnaire: Questionnaire,
}

/// Who publishes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Publisher {
    /// Exact numbers; counts under 11 and rows under 30 are left out.
    Spreadsheet,
    /// The catalogue.
    CellKey,
    /// The annex.
    Annex,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { questionnaire: isoloir_survey::parse(QUESTIONNAIRE, &territories()).expect("a questionnaire") }
    }

    fn sheet(&self, person: &Person) -> AnswerSheet {
        let mut submitted = Submitted::new();
        for (question, answer) in person {
            submitted.insert((*question).to_owned(), vec![(*answer).to_owned()]);
        }
        validate(&self.questionnaire, &submitted).expect("a valid sheet")
    }

    /// The raw tables of these people, keyed under a secret. With margins, `canton` is a breakdown.
    pub(crate) fn tabulated(&self, people: &[Person], secret: u8, with_cantons: bool) -> RawEdition {
        let weighting = with_cantons.then(|| {
            let count = |code: &str| people.iter().filter(|person| person.get("canton") == Some(&code)).count() * 10;
            let lines = ["amont", "aval", "plaine"].map(|code| format!("canton,{code},{}\n", count(code)));
            lines.concat()
        });
        self.weighted(people, secret, weighting.as_deref())
    }

    /// The same, weighted on margins, whose lines are given without their heading.
    pub(crate) fn weighted(&self, people: &[Person], secret: u8, margins: Option<&str>) -> RawEdition {
        let weighting = margins.map(|lines| {
            let text = format!("variable,category,population\n{lines}");
            let margins = Margins::parse(&self.questionnaire, &text).expect("margins");
            Weighting { margins, trim: false }
        });
        let keyed = people.iter().zip(0..).map(|(person, index)| (record_key(secret, index), self.sheet(person)));
        let snapshot = Snapshot::of(&self.questionnaire, keyed).expect("columns");
        tabulate(&self.questionnaire, &snapshot, weighting.as_ref()).expect("tables")
    }

    pub(crate) fn publish(&self, people: &[Person], secret: u8, publisher: Publisher, with_cantons: bool) -> Public {
        let policy = match publisher {
            Publisher::Spreadsheet => Policy::Unprotected,
            Publisher::CellKey => Policy::standard().expect("a policy"),
            Publisher::Annex => Policy::Suppression(SuppressionRule::default()),
        };
        let release = protect(self.tabulated(people, secret, with_cantons), &policy).expect("a release");
        Public::of(&release, publisher)
    }
}

/// The key of a person in an edition.
pub(crate) fn record_key(secret: u8, index: u64) -> RecordKey {
    RecordKey::derive(&[secret; 32], &index.to_le_bytes())
}

/// Draws people; the same seed draws the same ones.
pub(crate) struct Crowd(pub(crate) ChaCha20Rng);

impl Crowd {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    pub(crate) fn one_of(&mut self, choices: &[&'static str]) -> &'static str {
        choices[self.0.random_range(0..choices.len())]
    }

    pub(crate) fn says_yes(&mut self, share: f64) -> &'static str {
        if self.0.random_bool(share) { "oui" } else { "non" }
    }

    /// Somebody of a commune, who says « oui » with this probability.
    pub(crate) fn person(&mut self, commune: usize, yes: f64) -> Person {
        let canton = ["amont", "aval", "plaine"][[0, 1, 0, 1, 2, 2, 2, 2][commune]];
        let mut person = Person::from([
            ("commune", COMMUNES[commune]),
            ("canton", canton),
            ("age", self.one_of(&AGES)),
            ("sexe", self.one_of(&["femme", "homme"])),
            ("renonce", self.says_yes(yes)),
        ]);
        if person["renonce"] == "oui" {
            person.insert("motifs", self.one_of(&["cout", "delai"]));
        }
        person
    }

    /// As many people of each commune.
    pub(crate) fn people(&mut self, sizes: &[usize], yes: f64) -> Vec<Person> {
        let communes = sizes.iter().enumerate().flat_map(|(commune, size)| std::iter::repeat_n(commune, *size));
        communes.map(|commune| self.person(commune, yes)).collect()
    }
}

type Record = BTreeMap<String, String>;

/// The files that anybody can download.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Public {
    pub(crate) tables: Vec<Record>,
    pub(crate) tests: Vec<Record>,
}

fn records(csv: &[u8]) -> Vec<Record> {
    csv::Reader::from_reader(csv).deserialize().map(|record| record.expect("a record")).collect()
}

impl Public {
    pub(crate) fn of(release: &Release, publisher: Publisher) -> Self {
        let mut tables = records(&isoloir_export::tidy_csv(release).expect("CSV"));
        if publisher == Publisher::Spreadsheet {
            for record in &mut tables {
                let number = |column: &str| record[column].parse::<u32>().unwrap_or(0);
                if number("base") < 30 {
                    record.insert("base".to_owned(), String::new());
                    record.insert("status".to_owned(), "row_masked".to_owned());
                } else if number("n") < 11 {
                    record.insert("status".to_owned(), "masked".to_owned());
                }
            }
        }
        Self { tables, tests: records(&isoloir_export::tests_csv(release).expect("CSV")) }
    }

    pub(crate) fn cell(&self, question: &str, choice: &str, by: &str, category: &str) -> Option<&Record> {
        let wanted = [("question", question), ("choice", choice), ("breakdown", by), ("category", category)];
        self.tables.iter().find(|record| wanted.iter().all(|(key, value)| record[*key] == *value))
    }

    /// The rows of a question by a breakdown that have a base.
    pub(crate) fn rows(&self, question: &str, by: &str) -> Vec<String> {
        let mut rows: Vec<String> = self
            .tables
            .iter()
            .filter(|record| record["question"] == question && record["breakdown"] == by && !record["base"].is_empty())
            .map(|record| record["category"].clone())
            .collect();
        rows.dedup();
        rows
    }

    pub(crate) fn base(&self, question: &str, by: &str, category: &str) -> Option<f64> {
        let row = self.tables.iter().find(|record| {
            record["question"] == question && record["breakdown"] == by && record["category"] == category
        });
        row?["base"].parse().ok()
    }

    pub(crate) fn share(&self, question: &str, choice: &str, by: &str, category: &str) -> Option<f64> {
        self.cell(question, choice, by, category).filter(|cell| cell["status"] == "published")?["p"].parse().ok()
    }

    /// How many gave a choice: the exact count where it is printed, or the share of the base.
    pub(crate) fn count(&self, question: &str, choice: &str, by: &str, category: &str) -> Option<f64> {
        let cell = self.cell(question, choice, by, category).filter(|cell| cell["status"] == "published")?;
        cell["n"]
            .parse()
            .ok()
            .or_else(|| Some(self.share(question, choice, by, category)? * self.base(question, by, category)?))
    }

    /// The answer that most people gave.
    pub(crate) fn mode(&self) -> &'static str {
        let share = |choice| self.share("renonce", choice, "", "").unwrap_or(0.0);
        if share("oui") >= share("non") { "oui" } else { "non" }
    }

    /// What is left of everybody when the published rows of a breakdown are taken away: « oui » less « non ».
    pub(crate) fn lean_of_the_rest(&self, by: &str) -> Option<f64> {
        let rest = |choice: &str| {
            let rows = self.rows("renonce", by);
            let told: Option<f64> = rows.iter().map(|row| self.count("renonce", choice, by, row)).sum();
            Some(self.count("renonce", choice, "", "")? - told?)
        };
        Some(rest("oui")? - rest("non")?)
    }
}

/// Four large communes: nothing is small, so that a spreadsheet hides no row.
pub(crate) const LARGE: [usize; 4] = [50, 60, 70, 80];

/// The answer that « oui » less « non » leans to.
pub(crate) fn answer(lean: f64, mode: &'static str) -> &'static str {
    match lean {
        lean if lean > 0.0 => "oui",
        lean if lean < 0.0 => "non",
        _ => mode,
    }
}

/// What an attack was worth.
#[derive(Default, Clone, Copy)]
pub(crate) struct Score {
    pub(crate) right: u32,
    pub(crate) by_mode: u32,
    pub(crate) people: u32,
}

impl Score {
    pub(crate) fn wager(&mut self, guess: &str, mode: &str, truth: &str) {
        self.people += 1;
        self.right += u32::from(guess == truth);
        self.by_mode += u32::from(mode == truth);
    }

    pub(crate) fn success(&self) -> f64 {
        f64::from(self.right) / f64::from(self.people)
    }

    pub(crate) fn baseline(&self) -> f64 {
        f64::from(self.by_mode) / f64::from(self.people)
    }
}

/// Three standard errors of a share of about one half: more than chance gives.
pub(crate) fn chance(people: u32) -> f64 {
    3.0 * 0.5 / f64::from(people).sqrt()
}

/// Prints what the attack was worth on both publishers, and checks that it beats the modal guess clearly on the first only.
#[track_caller]
pub(crate) fn judge(attack: &str, unprotected: Score, ours: Score) {
    let percent = |share: f64| (share * 100.0).round();
    tell(&format!(
        "{attack}: right {} % of {} times on exact tables (modal guess {} %), {} % of {} on ours (modal guess {} %)",
        percent(unprotected.success()),
        unprotected.people,
        percent(unprotected.baseline()),
        percent(ours.success()),
        ours.people,
        percent(ours.baseline()),
    ));
    let clearly = chance(unprotected.people).max(0.1);
    assert!(unprotected.success() > unprotected.baseline() + clearly, "{attack}: the attack must be worth something");
    assert!(ours.success() < ours.baseline() + chance(ours.people), "{attack} succeeds on what we publish");
}

#[expect(clippy::print_stdout, reason = "the numbers are what `cargo test -- --nocapture` is asked for")]
pub(crate) fn tell(line: &str) {
    println!("{line}");
}
