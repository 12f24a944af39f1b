//! `relevant`: conditions as expressions of XLSForm, and back.
//!
//! Our conditions are written so that reading gives back the same tree. « One of these codes » is a bare `or` of equalities on
//! one question; an « any » that looks like it has each part in parentheses.

use isoloir_survey::{ChoiceCode, Condition, QuestionId, Questionnaire};

/// Writes a condition; `None` for a list of fewer than two parts, which `and` and `or` cannot say.
pub(crate) fn write(condition: &Condition, questionnaire: &Questionnaire) -> Option<String> {
    let is = |q: &QuestionId, code: &ChoiceCode| {
        let takes_several = questionnaire.question(q).is_some_and(isoloir_survey::Question::takes_several);
        if takes_several { format!("selected(${{{q}}}, '{code}')") } else { format!("${{{q}}} = '{code}'") }
    };
    Some(match condition {
        Condition::Is { q, is: code } => is(q, code),
        Condition::In { q, r#in } => {
            let parts: Vec<String> = r#in.iter().map(|code| is(q, code)).collect();
            if parts.len() < 2 {
                return None;
            }
            parts.join(" or ")
        }
        Condition::Answered { q, answered: true } => format!("${{{q}}} != ''"),
        Condition::Answered { q, answered: false } => format!("${{{q}}} = ''"),
        Condition::Gte { q, gte } => format!("${{{q}}} >= {gte}"),
        Condition::All { all } => joined(all, " and ", questionnaire)?,
        Condition::Any { any } => joined(any, " or ", questionnaire)?,
        Condition::Not { not } => format!("not({})", write(not, questionnaire)?),
    })
}

fn joined(list: &[Condition], word: &str, questionnaire: &Questionnaire) -> Option<String> {
    let first = match list.first() {
        Some(Condition::Is { q, .. }) => Some(q),
        _ => None,
    };
    let looks_like_in =
        word == " or " && list.iter().all(|part| matches!(part, Condition::Is { q, .. } if Some(q) == first));
    let parts: Option<Vec<String>> = list
        .iter()
        .map(|part| {
            let text = write(part, questionnaire)?;
            let is_list = matches!(part, Condition::All { .. } | Condition::Any { .. } | Condition::In { .. });
            Some(if is_list || looks_like_in { format!("({text})") } else { text })
        })
        .collect();
    parts.filter(|parts| parts.len() > 1).map(|parts| parts.join(word))
}

/// Reads an expression.
///
/// # Errors
/// What is not understood, in French.
pub(crate) fn read(text: &str) -> Result<Condition, String> {
    let mut parser = Parser { tokens: tokens(text)?, place: 0 };
    let (condition, _) = parser.any()?;
    match parser.next() {
        None => Ok(condition),
        Some(token) => Err(format!("« {token} » n’est pas attendu ici")),
    }
}

/// Names, strings with their quotes, numbers and signs.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => rest[1..].find(first).map(|end| end + 2).ok_or("il manque un guillemet fermant")?,
            '$' => rest.find('}').map(|end| end + 1).ok_or("il manque « } » après « ${ »")?,
            '(' | ')' | ',' | '=' => 1,
            '!' | '<' | '>' => 1 + usize::from(rest[1..].starts_with('=')),
            _ => {
                let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
                let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                if end == 0 {
                    return Err(format!("« {first} » n’est pas pris en charge"));
                }
                end
            }
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token.to_owned());
        rest = after.trim_start();
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<String>,
    place: usize,
}

impl Parser {
    fn peek(&self) -> &str {
        self.tokens.get(self.place).map_or("", String::as_str)
    }

    fn next(&mut self) -> Option<String> {
        let token = self.tokens.get(self.place).cloned();
        self.place += usize::from(token.is_some());
        token
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        match self.next() {
            Some(token) if token == wanted => Ok(()),
            Some(token) => Err(format!("« {wanted} » est attendu à la place de « {token} »")),
            None => Err(format!("il manque « {wanted} » à la fin")),
        }
    }

