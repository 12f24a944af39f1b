//! Prints letters and a poster to a folder, and says how long it took.
use isoloir_print::{Letter, Survey, letters, poster};
fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let count: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let survey = Survey {
        title: "La santé dans les Mauges\u{a0}: donnez votre avis".into(),
        organiser: "Mauges Communauté".into(), territory_name: "des Mauges".into(), minutes: 9,
        closes: Some("31 janvier 2027".into()), phone: "02 41 71 77 00".into(),
        email: Some("solidarites-sante@maugescommunaute.fr".into()),
        short_link: "sante.exemple.fr/s/mauges-2026".into(), key_fingerprint: *b"\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55",
    };
    let alphabet = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut state = 42u64;
    let made: Vec<Letter> = (0..count)
        .map(|_| {
            let mut c = String::new();
            for i in 0..13 {
                if i > 0 && i % 4 == 0 {
                    c.push('-')
                }
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                c.push(alphabet[(state >> 59) as usize] as char);
            }
            Letter {
                link: format!(
                    "https://sante.exemple.fr/s/mauges-2026#k=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU&c={c}"
                ),
                code: c,
            }
        })
        .collect();
    let start = std::time::Instant::now();
    let pdf = letters(&survey, made.into_iter(), |_| {}).unwrap();
    eprintln!("{count} letters: {:?}, {} bytes", start.elapsed(), pdf.len());
    std::fs::write(format!("{dir}/letters.pdf"), pdf).unwrap();
    let pdf = poster(&survey, "https://sante.exemple.fr/s/mauges-2026#k=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")
        .unwrap();
    eprintln!("poster: {} bytes", pdf.len());
    std::fs::write(format!("{dir}/poster.pdf"), pdf).unwrap();
}
