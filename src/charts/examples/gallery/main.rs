//! Every form of chart, drawn from invented answers: `cargo run -p isoloir-charts --example gallery DOSSIER`.
//!
//! Writes an SVG and a PNG of each chart in both layouts, and a page with the drawings as the results site shows them, at the
//! width of a telephone.

mod tables;

use std::fmt::Write as _;
use std::path::Path;

use isoloir_charts::{
    Chart, Context, Crossing, Denominator, Geography, Heading, Layout, Participation, Pyramid, PyramidBand,
    PyramidGroup, WaveChange, Waves, bars, choropleth, dots, likert, likert_by, non_response, participation, pyramid,
    waves,
};
use isoloir_disclosure::{Protection, RawTable};
use tables::{Counted, Question, one, people, released, table};

const COMMUNES: [(&str, &str, u32, u32); 6] = [
    ("49301", "Sèvremoine", 398, 128),
    ("49023", "Beaupréau-en-Mauges", 431, 176),
    ("49092", "Chemillé-en-Anjou", 345, 158),
    ("49244", "Mauges-sur-Loire", 291, 134),
    ("49126", "Orée d’Anjou", 246, 131),
    ("49218", "Montrevault-sur-Èvre", 24, 9),
];

const AGREEMENT: [(&str, &str, bool); 6] = [
    ("1", "Très satisfait", false),
    ("2", "Plutôt satisfait", false),
    ("3", "Ni l’un ni l’autre", false),
    ("4", "Plutôt pas satisfait", false),
    ("5", "Pas du tout satisfait", false),
    ("nsp", "Je ne sais pas", true),
];

fn main() -> Result<(), String> {
    let folder = std::env::args().nth(1).ok_or("usage: gallery DOSSIER")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let mut page = "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
                    <title>Graphiques</title>"
        .to_owned();
    for chart in charts()? {
        for (layout, name) in [(Layout::Narrow, "etroit"), (Layout::Wide, "large")] {
            let file = |extension: &str| folder.join(format!("{}-{name}.{extension}", chart.id()));
            let png = chart.png(layout, 2.0).map_err(|error| error.to_string())?;
            std::fs::write(file("svg"), chart.svg(layout)).map_err(|error| error.to_string())?;
            std::fs::write(file("png"), png).map_err(|error| error.to_string())?;
        }
        let caption = chart.caption();
        let notes = caption.notes().into_iter().map(|(heading, text)| format!("<p><b>{heading}</b> : {text}</p>"));
        let (drawing, notes) = (chart.drawing(Layout::Narrow), notes.collect::<String>());
        write!(page, "<h2>{}</h2><p>{}</p>{drawing}{notes}", caption.title, caption.question)
            .map_err(|error| error.to_string())?;
    }
    std::fs::write(folder.join("index.html"), page).map_err(|error| error.to_string())
}

fn context() -> Context {
    Context {
        organiser: "Mauges Communauté".to_owned(),
        survey: "La santé dans les Mauges : donnez votre avis".to_owned(),
        population: "habitantes et habitants des Mauges de 16 ans ou plus".to_owned(),
        edition: "édition définitive".to_owned(),
        period: "du 3 novembre 2026 au 31 janvier 2027".to_owned(),
        weighting: Some("redressé par commune, âge et sexe (recensement 2022)".to_owned()),
        synthetic: true,
        protection: Protection::CellKey,
        respondents: Some(1_840),
    }
}

fn charts() -> Result<Vec<Chart>, String> {
    let context = context();
    let by_commune = COMMUNES.map(|(code, label, base, yes)| Counted {
        code,
        label,
        base: None,
        counts: vec![yes, base - yes - base / 30, base / 30],
    });
    let renounced = Question {
        id: "renonce",
        title: "Renoncement aux soins",
        text: "Au cours des 12 derniers mois, vous est-il arrivé de renoncer à des soins dont vous aviez besoin, ou de les \
               repousser ?",
        several: false,
        ordered: true,
        headline: &["oui"],
        choices: &[("oui", "Oui", false), ("non", "Non", false), ("nsp", "Je ne sais pas", true)],
    };
    let renounced = one(&renounced, ("Commune", "commune"), &by_commune)?;
    let geography =
        Geography::parse(include_str!("communes.geojson"), "tracé d’exemple").map_err(|error| error.to_string())?;
    let mut charts = vec![bars(&renounced, &context), bars(&reasons()?, &context), bars(&score()?, &context)];
    charts.extend(dots(&renounced, &Crossing::default(), &context));
    charts.extend(choropleth(&renounced, &Crossing::default(), &geography, &context));
    charts.extend(choropleth(&many_communes()?, &Crossing::default(), &squares()?, &context));
    charts.extend(dots(&many_communes()?, &Crossing::default(), &context));
    charts.extend(satisfaction(&context)?);
    charts.extend(pyramid(&who(), &context));
    charts.extend(turnout(&context));
    charts.extend(unanswered(&context)?);
    charts.extend(waves(&two_waves(), &context));
    Ok(charts)
}

