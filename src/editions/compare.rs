//! An edition beside an earlier one: which may be compared, and in which questions.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use isoloir_disclosure::Release;
use isoloir_office::Office;
use isoloir_survey::{QuestionId, SurveyId};
use jiff::civil::Date;

use super::StoredEdition;

/// An earlier edition and its release.
pub(crate) struct Earlier {
    stored: StoredEdition,
    release: Release,
    is_withdrawn: bool,
}

impl Earlier {
    /// Finds an edition by `SURVEY/LABEL` and checks its files.
    ///
    /// # Errors
    /// The name cannot be read, or [`StoredEdition::open`]'s and [`StoredEdition::release`]'s.
    pub(crate) fn open(editions: &Path, office: &Office, name: &str) -> anyhow::Result<Self> {
        let (survey, label) = name.split_once('/').with_context(|| {
            format!(
                "--compare : « {name} » ne se lit pas ; écrivez le nom de l’enquête antérieure, une barre et celui de son \
                 édition : mauges-2022/2022"
            )
        })?;
        let survey = SurveyId::parse(survey).with_context(|| format!("--compare {name}"))?;
        let stored =
            StoredEdition::open(editions, office, &survey, label).with_context(|| format!("--compare {name}"))?;
        let release = stored.release(editions, office).with_context(|| format!("--compare {name}"))?;
        let is_withdrawn =
            office.editions(&survey).any(|edition| edition.label == label && edition.withdrawn_on.is_some());
        Ok(Self { stored, release, is_withdrawn })
    }

    /// Which edition is « before » and which is « now », for whoever may have exchanged them.
    pub(crate) fn order(&self, later: &StoredEdition) -> String {
        let (before, now) = (&self.stored, later);
        format!(
            "  avant : « {} » de {} ; maintenant : « {} » de {}",
            before.manifest.label, before.questionnaire.id, now.manifest.label, now.questionnaire.id
        )
    }

    /// Refuses an edition that was withdrawn: pages that compare with it would publish its shares again.
    ///
    /// # Errors
    /// It was.
    pub(crate) fn check_may_be_shown(&self) -> anyhow::Result<()> {
        let (survey, label) = (&self.stored.questionnaire.id, &self.stored.manifest.label);
        ensure!(
            !self.is_withdrawn,
            "« {label} » de {survey} a été retirée du site : des pages qui s’y comparent publieraient ses chiffres de nouveau. \
             Publiez-la d’abord (isoloir edition publish {survey} \"{label}\"), ou publiez sans --compare"
        );
        Ok(())
    }

    /// Refuses an edition that is not earlier, or of which nothing tells that it is: a fall would be published as a rise. The last
    /// days of both surveys tell, or else their first, or else the days on which the editions were made.
    fn check_is_earlier(&self, later: &StoredEdition) -> anyhow::Result<()> {
        let (one, two) = (&self.stored, later);
        let (before, now) = (&one.questionnaire, &two.questionnaire);
        let days = [
            ("ses réponses s’arrêtent le", before.closes, now.closes),
            ("ses réponses commencent le", before.opens, now.opens),
            ("elle a été faite le", Some(one.manifest.made_on), Some(two.manifest.made_on)),
        ];
        let telling = days.into_iter().find_map(|(what, before, now)| {
            let (before, now) = before.zip(now).filter(|(before, now)| before != now)?;
            Some((what, before, now))
        });
        let (before, now) = (
            format!("« {} » de {}", one.manifest.label, before.id),
            format!("« {} » de {}", two.manifest.label, now.id),
        );
        let day = |date: Date| date.strftime("%d/%m/%Y").to_string();
        match telling {
            Some((_, first, second)) if first < second => Ok(()),
            Some((what, first, second)) => bail!(
                "{before} n’est pas antérieure à {now} : {what} {}, contre le {} ; échangez-les",
                day(first),
                day(second)
            ),
            None => bail!(
                "rien ne dit laquelle est antérieure, de {before} et de {now} : elles ont été faites le même jour, et leurs \
                 questionnaires ne donnent pas deux dates différentes ; écrivez dans celui de l’enquête la plus ancienne ses vraies \
                 dates (opens, closes) avant de l’ouvrir, ou faites l’autre édition un autre jour"
            ),
        }
    }

    /// The release of another edition with what changed since this one, in the questions that both asked in the same words.
    /// Those that margins set are no findings: their shares are those of the census.
    ///
    /// # Errors
    /// Both are of one survey, or of two territories, or have no question in common.
    pub(crate) fn compared_with(&self, later: &StoredEdition, release: Release) -> anyhow::Result<Release> {
        let (one, two) = (&self.stored.questionnaire, &later.questionnaire);
        ensure!(
            one.id != two.id,
            "« {} » et « {} » sont deux éditions de {} : les mêmes personnes y ont répondu, et leur écart ne se teste pas ; \
             comparez avec l’édition d’une enquête antérieure, comme mauges-2022/2022",
            self.stored.manifest.label,
            later.manifest.label,
            two.id
        );
        ensure!(
            one.territory.code == two.territory.code,
            "{} et {} ne sont pas du même territoire ; leur écart ne dirait pas ce qui a changé",
            one.id,
            two.id
        );
        self.check_is_earlier(later)?;
        let margins: BTreeSet<QuestionId> = self.stored.margins()?.into_iter().chain(later.margins()?).collect();
        let (same, _) = two.comparable(one);
        let same: BTreeSet<&str> =
            same.into_iter().filter(|id| !margins.contains(*id)).map(QuestionId::as_str).collect();
        let label = &self.stored.manifest.label;
        let name = if *label == later.manifest.label { format!("{label} ({})", one.id) } else { label.clone() };
        let compared = release.compared_with(&self.release, &name, |question| same.contains(question));
        ensure!(
            compared.comparison().is_some_and(|comparison| !comparison.changes().is_empty()),
            "{} et {} n’ont aucune question posée dans les mêmes mots : il n’y a rien à comparer",
            one.id,
            two.id
        );
        Ok(compared)
    }
}
