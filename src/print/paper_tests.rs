//! What whoever fills a questionnaire in was promised: everything is there, on the page, and nothing over anything else.

use isoloir_survey::{HELP_LINES, Lang, Questionnaire, Territories};

use crate::flow::Page;
use crate::paper::{LEFT, Paper, RIGHT, pages, questionnaire};
use crate::paper_words::Words;
use crate::sheet::{Area, HEIGHT, Ornament, Role};
use crate::text::Fonts;

const MAUGES: &str = include_str!("../../surveys/mauges-2026.yaml");
const LAVAL: &str = include_str!("../../surveys/laval-2026.yaml");
const BAUGE: &str = include_str!("../../surveys/bauge-2026.yaml");
const TYPES: &str = include_str!("../survey/fixtures/types.yaml");

fn read(yaml: &str) -> Questionnaire {
    let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
    isoloir_survey::parse(yaml, &territories).expect("a questionnaire")
}

fn paper(lang: &str, large: bool) -> Paper {
    let lang = Lang::parse(lang).expect("a language");
    Paper {
        lang,
        large,
        return_to: Some("Mairie, 1 place de l’Église".to_owned()),
        closes: Some("3 mai 2027".to_owned()),
    }
}

/// The pages of each questionnaire in each of its languages and sizes, with what they are of.
fn all() -> Vec<(String, Questionnaire, Paper, Vec<Page>)> {
    let fonts = Fonts::load();
    let mut all = Vec::new();
    for yaml in [MAUGES, LAVAL, TYPES] {
        let survey = read(yaml);
        for lang in survey.languages.clone() {
            for large in [false, true] {
                let paper = paper(lang.as_str(), large);
                let pages = pages(&fonts, &survey, &paper).expect("pages");
                all.push((format!("{} {lang} {large}", survey.id), survey.clone(), paper, pages));
            }
        }
    }
    all
}

fn overlap(a: Area, b: Area) -> bool {
    let apart = a.left + a.width <= b.left + 0.1
        || b.left + b.width <= a.left + 0.1
        || a.bottom() <= b.top + 0.1
        || b.bottom() <= a.top + 0.1;
    !apart
}

/// On paper there is neither a code nor a link; the screen's welcome speaks of both.
#[test]
fn the_welcome_on_paper_is_for_paper() {
    for yaml in [MAUGES, LAVAL, BAUGE, TYPES] {
        let survey = read(yaml);
        for lang in &survey.languages {
            let welcome = Words::new(&survey, lang).welcome();
            assert_eq!(survey.welcome_paper.is_none(), yaml == TYPES, "{}", survey.id);
            assert_ne!(welcome, survey.welcome.get(lang), "{} {lang}", survey.id);
            assert!(welcome.contains("anonyme"), "{} {lang}: {welcome}", survey.id);
            for word in ["code", "lien", "clic", "écran"] {
                assert!(!welcome.contains(word), "{} {lang}: {welcome}", survey.id);
            }
        }
    }
}

#[test]
fn nothing_is_clipped_and_nothing_lies_over_anything_else() {
    for (name, _, _, pages) in all() {
        for (number, page) in (1..).zip(&pages) {
            let lines = page.items.iter().flat_map(|(_, lines)| lines);
            // Descenders of one line reach into the room above the capitals of the next, so areas end at the baseline.
            let texts: Vec<Area> = lines.map(|line| Area { height: 0.9 * line.size, ..line.area() }).collect();
            let boxes = page.ornaments.iter().filter_map(|ornament| match ornament {
                Ornament::Tick(area, _) => Some(*area),
                _ => None,
            });
            let boxes: Vec<Area> = boxes.collect();
            for area in texts.iter().chain(&boxes) {
                let is_inside = area.left >= LEFT - 0.1
                    // The space that ends a line takes no room.
                    && area.left + area.width <= RIGHT + 0.35 * area.height
                    && area.top > 0.0
                    && area.bottom() < HEIGHT - 50.0;
                assert!(is_inside, "{name}, page {number}: {} {} {}", area.left, area.top, area.width);
            }
            for (index, text) in texts.iter().enumerate() {
                let others = texts[..index].iter().chain(&boxes);
                assert!(!others.into_iter().any(|other| overlap(*text, *other)), "{name}, page {number}: {}", text.top);
            }
        }
    }
}

