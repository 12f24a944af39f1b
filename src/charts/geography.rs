//! The outlines of a territory's communes, from `GeoJSON` (RFC 7946).

use serde_json::Value;

/// Properties in which producers of communal outlines put the INSEE code.
const CODE_PROPERTIES: [&str; 5] = ["code", "insee", "code_insee", "INSEE_COM", "codgeo"];

/// A file of outlines cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GeographyError {
    /// It is no JSON.
    #[error("le fichier des contours n’est pas du JSON\u{a0}: {0}")]
    NotJson(String),
    /// It is JSON, and no collection of features.
    #[error(
        "le fichier des contours n’est pas une «\u{a0}FeatureCollection\u{a0}» GeoJSON\u{202f}; exportez les communes en GeoJSON"
    )]
    NoCollection,
    /// An area without its code.
    #[error(
        "contour n°\u{a0}{position}\u{a0}: pas de code INSEE\u{202f}; donnez-le dans une propriété «\u{a0}code\u{a0}», «\u{a0}insee\u{a0}» ou «\u{a0}code_insee\u{a0}»"
    )]
    NoCode {
        /// From 1.
        position: usize,
    },
    /// An area that is no polygon, or whose coordinates are no degrees.
    #[error(
        "contour n°\u{a0}{position} (commune {code})\u{a0}: il faut un «\u{a0}Polygon\u{a0}» ou un «\u{a0}MultiPolygon\u{a0}» en degrés (longitude, latitude, WGS\u{a0}84)"
    )]
    NoPolygon {
        /// From 1.
        position: usize,
        /// Its code.
        code: String,
    },
}

/// One commune: its rings in degrees.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outline {
    pub(crate) code: String,
    pub(crate) rings: Vec<Vec<(f64, f64)>>,
}

/// The communes of a territory.
#[derive(Debug, Clone, PartialEq)]
pub struct Geography {
    pub(crate) outlines: Vec<Outline>,
    /// Where the outlines are from: « IGN, Admin Express 2026 ».
    pub(crate) source: String,
}

impl Geography {
    /// Reads a `FeatureCollection` of communes.
    ///
    /// # Errors
    /// [`GeographyError`].
    pub fn parse(geojson: &str, source: &str) -> Result<Self, GeographyError> {
        let root: Value = serde_json::from_str(geojson).map_err(|error| GeographyError::NotJson(error.to_string()))?;
        let features = root.get("features").and_then(Value::as_array).filter(|features| !features.is_empty());
        let features = features.ok_or(GeographyError::NoCollection)?;
        let outlines = features.iter().zip(1..).map(|(feature, position)| outline(feature, position));
        Ok(Self { outlines: outlines.collect::<Result<_, _>>()?, source: source.to_owned() })
    }

    /// The codes of its communes.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.outlines.iter().map(|outline| outline.code.as_str())
    }
}

fn outline(feature: &Value, position: usize) -> Result<Outline, GeographyError> {
    let property = |name: &&str| feature.get("properties").and_then(|properties| properties.get(*name));
    let code = CODE_PROPERTIES.iter().find_map(property).and_then(|code| match code {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        // A spreadsheet has made a number of it, and lost the zero of the first departments.
        Value::Number(number) => number.as_u64().map(|number| format!("{number:05}")),
        _ => None,
    });
    let code = code.ok_or(GeographyError::NoCode { position })?;
    let rings = feature.get("geometry").and_then(rings).filter(|rings| !rings.is_empty());
    let rings = rings.ok_or_else(|| GeographyError::NoPolygon { position, code: code.clone() })?;
    Ok(Outline { code, rings })
}

fn rings(geometry: &Value) -> Option<Vec<Vec<(f64, f64)>>> {
    let coordinates = geometry.get("coordinates")?.as_array()?;
    match geometry.get("type")?.as_str()? {
        "Polygon" => coordinates.iter().map(ring).collect(),
        "MultiPolygon" => {
            let polygons = coordinates.iter().map(|polygon| polygon.as_array()?.iter().map(ring).collect());
            Some(polygons.collect::<Option<Vec<Vec<_>>>>()?.concat())
        }
        _ => None,
    }
}

fn ring(ring: &Value) -> Option<Vec<(f64, f64)>> {
    let points = ring.as_array()?.iter().map(|point| {
        let (longitude, latitude) = (point.get(0)?.as_f64()?, point.get(1)?.as_f64()?);
        (longitude.abs() <= 180.0 && latitude.abs() <= 90.0).then_some((longitude, latitude))
    });
    points.collect::<Option<Vec<_>>>().filter(|points| points.len() >= 4)
}

