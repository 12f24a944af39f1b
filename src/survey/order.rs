//! In which order choices are read: that of the questionnaire where they go from more to less, the most frequent first where
//! they do not. The questionnaire says which ([`Question::ordered`]); whoever draws or writes tables asks here.

use crate::lint::{Warning, raw_questions};
use crate::model::{Choice, Content, Kind, Question, Role};
use crate::routing::Condition;
use crate::yaml::RawQuestionnaire;

/// The code of what is left over, such as « Autre situation », where nobody is asked to spell it out.
const REST: &str = "autre";
/// Two choices, such as « Oui » and « Non », are read in the order in which they are asked.
const FEWEST_TO_SORT: usize = 3;

impl Question {
    /// Whether its choices go from more to less: ages, points of a scale, levels of a score, and what is declared.
    pub fn is_ordinal(&self) -> bool {
        match self.kind {
            Kind::Scale { .. } | Kind::Score { .. } | Kind::Single { role: Some(Role::AgeBand), .. } => true,
            Kind::Single { .. } => self.ordered,
            _ => false,
        }
    }

    /// Whether charts and tables keep the order of its choices, rather than put the most frequent one first.
    pub fn keeps_order(&self) -> bool {
        let is_short = || self.choices().iter().filter(|choice| !choice.missing).count() < FEWEST_TO_SORT;
        self.is_ordinal() || !self.takes_several() && is_short()
    }
}

impl Content {
    /// Whether a choice holds what the others do not, such as « Autre »: it is spelled out, or its code is `autre`.
    pub fn is_rest(&self, question: &Question, choice: &Choice) -> bool {
        choice.code.as_str() == REST || self.is_spelled_out(question, choice)
    }

    /// Whether whoever gives this choice is asked to spell it out.
    pub fn is_spelled_out(&self, question: &Question, choice: &Choice) -> bool {
        self.questions().any(|other| {
            other.specifies.as_ref() == Some(&question.id)
                && matches!(&other.show_if, Some(Condition::Is { is, .. }) if *is == choice.code)
        })
    }
}

/// Questions of one answer that do not say whether their choices have an order.
pub(crate) fn undeclared(raw: &RawQuestionnaire) -> Vec<Warning> {
    let is_silent = |question: &&crate::yaml::RawQuestion| {
        let choices = question.choices.iter().flatten().filter(|choice| choice.missing != Some(true));
        matches!(question.r#type.value.as_str(), "single" | "matrix")
            && question.ordered.is_none()
            && choices.count() >= FEWEST_TO_SORT
    };
    let silent = raw_questions(raw).filter(is_silent).map(|question| {
        let message = format!("« {} » ne dit pas si ses choix ont un ordre", question.id.value);
        let fix = "ajoutez « ordered: true » s’ils vont du plus au moins (fréquence, accord, durée…), « ordered: false » sinon : \
                   graphiques et tableaux commenceront alors par le plus fréquent";
        Warning::new("ordre-des-choix", question.id.at, message, fix)
    });
    silent.collect()
}

#[cfg(test)]
mod tests {
    use crate::{Questionnaire, Territories, parse};

    fn questionnaire(yaml: &str) -> Questionnaire {
        let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
        parse(yaml, &territories).unwrap_or_else(|problems| panic!("{problems:#?}"))
    }

    fn asked<'q>(questionnaire: &'q Questionnaire, id: &str) -> &'q crate::Question {
        questionnaire.questions().find(|question| question.id.as_str() == id).expect(id)
    }

    #[test]
    fn degrees_keep_their_order_and_occupations_do_not() {
        let laval = questionnaire(include_str!("../../surveys/laval-2026.yaml"));
        for id in ["sante_generale", "alcool", "delai_generaliste", "bien_etre_calme", "moral", "age", "score_who5"] {
            let question = laval.questions().find(|question| question.id.as_str().starts_with(id)).expect(id);
            assert!(question.is_ordinal() && question.keeps_order(), "{id}");
        }
        for id in ["situation", "foyer", "soins_non_programmes", "radon", "commune", "priorites"] {
            let question = asked(&laval, id);
            assert!(!question.is_ordinal() && !question.keeps_order(), "{id}");
        }
        for id in ["renonce_12m", "sexe"] {
            let question = asked(&laval, id);
            assert!(!question.is_ordinal() && question.keeps_order(), "{id}: two answers stay as they are asked");
        }
    }

    #[test]
    fn what_is_left_over_is_known_by_its_code_or_by_being_spelled_out() {
        let types = questionnaire(include_str!("fixtures/types.yaml"));
        let reasons = asked(&types, "motifs");
        let rest: Vec<&str> = reasons
            .choices()
            .iter()
            .filter(|choice| types.is_rest(reasons, choice))
            .map(|choice| choice.code.as_str())
            .collect();
        assert_eq!(rest, ["autre"]);
        let renamed = include_str!("fixtures/types.yaml").replace("code: autre,", "code: ailleurs,");
        let renamed = questionnaire(&renamed);
        let reasons = asked(&renamed, "motifs");
        assert!(reasons.choice("ailleurs").is_some_and(|choice| renamed.is_rest(reasons, choice)));
        let laval = questionnaire(include_str!("../../surveys/laval-2026.yaml"));
        let need = asked(&laval, "soins_non_programmes");
        let is_rest = |code| need.choice(code).is_some_and(|choice| laval.is_rest(need, choice));
        assert!(is_rest("autre") && !is_rest("autre_medecin"), "another doctor is an answer");
    }
}
