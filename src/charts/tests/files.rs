//! Files: what the SVG and the PNG hold, whatever the table.

use isoloir_disclosure::{Policy, ReleaseTable};
use resvg::tiny_skia::Pixmap;

use super::{assert_well_laid_out, column, context, no_answer, protected, release_of, spec, table, texts};
use crate::{Chart, Layout, bars, between};

fn bars_of(counts: &[u32]) -> (ReleaseTable, Chart) {
    let columns = vec![
        column("env", "Prévention, promotion de la santé et environnement"),
        column("acces", "L’accès aux soins, \"partout\" & pour <tous>"),
        no_answer("nrp", "Je préfère ne pas répondre"),
    ];
    let table = protected(table(spec("axe", columns), &[counts]));
    let chart = bars(&table, &context(&table));
    (table, chart)
}

#[test]
fn whatever_the_counts_the_layout_holds() {
    for counts in [[230, 150, 20], [0, 0, 0], [1, 2, 3], [400, 0, 0], [0, 0, 400], [3_000_000, 2_000_000, 0]] {
        let (_, chart) = bars_of(&counts);
        assert_well_laid_out(&chart);
        assert!(!chart.caption().title.is_empty() && !chart.alternative().is_empty());
    }
}

#[test]
fn unanimity_is_not_told() {
    let (_, chart) = bars_of(&[400, 0, 0]);
    assert!(texts(chart.laid_out(Layout::Narrow)).contains("95\u{a0}% ou plus"));
    assert!(chart.alternative().contains("95\u{a0}% ou plus"));
    assert!(!texts(chart.laid_out(Layout::Wide)).contains("100"));
    assert!(chart.caption().lecture.contains("au moins\u{a0}95"), "{}", chart.caption().lecture);
}

#[test]
fn all_masked_says_so_in_the_title_and_in_each_line() {
    let (table, chart) = bars_of(&[4, 5, 3]);
    assert!(chart.caption().title.ends_with("trop peu de réponses pour un résultat"));
    assert_eq!(texts(chart.laid_out(Layout::Narrow)).matches("non\u{a0}publié").count(), table.spec().columns.len());
    assert_eq!(chart.caption().lecture, "", "there is nothing to read");
}

#[test]
fn a_caption_says_all_that_it_must() {
    let (_, chart) = bars_of(&[230, 150, 20]);
    let caption = chart.caption();
    assert!(caption.lecture.starts_with("Sur 100 personnes") && caption.lecture.ends_with('.'));
    assert!(
        caption.champ.contains("16 ans ou plus") && caption.champ.contains("environ 400 personnes, base arrondie à 5")
    );
    assert!(caption.source.contains("Mauges Communauté") && caption.source.contains("édition définitive"));
    assert!(caption.source.contains("du 3 novembre 2026 au 31 janvier 2027"));
    assert!(caption.note.contains("non redressés") && caption.note.contains("non\u{a0}publié\u{a0}»"));
    let headings: Vec<&str> = caption.notes().into_iter().map(|(heading, _)| heading).collect();
    assert_eq!(headings, ["Lecture", "Champ", "Source", "Note"]);
    // A file has all of it in it, line by line.
    let file = texts(&chart.sheet(Layout::Wide)).replace(" | ", " ");
    for text in [&caption.title, &caption.question, &caption.champ, &caption.source] {
        assert!(file.contains(&crate::text::drawable(text)), "{text} in {file}");
    }
}

#[test]
fn synthetic_answers_are_never_taken_for_real_ones() {
    let (table, _) = bars_of(&[230, 150, 20]);
    let chart = bars(&table, &crate::Context { synthetic: true, ..context(&table) });
    for svg in [chart.drawing(Layout::Narrow), chart.svg(Layout::Wide)] {
        assert_eq!(svg.matches("réponses inventées").count(), 2, "in the title and on the drawing");
    }
}

#[test]
fn labels_are_escaped_and_the_file_is_well_formed() {
    let (_, chart) = bars_of(&[230, 150, 20]);
    for svg in [chart.drawing(Layout::Narrow), chart.svg(Layout::Wide)] {
        assert!(svg.contains("&lt;tous&gt;") && svg.contains("&amp; pour"));
        let parsed = resvg::usvg::roxmltree::Document::parse(&svg).expect("well-formed");
        let root = parsed.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let named = root.attribute("aria-labelledby").expect("a name and a description");
        let identified = |id: &str| parsed.descendants().any(|node| node.attribute("id") == Some(id));
        assert!(named.split(' ').all(identified), "{named}");
        for forbidden in ["style", "onload", "href"] {
            assert!(parsed.descendants().all(|node| node.attribute(forbidden).is_none()), "{forbidden}");
        }
    }
}

#[test]
fn text_is_twelve_pixels_on_a_telephone() {
    // A telephone of 320 CSS pixels leaves 256 to a figure in a card; a file or a frame of its own has 320.
    for (svg, room) in [(Layout::Narrow, 256.0), (Layout::Wide, 512.0)].map(|(layout, room)| {
        let (_, chart) = bars_of(&[230, 150, 20]);
        (chart.drawing(layout), room / layout.width())
    }) {
        assert!(smallest_text(&svg) * room >= 12.0, "{}", smallest_text(&svg) * room);
    }
    let (_, chart) = bars_of(&[230, 150, 20]);
    let sheet = chart.sheet(Layout::Narrow);
    assert!(smallest_text(&chart.svg(Layout::Narrow)) * 320.0 / sheet.width >= 12.0);
}

fn smallest_text(svg: &str) -> f64 {
    let sizes = svg.split("font-size=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok());
    sizes.fold(f64::MAX, f64::min)
}

#[test]
fn the_picture_is_the_drawing_in_points() {
    let (_, chart) = bars_of(&[230, 150, 20]);
    for layout in [Layout::Narrow, Layout::Wide] {
        let picture = Pixmap::decode_png(&chart.png(layout, 2.0).expect("a picture")).expect("a PNG");
        let sheet = chart.sheet(layout);
        assert!((f64::from(picture.width()) - 2.0 * sheet.width).abs() < 1.0);
        assert!((f64::from(picture.height()) - 2.0 * sheet.height.ceil()).abs() < 1.0);
        let pixels = picture.pixels();
        assert!(pixels.iter().all(|pixel| pixel.alpha() == 255), "on paper");
        let count = |(red, green, blue): (u8, u8, u8)| {
            pixels.iter().filter(|pixel| (pixel.red(), pixel.green(), pixel.blue()) == (red, green, blue)).count()
        };
        let crate::color::Color(red, green, blue) = crate::color::BAR;
        assert!(count((red, green, blue)) > 2_000, "bars are there");
        let crate::color::Color(red, green, blue) = crate::color::INK;
        assert!(count((red, green, blue)) > 500, "letters are there");
        assert!(count((255, 255, 255)) > pixels.len() / 2, "most of it is paper");
    }
}

#[test]
fn the_description_names_every_published_value_with_its_interval() {
    let release = release_of(
        table(spec("q", vec![column("a", "Un"), column("b", "Deux"), column("c", "Trois")]), &[&[100, 250, 50]]),
        &Policy::Unprotected,
    );
    let table = &release.tables()[0];
    let said = bars(table, &context(table)).alternative().to_owned();
    for (column, cell) in table.spec().columns.iter().zip(&table.total().cells) {
        let interval = between(cell.interval().expect("exact"));
        let share = cell.share().expect("exact") * 100.0;
        let expected = format!("{}\u{a0}: {share:.0}\u{a0}% (intervalle {interval})", column.label);
        assert!(said.contains(&expected), "{expected} in {said}");
    }
}
