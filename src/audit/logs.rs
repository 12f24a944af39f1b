//! Log files: no invitation code, no token, no address, no hour beside a request.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::files::below;
use crate::french::count;
use crate::report::{Check, Question};

const CODES: Question = Question {
    name: "log-codes",
    title: "Aucun code dans les journaux",
    advice: "effacez ces journaux et cherchez quel programme y écrit des adresses de pages entières",
};
const TOKENS: Question = Question {
    name: "log-tokens",
    title: "Aucun jeton dans les journaux",
    advice: "effacez ces journaux et cherchez quel programme y écrit l’en-tête Authorization",
};
const ADDRESSES: Question = Question {
    name: "log-addresses",
    title: "Aucune adresse IP dans les journaux",
    advice: "réglez le serveur mandataire pour qu’il n’inscrive pas d’adresse (access_log off), puis effacez ces journaux",
};
const HOURS: Question = Question {
    name: "log-hours",
    title: "Aucune heure de requête",
    advice: "réglez le journal pour qu’il n’inscrive pas d’heure à côté d’une requête, puis effacez l’ancien",
};
const FILES: Question = Question {
    name: "logs",
    title: "Journaux lus",
    advice: "s’il y a des journaux ailleurs (service, serveur mandataire), donnez-les à lire aussi",
};
const SUBJECT: &str = "journaux";

/// Crockford's alphabet, as on the letters.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_SYMBOLS: usize = 13;
const CHECK_MODULUS: u64 = 37;
/// A token is 354 bytes, 472 characters of base 64; nothing else in a log is nearly as long.
const TOKEN_CHARACTERS: usize = 300;

/// On how many lines each was found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Found {
    lines: u64,
    codes: u64,
    tokens: u64,
    addresses: u64,
    hours: u64,
}

pub(crate) fn check(given: &[PathBuf], data: Option<&Path>) -> Vec<Check> {
    let mut paths = given.to_vec();
    if let Some(data) = data {
        // A folder that cannot be read has failed another check already.
        let found = below(data).unwrap_or_default();
        paths.extend(found.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "log")));
    }
    paths.sort();
    paths.dedup();
    let mut found = Found::default();
    for path in &paths {
        if let Err(error) = read(path, &mut found) {
            return vec![FILES.impossible(SUBJECT, &format!("{} : {error}", path.display()))];
        }
    }
    if paths.is_empty() {
        return vec![FILES.note(SUBJECT, "aucun fichier de journal n’a été donné ni trouvé")];
    }
    let looked_at = format!(
        "{}, {}",
        count(paths.len() as u64, "fichier", "fichiers"),
        count(found.lines, "ligne lue", "lignes lues")
    );
    let judge = |question: Question, lines: u64| {
        let found = count(lines, "ligne en contient", "lignes en contiennent");
        question.judge(SUBJECT, lines == 0, if lines == 0 { &looked_at } else { &found })
    };
    vec![
        judge(CODES, found.codes),
        judge(TOKENS, found.tokens),
        judge(ADDRESSES, found.addresses),
        judge(HOURS, found.hours),
    ]
}

fn read(path: &Path, found: &mut Found) -> std::io::Result<()> {
    let mut lines = BufReader::new(File::open(path)?);
    let mut bytes = Vec::new();
    while lines.read_until(b'\n', &mut bytes)? > 0 {
        let line = String::from_utf8_lossy(&bytes);
        found.lines += 1;
        found.codes += u64::from(has_code(&line));
        found.tokens += u64::from(has_token(&line));
        found.addresses += u64::from(has_address(&line));
        found.hours += u64::from(is_request(&line) && has_hour(&line));
        bytes.clear();
    }
    Ok(())
}

/// Words of letters, digits and dashes that are invitation codes, with the dashes where the letters have them or with none.
fn has_code(line: &str) -> bool {
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| {
        let grouped = word.len() == 16 && word.match_indices('-').map(|(at, _)| at).eq([4, 9, 14]);
        if grouped {
            return is_code(&word.replace('-', ""));
        }
        // Without dashes, thirteen characters may be a number or a name: those have no digit or no letter, and when they
        // are in small letters, like a hash, two of each are asked for.
        word.split('-').any(|word| {
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            let small = word.bytes().any(|byte| byte.is_ascii_lowercase());
            let least = if small { 2 } else { 1 };
            word.len() == CODE_SYMBOLS && digits >= least && word.len() - digits >= least && is_code(word)
        })
    })
}

/// Whether the last of thirteen symbols is the others modulo 37.
fn is_code(word: &str) -> bool {
    let values: Option<Vec<u64>> = word
        .to_ascii_uppercase()
        .bytes()
        .map(|byte| ALPHABET.iter().position(|symbol| *symbol == byte).map(|value| value as u64))
        .collect();
    let Some([symbols @ .., check]) = values.as_deref() else { return false };
    symbols.len() + 1 == CODE_SYMBOLS
        && symbols.iter().fold(0, |bits, value| bits << 5 | value) % CHECK_MODULUS == *check
}

