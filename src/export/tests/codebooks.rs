//! The questionnaire, in CSV, HTML and DDI.

use std::collections::BTreeMap;

use isoloir_disclosure::{Policy, Protection};
use isoloir_survey::Territories;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::Folder;
use crate::variables::variables;

/// An element of a document.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn parse(xml: &str) -> Self {
        let mut reader = Reader::from_str(xml);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().expect("well-formed XML") {
                Event::Start(start) => open.push(Self::start(&start)),
                Event::Empty(start) => {
                    let element = Self::start(&start);
                    open.last_mut().expect("a root").children.push(element);
                }
                Event::End(_) => {
                    let element = open.pop().expect("an open element");
                    open.last_mut().expect("a root").children.push(element);
                }
                Event::Text(text) => open.last_mut().expect("a root").text += &text.decode().expect("UTF-8"),
                Event::GeneralRef(entity) => {
                    let name = entity.decode().expect("UTF-8");
                    let character = match entity.resolve_char_ref().expect("a character") {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&name).expect("known").to_owned(),
                    };
                    open.last_mut().expect("a root").text += &character;
                }
                Event::Eof => return open.pop().expect("a root").children.remove(0),
                _ => {}
            }
        }
    }

    fn start(start: &quick_xml::events::BytesStart) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.expect("an attribute");
            (text(attribute.key.as_ref()), attribute.unescape_value().expect("a value").into_owned())
        });
        Self { name: text(start.name().as_ref()), attributes: attributes.collect(), ..Self::default() }
    }

    fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    #[track_caller]
    fn get(&self, path: &[&str]) -> &Self {
        let mut element = self;
        for name in path {
            let found = element.children.iter().find(|child| child.name == *name);
            element = found.unwrap_or_else(|| panic!("no {name} of {path:?}"));
        }
        element
    }

    fn walk<'e>(&'e self, visit: &mut impl FnMut(&'e Self)) {
        visit(self);
        for child in &self.children {
            child.walk(visit);
        }
    }
}

fn ddi(folder: &Folder) -> Element {
    Element::parse(folder.text("questionnaire-ddi.xml"))
}

/// What the schema `ddi:codebook:2_5` lets stand in each element that is written, in its order.
const ORDER: [(&str, &[&str]); 22] = [
    ("codeBook", &["docDscr", "stdyDscr", "fileDscr", "dataDscr", "otherMat"]),
    ("docDscr", &["citation", "guide", "docStatus", "docSrc", "controlledVocabUsed", "notes"]),
    (
        "citation",
        &["titlStmt", "rspStmt", "prodStmt", "distStmt", "serStmt", "verStmt", "biblCit", "holdings", "notes"],
    ),
    ("titlStmt", &["titl", "subTitl", "altTitl", "parTitl", "IDNo"]),
    ("rspStmt", &["AuthEnty", "othId"]),
    ("prodStmt", &["producer", "copyright", "prodDate", "prodPlac", "software", "fundAg", "grantNo"]),
    ("distStmt", &["distrbtr", "contact", "depositr", "depDate", "distDate"]),
    ("verStmt", &["version", "verResp", "notes"]),
    (
        "stdyDscr",
        &[
            "citation",
            "studyAuthorization",
            "stdyInfo",
            "studyDevelopment",
            "method",
            "dataAccs",
            "othrStdyMat",
            "notes",
        ],
    ),
    ("stdyInfo", &["studyBudget", "subject", "abstract", "sumDscr", "qualityStatement", "notes", "exPostEvaluation"]),
    ("subject", &["keyword", "topcClas"]),
    (
        "sumDscr",
        &[
            "timePrd",
            "collDate",
            "nation",
            "geogCover",
            "geogUnit",
            "geoBndBox",
            "boundPoly",
            "anlyUnit",
            "universe",
            "dataKind",
        ],
    ),
    ("method", &["dataColl", "notes", "anlyInfo", "stdyClas", "dataProcessing", "codingInstructions"]),
    (
        "dataColl",
        &[
            "timeMeth",
            "dataCollector",
            "collectorTraining",
            "frequenc",
            "sampProc",
            "sampleFrame",
            "targetSampleSize",
            "deviat",
            "collMode",
            "resInstru",
            "instrumentDevelopment",
            "sources",
            "collSitu",
            "actMin",
            "ConOps",
            "weight",
            "cleanOps",
        ],
    ),
    ("anlyInfo", &["respRate", "EstSmpErr", "dataAppr"]),
    ("dataAccs", &["setAvail", "useStmt", "notes"]),
    ("setAvail", &["accsPlac", "origArch", "avlStatus", "collSize", "complete", "fileQnty", "notes"]),
    ("useStmt", &["confDec", "specPerm", "restrctn", "contact", "citReq", "deposReq", "conditions", "disclaimer"]),
    ("dataDscr", &["varGrp", "nCubeGrp", "var", "nCube", "notes"]),
    ("varGrp", &["labl", "txt", "concept", "defntn", "universe", "notes"]),
    (
        "var",
        &[
            "location",
            "labl",
            "imputation",
            "security",
            "embargo",
            "respUnit",
            "anlysUnit",
            "qstn",
            "valrng",
            "invalrng",
            "undocCod",
            "universe",
            "TotlResp",
            "sumStat",
            "txt",
            "stdCatgry",
            "catgryGrp",
            "catgry",
            "codInstr",
            "verStmt",
            "concept",
            "derivation",
            "varFormat",
            "geoMap",
            "catLevel",
            "notes",
        ],
    ),
    ("catgry", &["catValu", "labl", "txt", "catStat", "mrow"]),
];

