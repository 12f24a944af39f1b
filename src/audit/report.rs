//! What the audit found, as a program reads it (JSON) and as people do (a table in French).

use std::fmt::{Display, Write as _};

use serde::Serialize;

use crate::french::{count, french};

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The promise is kept here.
    Passed,
    /// It is not, or that could not be found out.
    Failed,
    /// Nothing is wrong, but who runs the service should know.
    Note,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A name that never changes, for scripts.
    pub name: &'static str,
    /// What was asked, in French.
    pub title: &'static str,
    /// Which database, file or setting.
    pub subject: String,
    /// What was found, in French, with its numbers.
    pub measured: String,
    /// What it came to.
    pub verdict: Verdict,
    /// What to do; given when it failed, and sometimes with a note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// Everything that was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order in which they were carried out.
    pub checks: Vec<Check>,
}

/// A check before it was carried out: its name, its title and what to do when it fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) advice: &'static str,
}

impl Question {
    pub(crate) fn judge(&self, subject: &str, passed: bool, measured: &str) -> Check {
        let verdict = if passed { Verdict::Passed } else { Verdict::Failed };
        self.with(subject, verdict, measured, (!passed).then_some(self.advice))
    }

    pub(crate) fn note(&self, subject: &str, measured: &str) -> Check {
        self.with(subject, Verdict::Note, measured, Some(self.advice))
    }

    /// The check could not be carried out: then nothing is proven.
    pub(crate) fn impossible(&self, subject: &str, error: &dyn Display) -> Check {
        let measured = format!("contrôle impossible : {error}");
        let advice = "vérifiez le chemin ou l’adresse de la base, les droits de lecture, et que la version d’Isoloir \
                      est celle du serveur ; puis relancez l’audit";
        self.with(subject, Verdict::Failed, &measured, Some(advice))
    }

    fn with(&self, subject: &str, verdict: Verdict, measured: &str, advice: Option<&str>) -> Check {
        Check {
            name: self.name,
            title: self.title,
            subject: subject.to_owned(),
            measured: french(measured),
            verdict,
            advice: advice.map(french),
        }
    }
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "conforme",
            Self::Failed => "ÉCHEC",
            Self::Note => "à savoir",
        }
    }
}

/// Lines of a terminal are not longer than this.
const WIDTH: usize = 120;
const VERDICT_WIDTH: usize = 8;

impl Report {
    /// Whether no check failed. A report without any check proves nothing, so it has not passed.
    pub fn passed(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.verdict != Verdict::Failed)
    }

    /// The report as a table for people: what was looked at in groups, one line or more each, and what to do under
    /// what failed.
    pub fn to_text(&self) -> String {
        let mut out = String::from("Audit d’anonymat\n");
        let title_width = self.checks.iter().map(|check| check.title.chars().count()).max().unwrap_or(0);
        let indent = VERDICT_WIDTH + title_width + 6;
        let mut subject = None;
        for check in &self.checks {
            if subject != Some(&check.subject) {
                subject = Some(&check.subject);
                let _ = writeln!(out, "\n{}", check.subject);
            }
            let _ = write!(out, "  {:<VERDICT_WIDTH$}  {:<title_width$}  ", check.verdict.word(), check.title);
            out.push_str(&folded(&check.measured, indent, ""));
            if let Some(advice) = &check.advice {
                out.push_str(&" ".repeat(indent));
                out.push_str(&folded(advice, indent, "→ "));
            }
        }
        let number = |verdict| self.checks.iter().filter(|check| check.verdict == verdict).count() as u64;
        let failed = number(Verdict::Failed);
        let _ = write!(
            out,
            "\n{} : {}, {}, {}.\n",
            count(self.checks.len() as u64, "contrôle", "contrôles"),
            count(number(Verdict::Passed), "conforme", "conformes"),
            count(failed, "échec", "échecs"),
            count(number(Verdict::Note), "point à savoir", "points à savoir"),
        );
        out.push_str(match (self.passed(), failed) {
            (true, _) => "Aucun de ces contrôles n’a trouvé de quoi savoir qui a répondu quoi.\n",
            (false, 0) => "Rien n’a été contrôlé : l’anonymat n’est pas démontré.\n",
            (false, _) => "L’anonymat n’est pas démontré tant qu’il reste un échec.\n",
        });
        french(&out)
    }
}

/// Folds a text at spaces, so that each line after the first begins below the first. `mark` stands before the first.
fn folded(text: &str, indent: usize, mark: &str) -> String {
    let room = WIDTH.saturating_sub(indent + mark.chars().count()).max(30);
    let mut out = String::from(mark);
    let mut length = 0;
    // Only plain spaces may be broken: not those before a colon.
    for word in text.split(' ') {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > room {
            let _ = write!(out, "\n{}", " ".repeat(indent + mark.chars().count()));
            length = 0;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += word_length;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: Question =
        Question { name: "physical-order", title: "Place des lignes", advice: "réécrivez la base ; puis relancez" };

    #[test]
    fn a_report_says_what_to_do_under_what_failed() {
        let report = Report {
            checks: vec![
                ORDER.judge("urne (collector.db)", true, "0 % des voisins"),
                ORDER.judge("urne (collector.db)", false, "49 % des voisins"),
                ORDER.note("réglages", "les deux rôles sont ici"),
            ],
        };
        assert!(!report.passed());
        let expected = "Audit d’anonymat\n\n\
            urne (collector.db)\n  \
            conforme  Place des lignes  0\u{202f}% des voisins\n  \
            ÉCHEC     Place des lignes  49\u{202f}% des voisins\n                              \
            → réécrivez la base\u{202f}; puis relancez\n\n\
            réglages\n  \
            à savoir  Place des lignes  les deux rôles sont ici\n                              \
            → réécrivez la base\u{202f}; puis relancez\n\n\
            3 contrôles\u{a0}: 1 conforme, 1 échec, 1 point à savoir.\n\
            L’anonymat n’est pas démontré tant qu’il reste un échec.\n";
        assert_eq!(report.to_text(), expected);
    }

    #[test]
    fn an_empty_report_proves_nothing() {
        assert!(!Report::default().passed());
        assert!(Report::default().to_text().contains("Rien n’a été contrôlé"));
        assert!(Report { checks: vec![ORDER.judge("", true, "")] }.passed());
    }

    #[test]
    fn a_check_that_could_not_be_made_has_failed() {
        let check = ORDER.impossible("urne", &"fichier illisible");
        assert_eq!(check.verdict, Verdict::Failed);
        assert!(check.measured.ends_with("fichier illisible"), "{}", check.measured);
    }
}
