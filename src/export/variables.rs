//! The questionnaire as a list of variables, with the words that codebooks say of each.

use isoloir_survey::{Content, Kind, Lang, Points, Question};

/// A variable: a question that is asked, or a score.
#[derive(Clone, Copy)]
pub(crate) struct Variable<'q> {
    survey: &'q Content,
    pub(crate) question: &'q Question,
    /// Title of the page on which it is asked.
    pub(crate) page: &'q str,
}

/// Every variable, in the order in which they are asked.
pub(crate) fn variables(survey: &Content) -> impl Iterator<Item = Variable<'_>> {
    survey.pages.iter().flat_map(move |page| {
        let is_variable = |question: &&Question| question.is_asked() || matches!(question.kind, Kind::Score { .. });
        let of_page = page.questions.iter().filter(is_variable);
        of_page.map(move |question| Variable { survey, question, page: page.title.fr() })
    })
}

impl<'q> Variable<'q> {
    /// Its name.
    pub(crate) fn name(&self) -> &'q str {
        self.question.id.as_str()
    }

    /// Short title, or the question where there is none.
    pub(crate) fn title(&self) -> &'q str {
        let short = self.question.short.fr();
        if short.is_empty() { self.question.text.fr() } else { short }
    }

    /// The whole question: a row's text below its matrix's.
    pub(crate) fn wording(&self) -> String {
        self.survey.wording(self.question, &Lang::french())
    }

    /// The question that this one is a row or a precision of.
    pub(crate) fn parent(&self) -> Option<&'q Question> {
        let id = self.question.row_of.as_ref().or(self.question.specifies.as_ref())?;
        self.survey.question(id)
    }

    /// What kind of answer it takes, as files say it.
    pub(crate) fn kind(&self) -> &'static str {
        match self.question.kind {
            Kind::Single { .. } => "single",
            Kind::Multiple { .. } => "multiple",
            Kind::Scale { .. } => "scale",
            Kind::RankTop { .. } => "rank_top",
            Kind::Integer { .. } => "integer",
            Kind::TextLong { .. } => "text",
            Kind::Score { .. } => "score",
            Kind::Matrix | Kind::Note => "note",
        }
    }

    /// The same in French.
    pub(crate) fn kind_words(&self) -> String {
        match &self.question.kind {
            Kind::Single { .. } => "choix unique".to_owned(),
            Kind::Multiple { max: Some(max), .. } => format!("choix multiple, {max} au plus"),
            Kind::Multiple { max: None, .. } => "choix multiple".to_owned(),
            Kind::Scale { low, high, .. } => {
                format!("échelle, de «\u{a0}{}\u{a0}» à «\u{a0}{}\u{a0}»", low.fr(), high.fr())
            }
            Kind::RankTop { ranks, .. } => format!("classement des {ranks} premiers choix"),
            Kind::Integer { min, max } => format!("nombre entier, de {min} à {max}"),
            Kind::TextLong { .. } => "texte libre".to_owned(),
            Kind::Score { .. } => "score calculé".to_owned(),
            Kind::Matrix | Kind::Note => "texte".to_owned(),
        }
    }

    /// Whether tables are made of it.
    pub(crate) fn is_tabulated(&self) -> bool {
        !self.question.choices().is_empty()
    }

    /// Title of its axis of the contract.
    pub(crate) fn axis(&self) -> Option<&'q str> {
        let id = self.question.axis.as_ref()?;
        self.survey.axes.iter().find(|axis| axis.id == *id).map(|axis| axis.title.fr())
    }

    /// The published instrument of which it is an item: its title and the item's number.
    pub(crate) fn instrument(&self) -> Option<(&'static isoloir_survey::Instrument, u8)> {
        let item = self.question.instrument.as_ref()?;
        Some((isoloir_survey::instrument(&item.id)?, item.item))
    }

    /// The published instrument whose score it is: that of all its terms.
    pub(crate) fn scored_instrument(&self) -> Option<&'static isoloir_survey::Instrument> {
        let Kind::Score { terms, .. } = &self.question.kind else { return None };
        let of_term = |id| self.survey.question(id).and_then(|term| term.instrument.as_ref());
        let first = of_term(&terms.first()?.q)?;
        let is_whole = terms.iter().all(|term| of_term(&term.q).is_some_and(|item| item.id == first.id));
        isoloir_survey::instrument(&first.id).filter(|_| is_whole)
    }

    /// How a score is made: its constant, the points of each answer, and the least score of each level.
    pub(crate) fn formula(&self) -> Option<String> {
        let Kind::Score { base, terms, levels, from } = &self.question.kind else { return None };
        let points = |points: &Points| points.to_string().replace('.', ",");
        let terms = terms.iter().map(|term| {
            let answers = term.points.iter().map(|(code, worth)| format!("{code}\u{a0}{}", points(worth)));
            let hidden = term.hidden.iter().map(|worth| format!("non posée\u{a0}{}", points(worth)));
            format!("{} ({})", term.q, answers.chain(hidden).collect::<Vec<_>>().join("\u{202f}; "))
        });
        let levels = levels.iter().zip(from);
        let levels = levels.map(|(level, from)| format!("{} à partir de {}", level.code, points(from)));
        Some(format!(
            "{} points, plus ceux des réponses\u{a0}: {}. Niveaux\u{a0}: {}.",
            points(base),
            terms.collect::<Vec<_>>().join(", "),
            levels.collect::<Vec<_>>().join(", ")
        ))
    }

    /// Who was asked, in words.
    pub(crate) fn universe(&self) -> String {
        if matches!(self.question.kind, Kind::Score { .. }) {
            return "Personnes dont on a toutes les réponses qu’il faut pour le calculer".to_owned();
        }
        match &self.question.show_if {
            None => "Toutes les personnes qui répondent".to_owned(),
            Some(condition) => format!("Si {}", condition.in_words(self.survey, &ToString::to_string)),
        }
    }
}
