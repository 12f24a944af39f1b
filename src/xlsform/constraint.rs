//! `constraint`: the limits of an answer, as XLSForm writes them, and back.

use isoloir_survey::{Kind, Question};

/// What a constraint may say.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) min: Option<i64>,
    /// Of a number, of the choices, or of the characters.
    pub(crate) max: Option<i64>,
    /// Codes that go with no other.
    pub(crate) exclusive: Vec<String>,
}

/// Writes the limits of a question; empty when it has none.
pub(crate) fn write(question: &Question) -> String {
    let mut parts = Vec::new();
    match &question.kind {
        Kind::Multiple { choices, max } => {
            parts.extend(max.map(|max| format!("count-selected(.) <= {max}")));
            let exclusive = choices.iter().filter(|choice| choice.exclusive);
            parts.extend(
                exclusive.map(|choice| format!("not(selected(., '{}') and count-selected(.) > 1)", choice.code)),
            );
        }
        Kind::Integer { min, max } => parts.extend([format!(". >= {min}"), format!(". <= {max}")]),
        Kind::TextLong { max_chars, .. } => parts.push(format!("string-length(.) <= {max_chars}")),
        _ => {}
    }
    parts.join(" and ")
}

/// Reads a constraint on an answer of this type.
///
/// # Errors
/// The part that is not understood.
pub(crate) fn read(text: &str, kind: &str) -> Result<Limits, String> {
    let mut limits = Limits::default();
    for part in parts(text) {
        let squeezed: String = part.chars().filter(|c| !c.is_whitespace()).collect();
        let number = |prefix: &str| squeezed.strip_prefix(prefix).and_then(|number| number.parse::<i64>().ok());
        let (min, max) = match kind {
            "integer" => (number(".>="), number(".<=")),
            "select_multiple" => (None, number("count-selected(.)<=")),
            "text" => (None, number("string-length(.)<=")),
            _ => (None, None),
        };
        let excluded = squeezed
            .strip_prefix("not(selected(.,'")
            .and_then(|rest| rest.strip_suffix("')andcount-selected(.)>1)"))
            .filter(|_| kind == "select_multiple");
        match (min, max, excluded) {
            (Some(min), ..) => limits.min = Some(min),
            (_, Some(max), _) => limits.max = Some(max),
            (.., Some(code)) => limits.exclusive.push(code.to_owned()),
            _ => return Err(part),
        }
    }
    Ok(limits)
}

/// What is joined by `and` outside parentheses.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    for word in text.split_whitespace() {
        if word == "and" && depth == 0 {
            parts.push(String::new());
            continue;
        }
        depth += word.matches('(').count();
        depth = depth.saturating_sub(word.matches(')').count());
        let last = parts.last_mut().expect("never empty");
        if !last.is_empty() {
            last.push(' ');
        }
        last.push_str(word);
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_however_they_are_spaced() {
        let limits =
            read("count-selected(.)<=3 and not(selected(., 'aucun') and count-selected(.) > 1)", "select_multiple");
        assert_eq!(limits, Ok(Limits { min: None, max: Some(3), exclusive: vec!["aucun".to_owned()] }));
        let limits = read(".>=1 and . <= 20", "integer");
        assert_eq!(limits, Ok(Limits { min: Some(1), max: Some(20), exclusive: Vec::new() }));
        assert_eq!(read("regex(., '[0-9]+')", "text"), Err("regex(., '[0-9]+')".to_owned()));
        assert_eq!(read(". < 3", "integer"), Err(". < 3".to_owned()));
        assert_eq!(read("", "note"), Ok(Limits::default()));
    }
}
