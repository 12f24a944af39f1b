//! What the office refuses.

use isoloir_disclosure::suppression::SuppressionRule;
use isoloir_disclosure::{Policy, RawEdition, Tally, protect};
use isoloir_survey::Territories;

use crate::{BallotCounts, Edition, EditionKind, Office, OfficeError, RegisteredEdition};

#[actix_web::test]
async fn only_what_the_cell_key_method_protected_is_published() {
    let territories = "territoire\tepci\tcode_insee\tnom\ttype\tchef_lieu\tpop_municipale\n\
        essai\t1\t49301\tSèvremoine\tcommune\t\t9\n";
    let territories = Territories::parse(territories).expect("territories");
    let yaml = include_str!("../survey/fixtures/essai.yaml");
    let questionnaire = isoloir_survey::parse(yaml, &territories).expect("fixture");
    let folder = tempfile::tempdir().expect("a folder");
    let mut office = Office::open(folder.path()).await.expect("an office");
    let date = "2026-11-22".parse().expect("a date");
    let registered = RegisteredEdition {
        survey: questionnaire.id.clone(),
        label: "essai".to_owned(),
        kind: EditionKind::Final,
        made_on: date,
        manifest: Some("0".repeat(64)),
        published_on: None,
        withdrawn_on: None,
    };
    office.register(&registered).await.expect("registered");
    for (policy, is_published) in [
        (Policy::Unprotected, false),
        (Policy::Suppression(SuppressionRule::default()), false),
        (Policy::standard().expect("policy"), true),
    ] {
        let raw = RawEdition::new(Tally::new(400, 12), Vec::new());
        let release = protect(raw, &policy).expect("a release");
        let edition = Edition {
            label: "essai",
            questionnaire: &questionnaire,
            release: &release,
            published_on: date,
            synthetic: false,
            counts: BallotCounts::default(),
        };
        let outcome = office.publish(edition).await;
        assert_eq!(outcome.is_ok(), is_published);
        assert!(is_published || matches!(outcome, Err(OfficeError::NotCellKey(_))));
        assert_eq!(office.is_published(&questionnaire.id), is_published);
    }
    office.close().await;
}
