//! `show_if`: from YAML to a typed condition that looks backward only.

use crate::read::Spanned;

use crate::compile::{Compiler, Variable};
use crate::ids::{ChoiceCode, QuestionId};
use crate::routing::Condition;
use crate::yaml::{Id, RawCondition};

impl Compiler<'_> {
    pub(crate) fn condition(&mut self, raw: &Spanned<RawCondition>) -> Option<Condition> {
        let here = raw.at;
        let RawCondition { q, is, r#in, answered, gte, all, any, not } = &raw.value;
        let list = |compiler: &mut Self, list: &[Spanned<RawCondition>]| -> Option<Vec<Condition>> {
            list.iter().map(|condition| compiler.condition(condition)).collect()
        };
        match (q, is, r#in, answered, gte, all, any, not) {
            (Some(q), Some(is), None, None, None, None, None, None) => {
                let id = self.earlier(q)?;
                Some(Condition::Is { is: self.known_code(&id, is)?, q: id })
            }
            (Some(q), None, Some(codes), None, None, None, None, None) => {
                let id = self.earlier(q)?;
                let codes: Option<Vec<ChoiceCode>> = codes.iter().map(|code| self.known_code(&id, code)).collect();
                Some(Condition::In { q: id, r#in: codes? })
            }
            (Some(q), None, None, Some(answered), None, None, None, None) => {
                Some(Condition::Answered { q: self.earlier(q)?, answered: *answered })
            }
            (Some(q), None, None, None, Some(gte), None, None, None) => {
                Some(Condition::Gte { q: self.earlier(q)?, gte: *gte })
            }
            (None, None, None, None, None, Some(all), None, None) => Some(Condition::All { all: list(self, all)? }),
            (None, None, None, None, None, None, Some(any), None) => Some(Condition::Any { any: list(self, any)? }),
            (None, None, None, None, None, None, None, Some(not)) => {
                Some(Condition::Not { not: Box::new(self.condition(not)?) })
            }
            _ => {
                let fix = "écrivez {q: question, is: code}, {q: …, in: [a, b]}, {q: …, answered: true}, {q: …, gte: 3}, \
                           {all: […]}, {any: […]} ou {not: …}";
                self.problem(here, "cette condition n’est pas comprise", fix);
                None
            }
        }
    }

    /// A question asked before this one: a condition cannot look ahead.
    pub(crate) fn earlier(&mut self, raw: &Id) -> Option<QuestionId> {
        let id = self.id(raw, QuestionId::parse)?;
        match self.seen.questions.get(&id) {
            Some(Variable::Silent(what)) => {
                let message = format!("rien ne peut dépendre de « {id} » : c’est {what}");
                self.problem(raw.at, message, "choisissez une question à choix, ou un nombre");
                None
            }
            Some(_) => Some(id),
            None => {
                let message = format!("la question « {id} » n’est pas posée avant celle-ci");
                self.problem(raw.at, message, "corrigez son nom, ou placez-la plus haut");
                None
            }
        }
    }

    pub(crate) fn known_code(&mut self, question: &QuestionId, raw: &Id) -> Option<ChoiceCode> {
        let code = self.id(raw, ChoiceCode::parse)?;
        match self.seen.questions.get(question).cloned() {
            Some(Variable::Codes(codes)) if codes.contains(&code) => return Some(code),
            Some(Variable::Codes(codes)) => self.unknown_choice(raw, codes.iter()),
            Some(Variable::Number) => {
                let message = format!("« {question} » est un nombre : il n’a pas de choix");
                self.problem(raw.at, message, "écrivez par exemple {q: …, gte: 3}");
            }
            _ => {}
        }
        None
    }
}