fn has_token(line: &str) -> bool {
    let long = line
        .split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '+' | '/'))
        .any(|word| word.len() >= TOKEN_CHARACTERS && !word.starts_with('/'));
    let after = line.split_once("PrivateToken").map(|(_, rest)| rest);
    long || after.is_some_and(|rest| rest.contains("token="))
}

/// Addresses of version 4 or 6, with or without a port. The machine's own are no resident's.
fn has_address(line: &str) -> bool {
    let parts = line.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | ':' | '[' | ']' | '_' | '-'));
    parts
        .filter_map(|word| {
            let word = word.trim_matches('.');
            let bare = word.trim_start_matches('[').trim_end_matches(']');
            let without_colon = bare.strip_suffix(':').unwrap_or(bare);
            bare.parse::<IpAddr>()
                .or_else(|_| word.parse::<SocketAddr>().map(|address| address.ip()))
                .or_else(|_| without_colon.parse())
                .ok()
        })
        .any(|address| {
            let address = address.to_canonical();
            !address.is_loopback() && !address.is_unspecified()
        })
}

/// Lines of our own request log, and of any web server's access log.
fn is_request(line: &str) -> bool {
    let ours = line.contains("isoloir::request") || line.contains("route=") && line.contains("status=");
    ours || ["GET /", "POST /", "HEAD /"].iter().any(|start| line.contains(start))
}

/// An hour as RFC 3339 or as access logs write it: `2026-03-01T10:00` or `01/Mar/2026:10:00`.
pub(crate) fn has_hour(line: &str) -> bool {
    let bytes = line.as_bytes();
    let fits = |at: usize, pattern: &[u8]| {
        bytes.get(at..at + pattern.len()).is_some_and(|found| {
            found.iter().zip(pattern).all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                b'a' => byte.is_ascii_alphabetic(),
                b'T' => matches!(byte, b'T' | b't' | b' '),
                other => byte == other,
            })
        })
    };
    (0..bytes.len()).any(|at| fits(at, b"0000-00-00T00:00") || fits(at, b"00/aaa/0000:00:00"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code with its check symbol, by Crockford's rule.
    fn code(bits: u64) -> String {
        let symbol = |value: u64| char::from(ALPHABET[usize::try_from(value & 31).unwrap()]);
        let mut text: String = (0..12).map(|index| symbol(bits >> (5 * (11 - index)))).collect();
        text.push(symbol(bits % CHECK_MODULUS));
        text
    }

    #[test]
    fn a_code_is_seen_however_it_is_written() {
        // 2⁶⁰ codes; this one's remainder is a letter of the alphabet.
        let bits = (0x0012_3456_789a_bcde_u64..u64::MAX).find(|bits| bits % CHECK_MODULUS < 32).unwrap();
        let plain = code(bits);
        let grouped = format!("{}-{}-{}-{}", &plain[..4], &plain[4..8], &plain[8..12], &plain[12..]);
        for line in
            [&plain, &grouped, &grouped.to_lowercase(), &format!("GET /s/x#c={grouped}&k=1"), &format!("c={plain} ")]
        {
            assert!(has_code(line), "{line}");
        }
        let mut wrong = plain.into_bytes();
        wrong[3] = if wrong[3] == b'7' { b'8' } else { b'7' };
        assert!(!has_code(std::str::from_utf8(&wrong).unwrap()));
        for line in
            ["1790000000000", "isoloir::request", "mauges-2026", "/s/{survey}/responses status=201 duration_ms=3"]
        {
            assert!(!has_code(line), "{line}");
        }
    }

    #[test]
    fn tokens_and_addresses_are_seen() {
        assert!(has_token(&format!("body={}", "aZ09-_".repeat(60))));
        assert!(has_token("Authorization: PrivateToken token=\"AAI\""));
        assert!(!has_token("WWW-Authenticate: PrivateToken challenge=\"AAI\", file /var/log/isoloir"));
        for line in ["from 192.0.2.7", "client=192.0.2.7:443,", "[2001:db8::7]:443", "2001:db8::7", "::ffff:192.0.2.7"]
        {
            assert!(has_address(line), "{line}");
        }
        for line in
            ["écoute sur http://127.0.0.1:8080", "[::1]:8080", "0.0.0.0:80", "tracing::debug", "v1.2.3", "10:20:30"]
        {
            assert!(!has_address(line), "{line}");
        }
    }

    #[test]
    fn hours_count_beside_requests_only() {
        assert!(has_hour("2026-03-01T10:00:00Z INFO") && has_hour("- - [01/Mar/2026:10:00:00 +0100] \"GET / HTTP\""));
        assert!(!has_hour("2026-03-01 ouverture") && !has_hour("é"));
        assert!(is_request("DEBUG isoloir::request: method=\"GET\"") && !is_request("INFO isoloir: écoute"));
    }
}