fn reasons() -> Result<isoloir_disclosure::ReleaseTable, String> {
    let question = Question {
        id: "renonce_motifs",
        title: "Raisons du renoncement",
        text: "Pour quelles raisons principales ?",
        several: true,
        ordered: false,
        headline: &[],
        choices: &[
            ("delai", "Il fallait attendre trop longtemps", false),
            ("place", "On ne prenait pas de nouveaux patients", false),
            ("cout", "Le coût", false),
            ("prevention", "Prévention, promotion de la santé et environnement", false),
            ("peur", "La peur d’être mal accueilli(e)", false),
            ("inadapte", "Lieu inadapté (handicap, langue…)", false),
            ("nrp", "Je préfère ne pas répondre", true),
        ],
    };
    let counts = vec![402, 371, 188, 96, 33, 8, 21];
    one(&question, ("", ""), &[Counted { code: "", label: "", base: Some(736), counts }])
}

fn score() -> Result<isoloir_disclosure::ReleaseTable, String> {
    let question = Question {
        id: "note",
        title: "Note donnée à l’offre de soins",
        text: "De 0 à 10, quelle note donnez-vous aux soins près de chez vous ?",
        several: false,
        ordered: true,
        headline: &["0", "1", "2", "3", "4"],
        choices: &[
            ("0", "0", false),
            ("1", "1", false),
            ("2", "2", false),
            ("3", "3", false),
            ("4", "4", false),
            ("5", "5", false),
            ("6", "6", false),
            ("7", "7", false),
            ("8", "8", false),
            ("9", "9", false),
            ("10", "10", false),
            ("nsp", "Je ne sais pas", true),
        ],
    };
    let counts = vec![52, 38, 97, 166, 221, 344, 296, 271, 187, 62, 34, 41];
    one(&question, ("", ""), &[Counted { code: "", label: "", base: None, counts }])
}

fn satisfaction(context: &Context) -> Result<Vec<Chart>, String> {
    let rows: [(&str, &str, [u32; 6]); 5] = [
        ("pharmacie", "Pharmacie", [610, 820, 190, 110, 40, 22]),
        ("generaliste", "Médecin généraliste", [310, 520, 260, 410, 270, 14]),
        (
            "specialiste",
            "Médecin spécialiste (ophtalmologue, dermatologue, gynécologue…)",
            [60, 240, 280, 590, 540, 92],
        ),
        ("dentiste", "Dentiste", [180, 420, 250, 480, 390, 60]),
        ("urgences", "Urgences", [90, 330, 560, 340, 220, 250]),
    ];
    let ages = [("16_29", "16–29 ans", 5), ("30_59", "30–59 ans", 3), ("60", "60 ans ou plus", 2)];
    let mut tables = Vec::new();
    for (id, title, counts) in &rows {
        let question = Question {
            id,
            title,
            text: "Êtes-vous satisfait de l’accès à ces soins près de chez vous ?",
            several: false,
            ordered: true,
            headline: &[],
            choices: &AGREEMENT,
        };
        let by_age = ages.map(|(code, label, part)| Counted {
            code,
            label,
            base: None,
            counts: counts.iter().zip(1..).map(|(count, place)| count * part / 10 + place * part).collect(),
        });
        tables.push(one(&question, ("Âge", "age"), &by_age)?);
    }
    let heading = Heading {
        id: "satisfaction".to_owned(),
        title: "Satisfaction sur l’accès aux soins".to_owned(),
        question: "Êtes-vous satisfait de l’accès à ces soins près de chez vous ?".to_owned(),
    };
    let all: Vec<_> = tables.iter().collect();
    Ok(likert(&heading, &all, context)
        .into_iter()
        .chain(likert_by(&tables[1], &Crossing::default(), context))
        .collect())
}

fn many_communes() -> Result<isoloir_disclosure::ReleaseTable, String> {
    let names: Vec<(String, String)> = (0..34)
        .map(|index| (format!("53{:03}", index + 1), format!("Saint-Germain-le-Fouilloux {}", index + 1)))
        .collect();
    let rows: Vec<Counted> = names
        .iter()
        .zip(0..)
        .map(|((code, label), index)| {
            let base = 30 + (index * 37) % 90;
            let yes = base * (20 + (index * 13) % 45) / 100;
            Counted { code, label, base: None, counts: vec![yes, base - yes] }
        })
        .collect();
    let question = Question {
        id: "medecin",
        title: "Sans médecin traitant",
        text: "Avez-vous un médecin traitant ?",
        several: false,
        ordered: true,
        headline: &["non"],
        choices: &[("non", "Non", false), ("oui", "Oui", false)],
    };
    one(&question, ("Commune", "commune"), &rows)
}