/// Outlines on a sheet: x to the right, y down, in user units.
pub(crate) struct Projection {
    west: f64,
    north: f64,
    stretch: f64,
    scale: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Projection {
    /// Fits outlines into a box. Degrees of longitude are shortened as they are at the middle latitude, which is right to a
    /// hundredth over a territory of a hundred kilometres.
    pub(crate) fn fit(outlines: &[&Outline], width: f64, height: f64) -> Option<Self> {
        let points = || outlines.iter().flat_map(|outline| outline.rings.iter().flatten());
        let (mut west, mut east, mut south, mut north) = (f64::MAX, f64::MIN, f64::MAX, f64::MIN);
        for (longitude, latitude) in points() {
            (west, east) = (west.min(*longitude), east.max(*longitude));
            (south, north) = (south.min(*latitude), north.max(*latitude));
        }
        let stretch = f64::midpoint(south, north).to_radians().cos();
        let (wide, high) = ((east - west) * stretch, north - south);
        let scale = (width / wide).min(height / high);
        (wide > 0.0 && high > 0.0).then_some(Self {
            west,
            north,
            stretch,
            scale,
            width: wide * scale,
            height: high * scale,
        })
    }

    /// A ring in user units, without points that could not be told apart.
    pub(crate) fn ring(&self, ring: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let mut kept: Vec<(f64, f64)> = Vec::new();
        for (longitude, latitude) in ring {
            let point = ((longitude - self.west) * self.stretch * self.scale, (self.north - latitude) * self.scale);
            if kept.last().is_none_or(|last| (point.0 - last.0).hypot(point.1 - last.1) >= FINEST) {
                kept.push(point);
            }
        }
        kept
    }
}

/// Shorter steps of an outline are left out.
const FINEST: f64 = 0.7;

/// How far a point is inside rings: the distance to the nearest edge, negative outside.
pub(crate) fn depth(rings: &[Vec<(f64, f64)>], (x, y): (f64, f64)) -> f64 {
    let (mut is_inside, mut nearest) = (false, f64::MAX);
    for ring in rings {
        let next = ring.iter().cycle().skip(1);
        for ((x1, y1), (x2, y2)) in ring.iter().zip(next) {
            if (*y1 > y) != (*y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 {
                is_inside = !is_inside;
            }
            let (dx, dy) = (x2 - x1, y2 - y1);
            let squared = dx * dx + dy * dy;
            let at = if squared > 0.0 { (((x - x1) * dx + (y - y1) * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
            nearest = nearest.min((x - x1 - at * dx).hypot(y - y1 - at * dy));
        }
    }
    if is_inside { nearest } else { -nearest }
}

#[cfg(test)]
mod tests {
    use super::{Geography, GeographyError, Projection, depth};

    const TWO: &str = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"code":"49301"},"geometry":{"type":"Polygon","coordinates":[[[-1,47],[0,47],[0,48],[-1,48],[-1,47]]]}},
        {"type":"Feature","properties":{"insee":1004},"geometry":{"type":"MultiPolygon","coordinates":[[[[0,47],[1,47],[1,48],[0,47]]],[[[2,47],[3,47],[3,48],[2,47]]]]}}]}"#;

    #[test]
    fn polygons_of_both_kinds_are_read_with_their_codes() {
        let geography = Geography::parse(TWO, "IGN").expect("a geography");
        assert_eq!(geography.codes().collect::<Vec<_>>(), ["49301", "01004"]);
        assert_eq!(geography.outlines[1].rings.len(), 2);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let parse = |text: &str| Geography::parse(text, "IGN").expect_err("a problem");
        assert!(matches!(parse("{"), GeographyError::NotJson(_)));
        assert_eq!(parse("{}"), GeographyError::NoCollection);
        assert_eq!(parse(&TWO.replace("insee", "nom")), GeographyError::NoCode { position: 2 });
        // Metres of Lambert 93 where degrees are expected.
        let lambert = parse(&TWO.replace("[-1,48]", "[420000,6690000]"));
        assert_eq!(lambert, GeographyError::NoPolygon { position: 1, code: "49301".into() });
        assert!(lambert.to_string().contains("49301"));
    }

    #[test]
    fn a_degree_of_longitude_is_shorter_than_one_of_latitude() {
        let geography = Geography::parse(TWO, "IGN").expect("a geography");
        let square = Projection::fit(&[&geography.outlines[0]], 1000.0, 1000.0).expect("an extent");
        assert!((square.width / square.height - 47.5_f64.to_radians().cos()).abs() < 1e-9);
        let ring = square.ring(&geography.outlines[0].rings[0]);
        assert!(depth(std::slice::from_ref(&ring), (300.0, 500.0)) > 299.0);
        assert!(depth(&[ring], (900.0, 500.0)) < 0.0);
    }
}