#[test]
fn every_code_is_printed_and_every_answer_has_a_box() {
    for (name, survey, paper, pages) in all() {
        let bytes = questionnaire(&survey, &paper).expect("a PDF");
        assert!(bytes.starts_with(b"%PDF-1.7"), "{name}");
        let texts: Vec<String> = pages
            .iter()
            .flat_map(|page| &page.items)
            .flat_map(|(_, lines)| lines)
            .map(|line| line.line.text())
            .collect();
        let has = |code: &str| texts.iter().any(|text| text.trim() == code);
        let mut boxes = 0;
        for question in survey.questions().filter(|question| question.is_asked()) {
            assert!(has(question.id.as_str()), "{name}: {}", question.id);
            for choice in question.choices() {
                assert!(has(choice.code.as_str()), "{name}: {} {}", question.id, choice.code);
            }
            boxes += question.choices().len();
            if let isoloir_survey::Kind::Integer { max, .. } = question.kind {
                boxes += max.to_string().len();
            }
        }
        let ticks = pages.iter().flat_map(|page| &page.ornaments);
        assert_eq!(ticks.filter(|ornament| matches!(ornament, Ornament::Tick(..))).count(), boxes, "{name}");
    }
}

#[test]
fn no_title_is_the_last_thing_on_a_page() {
    for (name, _, _, pages) in all() {
        for page in &pages {
            let last = page.items.last().map(|(role, _)| role);
            assert!(!matches!(last, None | Some(Role::Heading(..))), "{name}");
        }
    }
}

#[test]
fn routing_is_said_in_words() {
    let survey = read(TYPES);
    let said = |lang: &str| -> Vec<String> {
        let lang = Lang::parse(lang).expect("a language");
        let words = Words::new(&survey, &lang);
        survey.questions().filter(|question| question.specifies.is_none()).filter_map(|q| words.routing(q)).collect()
    };
    assert_eq!(
        said("fr"),
        [
            "Si vous avez répondu «\u{a0}Oui\u{a0}» à la question\u{a0}1\u{a0}: répondez ici. Sinon, passez à la \
             question\u{a0}3.",
            "Si vous avez répondu «\u{a0}Plutôt satisfait\u{a0}» ou «\u{a0}Pas satisfait\u{a0}» pour «\u{a0}Les \
             transports vers les lieux de soins\u{a0}», à la question\u{a0}3\u{a0}: répondez ici. Sinon, passez à la \
             question\u{a0}5.",
            "Si vous avez répondu «\u{a0}Pouvoir se déplacer\u{a0}» à la question\u{a0}5, et si vous avez répondu 3 ou \
             plus à la question\u{a0}6\u{a0}: répondez ici. Sinon, passez à la question\u{a0}8.",
        ]
    );
    assert_eq!(
        said("fr-FALC")[0],
        "Question\u{a0}1\u{a0}: vous avez répondu «\u{a0}Oui\u{a0}»\u{a0}? Répondez ici. Sinon, passez à la question\u{a0}3."
    );
}

#[test]
fn easy_routing_is_made_of_short_questions() {
    let survey = read(MAUGES);
    let lang = Lang::easy_french();
    let words = Words::new(&survey, &lang);
    let routing: Vec<String> = survey.questions().filter_map(|question| words.routing(question)).collect();
    assert!(routing.iter().any(|routing| routing.contains("\u{a0}? Ou question\u{a0}3\u{a0}: vous avez répondu")));
    for sentence in routing.iter().flat_map(|routing| routing.split_inclusive(['?', '.', ':'])) {
        let words = sentence.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
        assert!(words <= 12, "{sentence}");
    }
}

#[test]
fn only_the_thanks_that_give_a_number_to_call_are_printed() {
    let lang = Lang::parse("fr").expect("French");
    let survey = read(MAUGES);
    let words = Words::new(&survey, &lang);
    let help = words.help();
    let numbers = ["3114", "15", "119", "3919", "3018", "3977", "116\u{a0}006"];
    assert_eq!(help.len(), numbers.len(), "{help:?}");
    assert!(help.iter().zip(numbers).all(|(paragraph, number)| paragraph.contains(number)), "{help:?}");
}

#[test]
fn each_number_that_a_page_makes_a_link_of_is_printed() {
    let numbers = HELP_LINES.map(|line| format!("Besoin d’aide : le {}.", line.number));
    let thanks = format!("thanks: {{fr: \"Merci.\\n\\nFin le 15 mai.\\n\\n{}\"", numbers.join("\\n\\n"))
        .replace(" :", "\u{a0}:");
    let yaml = TYPES.replace("thanks: {fr: \"Merci.\"", &thanks.replacen("thanks\u{a0}:", "thanks:", 1));
    let survey = read(&yaml);
    let lang = Lang::french();
    let printed =
        Words::new(&survey, &lang).help().into_iter().map(|text| text.replace("\u{a0}:", " :")).collect::<Vec<_>>();
    assert_eq!(printed, numbers);
}