#[test]
fn elements_of_ddi_stand_in_the_order_of_the_schema() {
    for folder in Folder::each() {
        let document = ddi(&folder);
        let mut checked = 0;
        document.walk(&mut |element| {
            let Some((_, order)) = ORDER.iter().find(|(name, _)| *name == element.name) else { return };
            let places: Vec<usize> = element
                .children
                .iter()
                .map(|child| {
                    let place = order.iter().position(|name| *name == child.name);
                    place.unwrap_or_else(|| panic!("{} may not stand in {}", child.name, element.name))
                })
                .collect();
            assert!(places.is_sorted(), "{}", element.name);
            checked += 1;
        });
        assert!(checked > 30, "{checked}");
    }
}

#[test]
fn identifiers_of_ddi_are_unique_and_every_reference_has_its_target() {
    let document = ddi(&Folder::public());
    let (mut ids, mut references) = (Vec::new(), Vec::new());
    document.walk(&mut |element| {
        ids.extend(element.attributes.get("ID"));
        let is_reference = matches!(element.name.as_str(), "varGrp" | "derivation");
        references.extend(element.attributes.get("var").filter(|_| is_reference));
    });
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    let targets: Vec<&str> = references.iter().flat_map(|targets| targets.split(' ')).collect();
    assert!(targets.len() > 10);
    assert!(targets.iter().all(|target| ids.iter().any(|id| id == target)), "{targets:?}");
}

#[test]
fn ddi_describes_every_variable_with_its_question_and_its_codes() {
    let folder = Folder::public();
    let document = ddi(&folder);
    let described: Vec<&Element> = document.get(&["dataDscr"]).all("var").collect();
    let expected: Vec<_> = variables(&folder.questionnaire).collect();
    assert_eq!(described.len(), expected.len());
    for (element, variable) in described.iter().zip(&expected) {
        assert_eq!(element.attributes["name"], variable.name());
        let codes: Vec<(&str, &str, bool)> = element
            .all("catgry")
            .map(|code| {
                let missing = code.attributes["missing"] == "Y";
                (code.get(&["catValu"]).text.as_str(), code.get(&["labl"]).text.as_str(), missing)
            })
            .collect();
        let choices = variable.question.choices().iter();
        let choices: Vec<_> = choices.map(|choice| (choice.code.as_str(), choice.label.fr(), choice.missing)).collect();
        assert_eq!(codes, choices);
        if variable.question.is_asked() {
            assert_eq!(element.get(&["qstn", "qstnLit"]).text, variable.question.text.fr());
        }
    }
    let row = described.iter().find(|element| element.attributes["name"] == "satisfaction_medecins").expect("a row");
    assert!(row.get(&["qstn", "preQTxt"]).text.starts_with("Êtes-vous satisfait"));
    assert_eq!(row.get(&["concept"]).text, "Accès aux soins");
    let score = described.iter().find(|element| element.attributes["name"] == "gene").expect("the score");
    assert_eq!(score.get(&["derivation"]).attributes["var"], "V_renonce V_satisfaction_transports");
    let formula = "10 points, plus ceux des réponses\u{a0}: renonce (non\u{a0}0\u{202f}; oui\u{a0}2,50), satisfaction_transports \
                   (moyen\u{a0}0\u{202f}; non\u{a0}1,75\u{202f}; oui\u{a0}-0,25\u{202f}; non posée\u{a0}0). Niveaux\u{a0}: faible à partir de 0, \
                   forte à partir de 11,75.";
    assert_eq!(score.get(&["derivation", "drvdesc"]).text, formula);
    // Codes and not points are in the files.
    assert_eq!((&*score.attributes["intrvl"], &*score.attributes["nature"]), ("discrete", "ordinal"));
    let nature = |name: &str| {
        let element = described.iter().find(|element| element.attributes["name"] == name).expect(name);
        element.attributes["nature"].clone()
    };
    let ordinal = ["satisfaction_medecins", "age", "moral"];
    assert!(ordinal.iter().all(|name| nature(name) == "ordinal"), "what goes from more to less");
    assert!(["renonce", "commune", "motifs"].iter().all(|name| nature(name) == "nominal"));
    assert!(folder.text("dictionnaire.html").contains(formula));
}

