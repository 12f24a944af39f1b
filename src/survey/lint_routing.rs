//! Conditions that no answers can satisfy. The answers that matter are few: for each question that a condition looks at, its
//! codes or the numbers around a threshold. They are tried in the order of the questionnaire, with the routing of those
//! questions themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::answers::Answer;
use crate::ids::{ChoiceCode, QuestionId};
use crate::lint::{Warning, places};
use crate::model::{Choice, Content, Kind, Question};
use crate::routing::Condition;
use crate::yaml::RawQuestionnaire;

/// More combinations than this are not tried, and nothing is said of the question.
const MAX_TRIALS: usize = 50_000;

/// More choices of one question than this are tried one by one only.
const MAX_COMBINED: usize = 6;

pub(crate) fn unreachable(raw: &RawQuestionnaire, content: &Content) -> Vec<Warning> {
    let places = places(raw);
    let conditional = content.questions().filter(|question| question.row_of.is_none() && question.specifies.is_none());
    conditional
        .filter(|question| question.show_if.as_ref().is_some_and(|condition| !can_hold(content, condition)))
        .filter_map(|question| {
            let at = *places.get(question.id.as_str())?;
            let message =
                format!("personne ne verra la question « {} » : sa condition n’est jamais remplie", question.id);
            let fix = "corrigez « show_if », ou la condition des questions dont elle dépend";
            Some(Warning::new("condition-impossible", at, message, fix))
        })
        .collect()
}

/// Whether some respondent can satisfy the condition. `true` when there is too much to try.
fn can_hold(content: &Content, condition: &Condition) -> bool {
    let mut needed = BTreeSet::new();
    require(content, condition, &mut needed);
    let questions: Vec<&Question> = content.questions().filter(|question| needed.contains(&question.id)).collect();
    let conditions: Vec<&Condition> =
        questions.iter().filter_map(|question| question.show_if.as_ref()).chain([condition]).collect();
    let domains: Vec<Vec<Answer>> = questions.iter().map(|question| domain(question, &conditions)).collect();
    let mut search = Search { questions, domains, condition, trials: 0 };
    search.any(0, &mut BTreeMap::new())
}

/// The questions that a condition depends on, through the conditions of those questions too.
fn require(content: &Content, condition: &Condition, needed: &mut BTreeSet<QuestionId>) {
    for id in condition.questions() {
        let is_new = needed.insert(id.clone());
        if let Some(earlier) = content.question(id).and_then(|question| question.show_if.as_ref()).filter(|_| is_new) {
            require(content, earlier, needed);
        }
    }
}

struct Search<'a> {
    questions: Vec<&'a Question>,
    domains: Vec<Vec<Answer>>,
    condition: &'a Condition,
    trials: usize,
}

impl Search<'_> {
    fn any(&mut self, index: usize, answers: &mut BTreeMap<QuestionId, Answer>) -> bool {
        self.trials += 1;
        if self.trials > MAX_TRIALS {
            return true;
        }
        let Some(question) = self.questions.get(index).copied() else { return self.condition.holds(answers) };
        let is_shown = question.show_if.as_ref().is_none_or(|condition| condition.holds(answers));
        if !is_shown || !question.required {
            answers.remove(&question.id);
            if self.any(index + 1, answers) {
                return true;
            }
        }
        if is_shown {
            for answer in self.domains[index].clone() {
                answers.insert(question.id.clone(), answer);
                if self.any(index + 1, answers) {
                    return true;
                }
            }
            answers.remove(&question.id);
        }
        false
    }
}

/// Answers of which one satisfies the conditions if any answer does.
fn domain(question: &Question, conditions: &[&Condition]) -> Vec<Answer> {
    match &question.kind {
        Kind::Single { choices, .. } | Kind::Scale { choices, .. } => {
            choices.iter().map(|choice| Answer::One(choice.code.to_string())).collect()
        }
        Kind::Multiple { choices, max } => {
            let most = max.map_or(choices.len(), usize::from);
            combinations(choices, conditions)
                .into_iter()
                .filter(|codes| codes.len() <= most)
                .map(Answer::Several)
                .collect()
        }
        Kind::RankTop { choices, ranks } => {
            let most = usize::from(*ranks);
            combinations(choices, conditions)
                .into_iter()
                .filter(|codes| codes.len() <= most)
                .map(Answer::Several)
                .collect()
        }
        Kind::Integer { min, max } => {
            let mut thresholds = Vec::new();
            for condition in conditions {
                condition.thresholds(&question.id, &mut thresholds);
            }
            let around = thresholds.iter().flat_map(|gte| [gte.saturating_sub(1), *gte]);
            around.chain([*min, *max]).filter(|number| (min..=max).contains(&number)).map(Answer::Number).collect()
        }
        Kind::TextLong { .. } | Kind::Matrix | Kind::Score { .. } | Kind::Note => Vec::new(),
    }
}

/// Each choice alone, and the sets of those that a condition names.
fn combinations(choices: &[Choice], conditions: &[&Condition]) -> Vec<Vec<ChoiceCode>> {
    let mut sets: Vec<Vec<ChoiceCode>> = choices.iter().map(|choice| vec![choice.code.clone()]).collect();
    let named: Vec<&ChoiceCode> = choices
        .iter()
        .filter(|choice| !choice.exclusive && conditions.iter().any(|condition| condition.names(&choice.code)))
        .map(|choice| &choice.code)
        .take(MAX_COMBINED)
        .collect();
    let subsets = (0_u32..1 << named.len()).filter(|bits| bits.count_ones() >= 2);
    sets.extend(subsets.map(|bits| {
        let chosen = named.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0);
        chosen.map(|(_, code)| (*code).clone()).collect()
    }));
    sets
}