    /// Parts joined by `or`; whether they are in parentheses is told with them.
    fn any(&mut self) -> Result<(Condition, bool), String> {
        let first = self.all()?;
        let mut parts = vec![first];
        while self.peek() == "or" {
            self.next();
            parts.push(self.all()?);
        }
        if parts.len() == 1 {
            return Ok(parts.remove(0));
        }
        let codes: Option<Vec<(QuestionId, ChoiceCode)>> = parts
            .iter()
            .map(|(part, is_enclosed)| match part {
                Condition::Is { q, is } if !is_enclosed => Some((q.clone(), is.clone())),
                _ => None,
            })
            .collect();
        if let Some(codes) = codes
            && let Some((q, _)) = codes.first().cloned()
            && codes.iter().all(|(other, _)| *other == q)
        {
            return Ok((Condition::In { q, r#in: codes.into_iter().map(|(_, code)| code).collect() }, false));
        }
        Ok((Condition::Any { any: parts.into_iter().map(|(part, _)| part).collect() }, false))
    }

    fn all(&mut self) -> Result<(Condition, bool), String> {
        let first = self.atom()?;
        let mut parts = vec![first];
        while self.peek() == "and" {
            self.next();
            parts.push(self.atom()?);
        }
        if parts.len() == 1 {
            return Ok(parts.remove(0));
        }
        Ok((Condition::All { all: parts.into_iter().map(|(part, _)| part).collect() }, false))
    }

    fn atom(&mut self) -> Result<(Condition, bool), String> {
        let token = self.next().ok_or("il manque une condition à la fin")?;
        if token == "(" {
            let (condition, _) = self.any()?;
            self.expect(")")?;
            return Ok((condition, true));
        }
        if token == "not" {
            self.expect("(")?;
            let (condition, _) = self.any()?;
            self.expect(")")?;
            return Ok((Condition::Not { not: Box::new(condition) }, false));
        }
        if token == "selected" {
            self.expect("(")?;
            let q = self.next().unwrap_or_default();
            let q = question(&q)?;
            self.expect(",")?;
            let code = self.next().unwrap_or_default();
            self.expect(")")?;
            let is = code_of(&code)?.ok_or("il manque un code entre les guillemets")?;
            return Ok((Condition::Is { q, is }, false));
        }
        let q = question(&token)?;
        let sign = self.next().unwrap_or_default();
        let value = self.next().unwrap_or_default();
        Ok((comparison(q, &sign, &value)?, false))
    }
}

fn comparison(q: QuestionId, sign: &str, value: &str) -> Result<Condition, String> {
    match sign {
        "=" => Ok(match code_of(value)? {
            Some(is) => Condition::Is { q, is },
            None => Condition::Answered { q, answered: false },
        }),
        "!=" => Ok(match code_of(value)? {
            Some(is) => Condition::Not { not: Box::new(Condition::Is { q, is }) },
            None => Condition::Answered { q, answered: true },
        }),
        ">=" | ">" => {
            let number: i64 = value.parse().map_err(|_| format!("« {value} » n’est pas un nombre entier"))?;
            let gte = if sign == ">" { number.checked_add(1).ok_or("ce nombre est trop grand")? } else { number };
            Ok(Condition::Gte { q, gte })
        }
        // Without an answer, XLSForm shows nothing for `<` where our « not at least » would.
        "<" | "<=" => Err(format!("« {sign} » n’est pas pris en charge")),
        "" => Err(format!("il manque une comparaison après « ${{{q}}} »")),
        other => Err(format!("« {other} » n’est pas pris en charge")),
    }
}

fn question(token: &str) -> Result<QuestionId, String> {
    let name = token.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let name = name.ok_or_else(|| format!("« {token} » n’est pas pris en charge"))?;
    QuestionId::parse(name.trim()).map_err(|error| error.to_string())
}

/// The code of a quoted text, or a bare number; `None` for an empty text.
fn code_of(token: &str) -> Result<Option<ChoiceCode>, String> {
    let quoted = |quote: char| token.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let is_number = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    match quoted('\'').or_else(|| quoted('"')).or(is_number.then_some(token)) {
        Some("") => Ok(None),
        Some(code) => ChoiceCode::parse(code).map(Some).map_err(|error| error.to_string()),
        None => Err(format!("« {token} » n’est pas un code entre guillemets")),
    }
}
