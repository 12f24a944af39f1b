//! Every sentence that the paper questionnaire says of itself, in French and in easy French, and routing in words.

use std::collections::BTreeMap;

use isoloir_survey::{Condition, Content, Kind, Lang, Question, QuestionId, names_help_line};

use crate::paper::Paper;
use crate::text::END_OF_LINE;

/// The questions' numbers on paper, and the words for where one is found.
pub(crate) struct Words<'a> {
    pub(crate) survey: &'a Content,
    pub(crate) lang: &'a Lang,
    numbers: BTreeMap<&'a QuestionId, usize>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(survey: &'a Content, lang: &'a Lang) -> Self {
        let asked = survey.questions().filter(|question| is_numbered(question));
        let numbers = asked.zip(1..).map(|(question, number)| (&question.id, number)).collect();
        Self { survey, lang, numbers }
    }

    pub(crate) fn number(&self, question: &Question) -> Option<usize> {
        self.numbers.get(&question.id).copied()
    }

    /// A text in its lines: each sentence of easy French begins one of its own, as on the screen.
    pub(crate) fn prose(&self, text: &str) -> String {
        if self.lang.is_french() {
            return text.to_owned();
        }
        ['.', '?', '!']
            .iter()
            .fold(text.to_owned(), |text, end| text.replace(&format!("{end} "), &format!("{end}{END_OF_LINE}")))
    }

    fn pick(&self, french: &str, easy: &str) -> String {
        if self.lang.is_french() { french } else { easy }.to_owned()
    }

    /// The welcome for paper. That of the screen speaks of codes and links, so that without one of its own a questionnaire
    /// gets these words.
    pub(crate) fn welcome(&self) -> String {
        if let Some(welcome) = &self.survey.welcome_paper {
            return welcome.get(self.lang).to_owned();
        }
        let organiser = self.survey.organiser.get(self.lang);
        if self.lang.is_french() {
            format!(
                "Vos réponses aideront {organiser} à choisir ses actions pour la santé.\n\n\
                 Ce questionnaire est anonyme\u{a0}: rien n’y dit qui vous êtes, et ce que vous écrivez ne doit pas le \
                 dire. Une fois remis, il ne pourra être ni retrouvé, ni modifié."
            )
        } else {
            format!(
                "Donnez votre avis sur la santé.\n\n{organiser} prépare des actions pour la santé. Vos réponses aident à \
                 choisir ces actions.\n\nCe questionnaire est anonyme. Anonyme veut dire que personne ne sait qui répond."
            )
        }
    }

    /// When a question is to be answered, and where to go on otherwise; `None` when always. Where the question before has
    /// the same condition, it said already where to go on.
    pub(crate) fn routing(&self, question: &Question) -> Option<String> {
        let condition = question.show_if.as_ref()?;
        let numbered: Vec<&Question> = self.survey.questions().filter(|question| is_numbered(question)).collect();
        let place = numbered.iter().position(|other| other.id == question.id);
        let before = place.and_then(|place| place.checked_sub(1)).map(|before| numbered[before]);
        let is_told = place.is_none() || before.is_some_and(|before| before.show_if == question.show_if);
        let mut after = place.map_or(&[][..], |place| &numbered[place..]).iter();
        let next = after.find(|other| other.show_if != question.show_if).and_then(|next| self.number(next));
        Some(self.routing_words(condition, next, is_told))
    }

    fn routing_words(&self, condition: &Condition, next: Option<usize>, is_told: bool) -> String {
        let otherwise = match next {
            Some(number) => format!("Sinon, passez à la question\u{a0}{number}."),
            None => self.pick("Sinon, passez à la fin.", "Sinon, allez à la fin."),
        };
        if let Some(asked) = self.easy_condition(condition).filter(|_| !self.lang.is_french()) {
            return if is_told {
                format!("{asked} Répondez ici.")
            } else {
                format!("{asked} Répondez ici. {otherwise}")
            };
        }
        let when = self.condition(condition, false);
        let when = when.strip_prefix("si ").map_or_else(|| when.clone(), |rest| format!("Si {rest}"));
        if is_told {
            return format!("{when}\u{a0}:");
        }
        format!("{when}\u{a0}: répondez ici. {otherwise}")
    }

    /// The condition as short questions; `None` when it is not made of answers to numbered questions, any of which will do.
    fn easy_condition(&self, condition: &Condition) -> Option<String> {
        let asked = |q: &QuestionId, labels: &[String]| {
            let number = self.numbers.get(q)?;
            Some(format!("uestion\u{a0}{number}\u{a0}: vous avez répondu {}\u{a0}?", labels.join("\u{a0}? Ou ")))
        };
        let one = |condition: &Condition| match condition {
            Condition::Is { q, is } => asked(q, &[self.label(q, is.as_str())]),
            Condition::In { q, r#in } => {
                asked(q, &r#in.iter().map(|code| self.label(q, code.as_str())).collect::<Vec<_>>())
            }
            _ => None,
        };
        let any = match condition {
            Condition::Any { any } => any.iter().map(one).collect::<Option<Vec<_>>>()?,
            _ => vec![one(condition)?],
        };
        Some(format!("Q{}", any.join(" Ou q")))
    }

    /// A clause that starts with « si » or « sauf ».
    fn condition(&self, condition: &Condition, is_denied: bool) -> String {
        let verb = if is_denied { "n’avez pas répondu" } else { "avez répondu" };
        match condition {
            Condition::Is { q, is } => format!("si vous {verb} {} {}", self.label(q, is.as_str()), self.place(q)),
            Condition::In { q, r#in } => {
                let labels: Vec<String> = r#in.iter().map(|code| self.label(q, code.as_str())).collect();
                format!("si vous {verb} {} {}", listed(&labels, "ou"), self.place(q))
            }
            Condition::Answered { q, answered } => {
                let verb = if *answered == is_denied { "n’avez pas répondu" } else { "avez répondu" };
                format!("si vous {verb} {}", self.place(q))
            }
            Condition::Gte { q, gte } if is_denied => {
                format!("si vous n’avez pas répondu {gte} ou plus {}", self.place(q))
            }
            Condition::Gte { q, gte } => format!("si vous avez répondu {gte} ou plus {}", self.place(q)),
            // By De Morgan, so that a denial never stands before a whole sentence.
            Condition::All { all: list } => self.joined(list, is_denied, if is_denied { "ou" } else { "et" }),
            Condition::Any { any: list } => self.joined(list, is_denied, if is_denied { "et" } else { "ou" }),
            Condition::Not { not } => self.condition(not, !is_denied),
        }
    }

    fn joined(&self, list: &[Condition], is_denied: bool, word: &str) -> String {
        let parts: Vec<String> = list
            .iter()
            .map(|part| {
                let clause = self.condition(part, is_denied);
                let is_list = matches!(part, Condition::All { .. } | Condition::Any { .. });
                if is_list && list.len() > 1 { format!("({clause})") } else { clause }
            })
            .collect();
        parts.join(&format!(", {word} "))
    }

    fn label(&self, question: &QuestionId, code: &str) -> String {
        let choice = self.survey.question(question).and_then(|question| question.choice(code));
        format!("«\u{a0}{}\u{a0}»", choice.map_or(code, |choice| choice.label.get(self.lang)))
    }

    fn place(&self, question: &QuestionId) -> String {
        if let Some(number) = self.numbers.get(question) {
            return format!("à la question\u{a0}{number}");
        }
        let row = self.survey.question(question);
        let matrix = row.and_then(|row| row.row_of.as_ref()).and_then(|matrix| self.numbers.get(matrix));
        let text = row.map_or("", |row| row.text.get(self.lang));
        let number = matrix.map(usize::to_string).unwrap_or_default();
        format!("pour «\u{a0}{text}\u{a0}», à la question\u{a0}{number}")
    }

    /// How to answer.
    pub(crate) fn instruction(&self, question: &Question) -> String {
        match &question.kind {
            Kind::Single { .. } | Kind::Scale { .. } => self.pick("Cochez une seule case.", "Cochez 1 seule case."),
            Kind::Multiple { max: Some(1), .. } => self.pick("Cochez une case au plus.", "Cochez 1 case."),
            Kind::Multiple { max: Some(max), .. } => {
                let (french, easy) = (format!("Cochez {max} cases au plus."), format!("Cochez {max} cases ou moins."));
                self.pick(&french, &easy)
            }
            Kind::Multiple { max: None, .. } => {
                self.pick("Cochez toutes les cases qui vous concernent.", "Vous pouvez cocher plusieurs cases.")
            }
            Kind::RankTop { ranks, .. } => {
                let others: Vec<String> = (2..=*ranks).map(|rank| format!("{rank} devant le suivant")).collect();
                format!("Écrivez 1 devant le choix qui compte le plus, {}.", others.join(", "))
            }
            Kind::Matrix => self.pick("Cochez une seule case par ligne.", "Cochez 1 case par ligne."),
            Kind::Integer { min, max } => format!("Écrivez un nombre, de\u{a0}{min} à\u{a0}{max}."),
            Kind::TextLong { .. } => self.pick("Écrivez lisiblement.", "Vous pouvez écrire ici."),
            Kind::Score { .. } | Kind::Note => String::new(),
        }
    }

    pub(crate) fn how_to(&self, paper: &Paper) -> Vec<String> {
        let mut lines = vec![
            self.pick(
                "Cochez les cases ou écrivez avec un stylo noir ou bleu. Si vous vous trompez, noircissez toute la case \
                 et cochez l’autre.",
                "Prenez un stylo noir ou bleu. Faites une croix dans la case de votre réponse. Vous vous trompez\u{a0}? \
                 Noircissez toute la case. Puis faites une croix dans la bonne case.",
            ),
            self.pick(
                "Vous pouvez passer une question. N’écrivez ni votre nom, ni votre adresse.",
                "Vous pouvez passer une question. N’écrivez pas votre nom. N’écrivez pas votre adresse.",
            ),
            self.pick(
                "Les petits mots gris servent à enregistrer vos réponses\u{a0}: ne vous en occupez pas.",
                "Les petits mots gris sont pour nous. Vous pouvez les oublier.",
            ),
        ];
        if let Some(closes) = &paper.closes {
            let closes = closes.replace(' ', "\u{a0}");
            let french = format!("Rendez le questionnaire au plus tard le {closes}. L’adresse est à la fin.");
            lines.push(self.pick(&french, &format!("Dernier jour\u{a0}: {closes}. L’adresse est à la fin.")));
        }
        lines
    }

    pub(crate) fn how_to_title(&self) -> String {
        self.pick("Comment répondre", "Comment répondre")
    }

    pub(crate) fn back_title(&self) -> String {
        self.pick("Pour rendre ce questionnaire", "Donner vos réponses")
    }

    pub(crate) fn help_title(&self) -> String {
        self.pick("Besoin de parler ou d’aide\u{a0}?", "Vous avez besoin d’aide\u{a0}?")
    }

    /// Where the sheet goes, and whom to call.
    pub(crate) fn back(&self, paper: &Paper) -> Vec<String> {
        let survey = self.survey;
        let organiser = survey.organiser.get(self.lang);
        let place = paper.return_to.clone().unwrap_or_else(|| organiser.to_owned());
        let mut lines = vec![format!(
            "{}\u{a0}: {place}.",
            self.pick(
                "Mettez-le dans une enveloppe fermée, sans nom ni adresse au dos, et remettez-la ou envoyez-la à",
                "Mettez ces feuilles dans une enveloppe. Fermez l’enveloppe. N’écrivez pas votre nom dessus. \
                 Envoyez-la ou portez-la ici"
            )
        )];
        if let Some(closes) = &paper.closes {
            lines.push(format!(
                "{} {closes}.",
                self.pick("Nous devons la recevoir au plus tard le", "Dernier jour\u{a0}:")
            ));
        }
        let phone = survey.contact.phone.replace(' ', "\u{a0}");
        let email = survey.contact.email.as_ref();
        let email = email.map(|email| format!(" ou {}", crate::wording::breakable(email))).unwrap_or_default();
        lines.push(format!("{}\u{a0}: {phone}{email}.", self.pick("Une question", "Vous avez une question")));
        lines
    }

    /// The paragraphs of the thanks that give a number to call. The others are for those who answered on a screen.
    pub(crate) fn help(&self) -> Vec<&'a str> {
        let survey: &'a Content = self.survey;
        survey.thanks.get(self.lang).split("\n\n").map(str::trim).filter(|text| names_help_line(text)).collect()
    }
}

/// Whether a question has a number on paper: rows and precisions have their parent's.
pub(crate) fn is_numbered(question: &Question) -> bool {
    let is_written = question.is_asked() || matches!(question.kind, Kind::Matrix);
    is_written && question.row_of.is_none() && question.specifies.is_none()
}

/// « a », « b » ou « c »
fn listed(labels: &[String], word: &str) -> String {
    match labels {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} {word} {last}", before.join(", ")),
    }
}
