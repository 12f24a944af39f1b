//! A score in YAML: points that earlier answers add up to, and the levels that they make.

use std::collections::BTreeMap;

use crate::compile::Compiler;
use crate::ids::ChoiceCode;
use crate::instrument::InstrumentItem;
use crate::model::{Choice, Kind, Text};
use crate::score::{Points, Term};
use crate::yaml::{Id, RawLevel, RawQuestion, RawTerm};

impl Compiler<'_> {
    pub(crate) fn score(&mut self, raw: &RawQuestion) -> Option<Kind> {
        if let (Some(named), None) = (&raw.instrument, &raw.terms) {
            return self.published_score(&named.id);
        }
        let base = raw.base.as_ref().map_or(Some(Points::default()), |base| self.points(base));
        let Some(raw_terms) = raw.terms.as_ref().filter(|terms| !terms.is_empty()) else {
            let fix = "ajoutez sous « terms: » une ligne par question, par exemple {q: question, points: {oui: 10.06, non: 0}}";
            self.problem(raw.id.at, "ce score ne dit pas comment il se calcule", fix);
            return None;
        };
        let terms = raw_terms.iter().filter_map(|term| self.term(term)).collect();
        let (levels, from) = self.levels(raw.levels.as_deref().unwrap_or_default());
        Some(Kind::Score { base: base?, terms, levels, from })
    }

    /// The published scoring of an instrument, over the questions that are its items.
    fn published_score(&mut self, name: &Id) -> Option<Kind> {
        let instrument = self.instrument(name)?;
        let Some(scoring) = &instrument.scoring else {
            let message = format!("« {} » n’a pas de score publié", instrument.id);
            self.problem(name.at, message, "enlevez cette question, ou écrivez « terms: »");
            return None;
        };
        let mut terms = Vec::new();
        let mut absent = Vec::new();
        for term in &scoring.terms {
            let item = InstrumentItem { id: instrument.id.clone(), item: term.item };
            let Some(q) = self.seen.items.get(&item).cloned() else {
                absent.push(term.item.to_string());
                continue;
            };
            let points = term.points.iter().filter_map(|(code, points)| {
                let code = self.known_code(&q, &Id { value: code.clone(), at: name.at })?;
                Some((code, self.points(points)?))
            });
            let points = points.collect();
            terms.push(Term { q, points, hidden: term.hidden.as_ref().and_then(|hidden| self.points(hidden)) });
        }
        if !absent.is_empty() {
            let message = format!("il manque des questions de « {} » : {}", instrument.id, absent.join(", "));
            let fix = format!("posez-les avant, avec « instrument: {{id: {}, item: … }} »", instrument.id);
            self.problem(name.at, message, fix);
        }
        let from: Option<Vec<Points>> = scoring.levels.iter().map(|level| self.points(&level.from)).collect();
        let levels = scoring.levels.iter().filter_map(|level| {
            let code = self.id(&level.code, ChoiceCode::parse)?;
            Some(Choice::plain(code, Text::french(&level.label)))
        });
        let levels = levels.collect();
        Some(Kind::Score { base: self.points(&scoring.base)?, terms, levels, from: from? })
    }

    pub(crate) fn points(&mut self, raw: &Id) -> Option<Points> {
        let points = Points::parse(&raw.value);
        if points.is_none() {
            let message = format!("« {} » n’est pas un nombre de points", raw.value);
            self.problem(
                raw.at,
                message,
                "écrivez par exemple 4, 30.17 ou -8.28, avec un point et deux décimales au plus",
            );
        }
        points
    }

    fn term(&mut self, raw: &RawTerm) -> Option<Term> {
        let q = self.earlier(&raw.q)?;
        let mut points = BTreeMap::new();
        for (code, given) in &raw.points {
            let code = self.known_code(&q, &Id { value: code.clone(), at: given.at });
            let given = self.points(given);
            points.extend(code.zip(given));
        }
        let hidden = raw.hidden.as_ref().and_then(|hidden| self.points(hidden));
        Some(Term { q, points, hidden })
    }

    pub(crate) fn levels(&mut self, raw: &[RawLevel]) -> (Vec<Choice>, Vec<Points>) {
        let mut levels = Vec::new();
        let mut from: Vec<Points> = Vec::new();
        for level in raw {
            let label = self.text(&level.label);
            let code = self.id(&level.code, ChoiceCode::parse);
            let Some((code, least)) = code.zip(self.points(&level.from)) else { continue };
            if from.last().is_some_and(|before| *before >= least) {
                self.problem(
                    level.code.at,
                    "les niveaux ne vont pas du plus bas au plus haut",
                    "rangez-les selon « from »",
                );
            }
            levels.push(Choice::plain(code, label));
            from.push(least);
        }
        (levels, from)
    }
}
