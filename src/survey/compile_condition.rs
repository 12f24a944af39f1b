//! `show_if`: from YAML to a typed condition that looks backward only.

use serde_saphyr::Spanned;

use crate::compile::Compiler;
use crate::ids::{ChoiceCode, QuestionId};
use crate::routing::Condition;
use crate::yaml::{Id, RawCondition};

impl Compiler<'_> {
    pub(crate) fn condition(&mut self, raw: &Spanned<RawCondition>) -> Option<Condition> {
        let here = raw.referenced;
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
    fn earlier(&mut self, raw: &Id) -> Option<QuestionId> {
        let id = self.id(raw, QuestionId::parse)?;
        if self.seen.free_texts.contains(&id) {
            let fix = "faites-la dépendre d’une question à choix";
            self.problem(raw.referenced, format!("« {id} » est un texte libre : rien ne peut en dépendre"), fix);
            return None;
        }
        if self.seen.questions.contains_key(&id) {
            return Some(id);
        }
        let message = format!("la question « {id} » n’est pas posée avant celle-ci");
        self.problem(raw.referenced, message, "corrigez son nom, ou placez-la plus haut");
        None
    }

    fn known_code(&mut self, question: &QuestionId, raw: &Id) -> Option<ChoiceCode> {
        let code = self.id(raw, ChoiceCode::parse)?;
        let codes = self.seen.questions.get(question).cloned().flatten().unwrap_or_default();
        if codes.contains(&code) {
            return Some(code);
        }
        self.unknown_choice(raw, codes.iter());
        None
    }
}