/// Thirty-four slanted squares, six in a row.
fn squares() -> Result<Geography, String> {
    let features: Vec<String> = (0..34)
        .map(|index| {
            let (x, y) = (f64::from(index % 6), f64::from(index / 6));
            let corner = |dx: f64, dy: f64| {
                let (x, y) = (x + dx, y + dy);
                format!("[{:.3},{:.3}]", -1.0 + x * 0.08 + y * 0.012, 48.3 - y * 0.05 + x * 0.006)
            };
            let ring = [corner(0.0, 0.0), corner(1.0, 0.0), corner(1.0, 1.0), corner(0.0, 1.0), corner(0.0, 0.0)];
            format!(
                "{{\"type\":\"Feature\",\"properties\":{{\"code\":\"53{:03}\"}},\"geometry\":{{\"type\":\"Polygon\",\
                 \"coordinates\":[[{}]]}}}}",
                index + 1,
                ring.join(",")
            )
        })
        .collect();
    let collection = format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","));
    Geography::parse(&collection, "tracé d’exemple").map_err(|error| error.to_string())
}

fn who() -> Pyramid {
    let group = |respondents: f64, weighted: f64| PyramidGroup {
        respondents: (respondents > 0.0).then_some(respondents),
        weighted: (respondents > 0.0).then_some(weighted),
    };
    let band =
        |label: &str, women: PyramidGroup, men: PyramidGroup| PyramidBand { label: label.to_owned(), women, men };
    Pyramid {
        bands: vec![
            band("16–17 ans", group(0.01, 0.013), group(0.0, 0.013)),
            band("18–29 ans", group(0.06, 0.08), group(0.03, 0.08)),
            band("30–44 ans", group(0.17, 0.12), group(0.09, 0.12)),
            band("45–59 ans", group(0.19, 0.13), group(0.1, 0.13)),
            band("60–74 ans", group(0.15, 0.1), group(0.1, 0.1)),
            band("75 ans ou plus", group(0.04, 0.06), group(0.03, 0.05)),
        ],
        base: 1_840,
        margins: ["commune", "âge", "sexe"].map(str::to_owned).into(),
        census: Some("Insee, recensement de la population 2022".to_owned()),
    }
}

fn turnout(context: &Context) -> Option<Chart> {
    let populations = [21_100, 19_600, 17_900, 15_300, 13_800, 12_700];
    let total = Participation {
        label: "Ensemble des Mauges".to_owned(),
        respondents: Some(1_840),
        out_of: populations.iter().sum(),
    };
    let communes = COMMUNES.iter().zip(populations).map(|((_, label, people, _), out_of)| Participation {
        label: (*label).to_owned(),
        respondents: (*people >= 30).then_some(people / 5 * 5),
        out_of,
    });
    let lines: Vec<Participation> = std::iter::once(total).chain(communes).collect();
    let census = Denominator::Population("Insee, recensement de la population 2022, 16 ans ou plus".to_owned());
    participation(&lines, &census, context)
}

fn unanswered(context: &Context) -> Result<Option<Chart>, String> {
    let questions = [
        ("revenu", "Difficultés financières", 1_835, 148, 72),
        ("alcool", "Consommation d’alcool", 1_820, 66, 41),
        ("moral", "Moral ces deux dernières semaines", 1_830, 92, 18),
        ("aide_psy_trouvee", "Aide psychologique trouvée", 366, 9, 24),
        ("renonce", "Renoncement aux soins", 1_840, 61, 3),
        ("priorites", "Priorités pour le territoire", 1_840, 0, 112),
        ("medecin", "Médecin traitant", 1_840, 4, 6),
    ];
    let rows = questions.iter().map(|(id, title, shown, declined, skipped)| {
        let tallies = [("vue", *shown), ("sans avis", *declined), ("passée", *skipped)];
        let tallies = tallies.map(|(what, count)| people(count, &format!("{id}/{what}")));
        RawTable::non_response(id, title, title, tallies).map_err(|error| error.to_string())
    });
    let question = Question {
        id: "sexe",
        title: "Sexe",
        text: "Vous êtes…",
        several: false,
        ordered: true,
        headline: &[],
        choices: &[("f", "Une femme", false), ("h", "Un homme", false)],
    };
    let sexes = table(&question, ("", ""), &[Counted { code: "", label: "", base: None, counts: vec![1_080, 740] }])?;
    let release = released(vec![sexes], rows.collect::<Result<_, _>>()?)?;
    Ok(non_response(&release, context))
}

fn two_waves() -> Waves {
    let change = |label: &str, before: Option<f64>, now: f64, is_significant: bool| WaveChange {
        label: label.to_owned(),
        before,
        now: Some(now),
        is_significant,
    };
    Waves {
        question: "renonce_motifs".to_owned(),
        title: "Raisons du renoncement".to_owned(),
        text: "Pour quelles raisons principales ?".to_owned(),
        before: "2022".to_owned(),
        now: "2026".to_owned(),
        choices: vec![
            change("Il fallait attendre trop longtemps", Some(0.41), 0.54, true),
            change("On ne prenait pas de nouveaux patients", Some(0.47), 0.51, false),
            change("Le coût", Some(0.34), 0.26, true),
            change("C’était trop loin ou difficile d’accès", Some(0.22), 0.24, false),
            change("La peur des soins ou du résultat", Some(0.08), 0.07, false),
            change("La peur d’être mal accueilli(e)", None, 0.05, false),
        ],
        bases: (Some(410), Some(735)),
        is_weighted: (false, true),
    }
}