/// Whoever reads the score of an instrument finds its coefficients, its cut-off and its citation beside it.
#[test]
fn the_score_of_an_instrument_is_cited() {
    let territories = Territories::parse(include_str!("../../../surveys/territories.tsv")).expect("territories");
    let bauge =
        isoloir_survey::parse(include_str!("../../../surveys/bauge-2026.yaml"), &territories).expect("a survey");
    let score = variables(&bauge).find(|variable| variable.name() == "score_epices").expect("the score");
    let formula = score.formula().expect("a formula");
    assert!(
        formula.starts_with("75,14 points") && formula.contains("epices_argent (non\u{a0}0\u{202f}; oui\u{a0}14,80)"),
        "{formula}"
    );
    assert!(formula.ends_with("precaire à partir de 30,17."), "{formula}");
    assert_eq!(score.scored_instrument().map(|instrument| &*instrument.id), Some("epices"));
    let item = variables(&bauge).find(|variable| variable.name() == "epices_argent").expect("an item");
    assert!(item.formula().is_none() && item.scored_instrument().is_none());
}

#[test]
fn routing_is_said_in_words() {
    let folder = Folder::public();
    let universes: BTreeMap<String, String> =
        variables(&folder.questionnaire).map(|variable| (variable.name().to_owned(), variable.universe())).collect();
    assert_eq!(universes["renonce"], "Toutes les personnes qui répondent");
    assert_eq!(universes["motifs"], "Si renonce est «\u{a0}Oui\u{a0}»");
    assert_eq!(
        universes["bus_horaires"],
        "Si satisfaction_transports est «\u{a0}Plutôt satisfait\u{a0}» ou «\u{a0}Pas satisfait\u{a0}»"
    );
    assert_eq!(universes["remarque"], "Si priorites comprend «\u{a0}Pouvoir se déplacer\u{a0}» et moral est 3 ou plus");
    let document = ddi(&folder);
    for variable in document.get(&["dataDscr"]).all("var") {
        assert_eq!(variable.get(&["universe"]).text, universes[&variable.attributes["name"]]);
    }
    let told = folder.records("variables.csv");
    assert!(told[1..].iter().all(|record| record[6] == universes[&record[0]]));
}

#[test]
fn the_study_says_that_it_is_no_sample() {
    let folder = Folder::public();
    let document = ddi(&folder);
    let sampling = &document.get(&["stdyDscr", "method", "dataColl", "sampProc"]).text;
    assert!(sampling.starts_with("Consultation volontaire, échantillon non probabiliste"), "{sampling}");
    assert!(document.get(&["stdyDscr", "dataAccs", "useStmt", "conditions"]).text.contains("Licence Ouverte 2.0"));
    assert_eq!(document.get(&["stdyDscr", "citation", "verStmt", "version"]).text, "Édition & essai");
    assert!(document.get(&["stdyDscr", "stdyInfo", "sumDscr", "geogCover"]).text.contains("Sèvremoine (49301)"));
}

#[test]
fn the_dictionary_names_every_code_and_escapes_labels() {
    let folder = Folder::under(&Policy::Unprotected);
    let page = folder.text("dictionnaire.html");
    for variable in variables(&folder.questionnaire) {
        assert!(page.contains(&format!("<article id=\"{}\">", variable.name())));
    }
    assert!(page.contains("Le &lt;délai&gt; &amp; l’attente"));
    assert!(page.contains(Protection::UNPROTECTED));
    assert!(!page.contains("http"), "it fetches nothing");
}
