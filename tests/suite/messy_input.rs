//! Responses as they come: nobody in a category, one respondent, everything skipped, two hundred communes. The whole path, through
//! the program.

use std::fmt::Write;

use crate::analyse::Desk;

const POLICIES: [&str; 3] = ["none", "suppress", "cell-key"];

/// A header and as many lines as `line` makes of the numbers below `count`.
fn responses(header: &str, count: u32, line: impl Fn(u32) -> String) -> String {
    let mut text = format!("{header}\n");
    for person in 0..count {
        let _ = writeln!(text, "{}", line(person));
    }
    text
}

#[test]
fn categories_that_nobody_chose_are_zero_for_whoever_may_know_and_masked_for_the_others() {
    let text = responses("commune,renonce", 240, |person| format!("{},{}", person % 3, person % 2));
    let margins = "variable,category,population\ncommune,0,9\ncommune,1,9\ncommune,2,9\ncommune,3,0\ncommune,4,0\n";
    let desk = Desk::new(&[("commune", 5), ("renonce", 3)], &text, margins);
    for policy in POLICIES {
        let (code, complaints) = desk.with_margins(policy, &["--policy", policy]);
        assert_eq!(code, Some(0), "{policy}: {complaints}");
        let results = desk.results(policy);
        let (choice, status) =
            (results.cell("renonce", "2", "", ""), if policy == "cell-key" { "masked" } else { "published" });
        assert_eq!(choice["status"], status, "{policy}");
        assert_eq!(choice["n"], if policy == "cell-key" { "" } else { "0" }, "{policy}");
        assert!(
            results.tables.iter().all(|record| !record.values().any(|value| value.contains("NaN") || value == "inf"))
        );
    }
    let exact = desk.results("none");
    assert_eq!(exact.cell("renonce", "0", "commune", "4")["status"], "no_answer");
    assert_eq!(exact.cell("renonce", "0", "commune", "4")["p"], "");
}

/// Communes 3 and 4 have two respondents each, and nobody lives in a place where nobody answered.
#[test]
fn a_margin_with_few_respondents_is_merged_where_it_is_published() {
    let text = responses("commune,renonce", 184, |person| {
        format!("{},{}", if person < 180 { person % 3 } else { 3 + person % 2 }, person % 2)
    });
    let margins =
        "variable,category,population\ncommune,0,500\ncommune,1,600\ncommune,2,700\ncommune,3,90\ncommune,4,80\n";
    let desk = Desk::new(&[("commune", 5), ("renonce", 2)], &text, margins);
    for policy in POLICIES {
        let (code, complaints) = desk.with_margins(policy, &["--policy", policy]);
        assert_eq!(code, Some(0), "{policy}: {complaints}");
    }
    let merged = |policy: &str| desk.results(policy).weights["merged"].as_array().expect("a list").len();
    assert_eq!((merged("none"), merged("suppress"), merged("cell-key")), (0, 2, 2));
    assert_eq!(desk.results("cell-key").weights["merged"][0]["variable"], "commune");
}

#[test]
fn a_margin_that_nobody_answered_is_refused_by_name() {
    let text = responses("commune,age,renonce", 120, |person| format!("{},,{}", person % 3, person % 2));
    let margins = "variable,category,population\nage,0,500\nage,1,600\n";
    let desk = Desk::new(&[("commune", 3), ("age", 2), ("renonce", 2)], &text, margins);
    for policy in POLICIES {
        let (code, complaints) = desk.with_margins(policy, &["--policy", policy]);
        assert_eq!(code, Some(1), "{policy}");
        let words = "marges.csv, ligne 2, marge «\u{a0}age\u{a0}»\u{a0}: personne n’a répondu à cette question";
        assert!(complaints.contains(words), "{policy}: {complaints}");
        assert!(!desk.path(policy).exists());
    }
}

/// From one to seven respondents in each of two hundred communes, and one commune of a hundred.
#[test]
fn two_hundred_small_communes_are_published_together() {
    let mut text = String::from("commune,renonce\n");
    let mut margins = String::from("variable,category,population\n");
    for commune in 0..200 {
        let _ = writeln!(margins, "commune,{commune},{}", 100 + commune);
        for person in 0..if commune == 7 { 100 } else { 1 + commune % 7 } {
            let _ = writeln!(text, "{commune},{}", u8::from((commune + person) % 3 == 0));
        }
    }
    let desk = Desk::new(&[("commune", 200), ("renonce", 2)], &text, &margins);
    let (code, complaints) = desk.with_margins("cell-key", &[]);
    assert_eq!(code, Some(0), "{complaints}");
    let results = desk.results("cell-key");
    let rows: Vec<_> = results
        .tables
        .iter()
        .filter(|record| record["breakdown"] == "commune" && record["choice"] == "1" && record["status"] == "published")
        .map(|record| (record["category"].as_str(), record["base"].as_str()))
        .collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows.iter().any(|(category, _)| *category == "7"), "{rows:?}");
    assert!(results.weights["merged"].as_array().expect("a list").len() > 100);
    let (code, complaints) = desk.analyse("annexe", &["--policy", "suppress"]);
    assert_eq!(code, Some(0), "{complaints}");
}
