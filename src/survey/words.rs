//! What readers of results are told of a question, in French: how it was asked, and to whom.

use crate::ids::Lang;
use crate::ids::{ChoiceCode, QuestionId};
use crate::model::{Content, Kind, Question};
use crate::routing::Condition;

impl Content {
    /// The whole question with what the ends of a scale mean, since its points are numbers.
    pub fn asked(&self, question: &Question) -> String {
        let text = self.wording(question, &Lang::french());
        let mut points = question.choices().iter().filter(|choice| !choice.missing).map(|choice| choice.label.fr());
        match (&question.kind, points.next(), points.next_back()) {
            (Kind::Scale { low, high, .. }, Some(first), Some(last)) => {
                format!("{text} ({first}\u{a0}: {}\u{202f}; {last}\u{a0}: {})", low.fr(), high.fr())
            }
            _ => text,
        }
    }
}

impl Condition {
    /// A clause that makes sense after « si ». `name` says how a question is called: by its variable, by its title.
    pub fn in_words(&self, survey: &Content, name: &dyn Fn(&QuestionId) -> String) -> String {
        Clause { survey, name }.of(self, false)
    }
}

struct Clause<'a> {
    survey: &'a Content,
    name: &'a dyn Fn(&QuestionId) -> String,
}

impl Clause<'_> {
    /// By De Morgan, a denial never stands before a whole sentence.
    fn of(&self, condition: &Condition, is_denied: bool) -> String {
        match condition {
            Condition::Is { q, is } => self.chosen(q, std::slice::from_ref(is), is_denied),
            Condition::In { q, r#in } => self.chosen(q, r#in, is_denied),
            Condition::Answered { q, answered } if *answered == is_denied => {
                format!("{} est sans réponse", (self.name)(q))
            }
            Condition::Answered { q, .. } => format!("{} a une réponse", (self.name)(q)),
            Condition::Gte { q, gte } if is_denied => {
                format!("{} est inférieur à {gte} ou sans réponse", (self.name)(q))
            }
            Condition::Gte { q, gte } => format!("{} est {gte} ou plus", (self.name)(q)),
            Condition::All { all } => self.joined(all, is_denied, if is_denied { "ou" } else { "et" }),
            Condition::Any { any } => self.joined(any, is_denied, if is_denied { "et" } else { "ou" }),
            Condition::Not { not } => self.of(not, !is_denied),
        }
    }

    fn chosen(&self, id: &QuestionId, codes: &[ChoiceCode], is_denied: bool) -> String {
        let question = self.survey.question(id);
        let label = |code: &ChoiceCode| {
            let choice = question.and_then(|question| question.choice(code.as_str()));
            format!("«\u{a0}{}\u{a0}»", choice.map_or(code.as_str(), |choice| choice.label.fr()))
        };
        let labels: Vec<String> = codes.iter().map(label).collect();
        let verb = match (question.is_some_and(Question::takes_several), is_denied) {
            (true, false) => "comprend",
            (true, true) => "ne comprend pas",
            (false, false) => "est",
            (false, true) => "n’est pas",
        };
        format!("{} {verb} {}", (self.name)(id), labels.join(" ou "))
    }

    fn joined(&self, list: &[Condition], is_denied: bool, word: &str) -> String {
        let part = |part: &Condition| {
            let clause = self.of(part, is_denied);
            let is_list = matches!(part, Condition::All { .. } | Condition::Any { .. });
            if is_list && list.len() > 1 { format!("({clause})") } else { clause }
        };
        list.iter().map(part).collect::<Vec<_>>().join(&format!(" {word} "))
    }
}
