//! Log files: no invitation code, no token, no address or browser, no hour beside a request.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::files::{below, file_name};
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
    title: "Ni adresse IP ni navigateur dans les journaux",
    advice: "réglez le serveur mandataire pour qu’il n’inscrive ni adresse ni navigateur (access_log off), puis effacez ces \
             journaux",
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
    let paths = match files(given, data) {
        Ok(paths) => paths,
        Err(error) => return vec![FILES.impossible(SUBJECT, &error)],
    };
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

/// The files that were given, those of the folders that were given, and what is named like a log below the data. Of the
/// last, archives are told as stray files.
pub(crate) fn files(given: &[PathBuf], data: Option<&Path>) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for path in given {
        if path.is_dir() {
            paths.extend(below(path)?.into_iter().filter(|path| path.is_file()));
        } else {
            paths.push(path.clone());
        }
    }
    if let Some(data) = data {
        // A folder that cannot be read has failed another check already.
        let found = below(data).unwrap_or_default();
        let is_log = |path: &PathBuf| format!("{}.", file_name(path)).contains(".log.") && path.is_file();
        paths.extend(
            found.into_iter().filter(|path| is_log(path) && !matches!(beginning(path), Ok(Beginning::Packed(_)))),
        );
    }
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// What a file begins with.
enum Beginning {
    Plain,
    Gzip,
    /// What cannot be read as text, and what to do about it.
    Packed(&'static str),
}

fn beginning(path: &Path) -> std::io::Result<Beginning> {
    const JOURNAL: &str = "journal de systemd ; donnez à lire ce que « journalctl -o json » en écrit";
    const PACKED: &str = "journal compressé ; décompressez-le d’abord";
    let mut start = Vec::new();
    File::open(path)?.take(8).read_to_end(&mut start)?;
    let begins_with = |magic: &[u8]| start.starts_with(magic);
    Ok(if begins_with(&[0x1f, 0x8b]) {
        Beginning::Gzip
    } else if begins_with(b"LPKSHHRH") {
        Beginning::Packed(JOURNAL)
    } else if [&b"BZh"[..], b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"7z\xbc\xaf"]
        .iter()
        .any(|magic| begins_with(magic))
    {
        Beginning::Packed(PACKED)
    } else {
        Beginning::Plain
    })
}

/// Longer lines are read in parts, of which each begins with the end of the one before.
const LONGEST_PART: u64 = 1 << 20;
const OVERLAP: usize = 2048;

fn read(path: &Path, found: &mut Found) -> std::io::Result<()> {
    let file = File::open(path)?;
    match beginning(path)? {
        Beginning::Plain => read_lines(BufReader::new(file), found),
        Beginning::Gzip => read_lines(BufReader::new(MultiGzDecoder::new(file)), found),
        Beginning::Packed(why) => Err(std::io::Error::other(why)),
    }
}

fn read_lines(mut lines: impl BufRead, found: &mut Found) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    while lines.by_ref().take(LONGEST_PART).read_until(b'\n', &mut bytes)? > 0 {
        let is_whole = bytes.ends_with(b"\n");
        found.lines += u64::from(is_whole);
        // Holes of a sparse file.
        if bytes.iter().any(|byte| *byte != 0) {
            let line = plain(&String::from_utf8_lossy(&bytes));
            found.codes += u64::from(has_code(&line));
            found.tokens += u64::from(has_token(&line));
            found.addresses += u64::from(has_address(&line));
            found.hours += u64::from(is_request(&line) && has_clock(&line));
        }
        let kept = if is_whole { bytes.len() } else { bytes.len().saturating_sub(OVERLAP) };
        bytes.drain(..kept);
    }
    Ok(())
}

/// A line without the ways in which URLs and JSON write some characters.
fn plain(line: &str) -> String {
    let mut parts = line.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let escaped = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) if byte.is_ascii_graphic() => out.push(char::from(byte)),
            _ => out.push(' '),
        }
        out.push_str(if escaped.is_some() { &part[2..] } else { part });
    }
    out.replace('\\', "")
}

/// Invitation codes, however their groups are set apart, or with nothing between them.
fn has_code(line: &str) -> bool {
    let words: Vec<&str> = line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let (mut grouped, mut whole) = (words.windows(4), words.iter());
    grouped.any(|group| {
        let lengths = group.iter().map(|word| word.len());
        // Four words of a sentence may be as long: they have no digit.
        lengths.eq([4, 4, 4, 1])
            && is_code(&group.concat())
            && (line.contains(&group.join("-")) || group.concat().bytes().any(|byte| byte.is_ascii_digit()))
    }) || whole.any(|word| {
        // Without dashes, thirteen characters may be a number or a name: those have no digit or no letter, and when they
        // are in small letters, like a hash, two of each are asked for.
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let small = word.bytes().any(|byte| byte.is_ascii_lowercase());
        let least = if small { 2 } else { 1 };
        word.len() == CODE_SYMBOLS && digits >= least && word.len() - digits >= least && is_code(word)
    })
}

/// Whether the last of thirteen symbols is the others modulo 37; O is read as 0, I and L as 1, as where people type.
fn is_code(word: &str) -> bool {
    let symbol = |typed: u8| match typed.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    let value = |typed| ALPHABET.iter().position(|known| *known == symbol(typed)).map(|value| value as u64);
    let values: Option<Vec<u64>> = word.bytes().map(value).collect();
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

/// Addresses of version 4 or 6, with or without a port, and what browsers say of themselves. The machine's own addresses are
/// no resident's, nor is one in a URL.
fn has_address(line: &str) -> bool {
    const BROWSERS: [&str; 2] = ["Mozilla/", "AppleWebKit/"];
    // `fe80::1`, and nothing that two colons in a name make by chance.
    const SHORTEST: usize = 7;
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
    let is_version_4_part = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    BROWSERS.iter().any(|name| line.contains(name))
        || runs(line, is_part)
            .any(|run| run.len() >= SHORTEST && run.parse::<Ipv6Addr>().is_ok_and(|ip| is_somebodys(ip.into())))
        || runs(line, is_version_4_part).any(|run| run.parse::<Ipv4Addr>().is_ok_and(|ip| is_somebodys(ip.into())))
}

fn is_somebodys(address: IpAddr) -> bool {
    let address = address.to_canonical();
    !address.is_loopback() && !address.is_unspecified()
}

/// The longest parts of a line that consist of such bytes, unless a letter, a digit or the `/` of a URL or of a version
/// touches them.
fn runs(line: &str, is_part: impl Fn(u8) -> bool) -> impl Iterator<Item = &str> {
    let bytes = line.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            if !is_part(bytes[at]) {
                at += 1;
                continue;
            }
            let start = at;
            at += bytes[start..].iter().position(|byte| !is_part(*byte)).unwrap_or(bytes.len() - start);
            let before = line[..start].trim_end_matches('[');
            let is_named = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let is_version = before.ends_with('/')
                && before[..before.len() - 1].ends_with(|c: char| c.is_ascii_alphabetic() || c == '/');
            let is_cut = bytes[at - 1] != b'.'
                && bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
            let run = line[start..at].trim_matches('.');
            // A colon may be the end of a sentence's part, or stand before a port.
            let run = if run.contains("::") { run } else { run.trim_matches(':') };
            if !is_named && !is_version && !is_cut {
                return Some(run);
            }
        }
        None
    })
}

/// Lines of our own request log, and of any web server's access log.
fn is_request(line: &str) -> bool {
    let ours = line.contains("isoloir::request") || line.contains("route=") && line.contains("status=");
    ours || line.split(|c: char| !c.is_ascii_alphabetic()).any(|word| matches!(word, "GET" | "POST" | "HEAD"))
}

/// An hour in any form: a clock's, or the seconds since 1970 (or smaller parts).
fn has_clock(line: &str) -> bool {
    let bytes = line.as_bytes();
    let is_clock = |(at, window): (usize, &[u8])| {
        let two_digits = [0, 1, 3, 4, 6, 7].iter().all(|place| window[*place].is_ascii_digit());
        let is_apart = at == 0 || !bytes[at - 1].is_ascii_hexdigit() && bytes[at - 1] != b':';
        two_digits && window[2] == b':' && window[5] == b':' && is_apart && bytes.get(at + 8) != Some(&b':')
    };
    let is_moment = |word: &str| {
        let is_number = matches!(word.len(), 10 | 13 | 16 | 19) && word.bytes().all(|byte| byte.is_ascii_digit());
        is_number && ("1420070400".."2208988800").contains(&&word[..10])
    };
    has_hour(line)
        || bytes.windows(8).enumerate().any(is_clock)
        || line.split(|c: char| !c.is_ascii_alphanumeric()).any(is_moment)
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
        let typed = grouped.to_lowercase().replace('0', "o").replace('1', "l");
        for line in [
            typed,
            grouped.replace('-', " "),
            format!("GET /?c={}", grouped.replace('-', "%20")),
            format!("c%3D{plain}%26k%3D1"),
            format!("c={}&k=1", grouped.replace('-', "+")),
            format!("« {} »", grouped.replace('-', "–")),
        ] {
            assert!(has_code(&super::plain(&line)), "{line}");
        }
        // Four words of a sentence, as often as one in thirty-seven would be a code.
        for last in ALPHABET.iter().filter(|symbol| symbol.is_ascii_alphabetic()) {
            assert!(!has_code(&format!("avec tant pour {}", char::from(*last))));
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
        assert!(has_token(&plain(&format!("{{\"body\":\"{}\"}}", "aZ09\\/\\/".repeat(60)))));
        assert!(has_token(&plain(&format!("token={}", "aZ09%2B%2f".repeat(60)))) && has_token(&"3fA0".repeat(177)));
        assert!(has_token("Authorization: PrivateToken token=\"AAI\""));
        assert!(!has_token("WWW-Authenticate: PrivateToken challenge=\"AAI\", file /var/log/isoloir"));
        for line in [
            "from 192.0.2.7",
            "client=192.0.2.7:443,",
            "[2001:db8::7]:443",
            "2001:db8::7",
            "::ffff:192.0.2.7",
            "[client 203.0.113.5:51234] AH01630",
            "client: 203.0.113.5, server: _",
            "client:203.0.113.5",
            "fe80::1%eth0",
            "peer=[2001:DB8:0:0:0:0:0:7]:51234",
            "5.113.0.203.in-addr.arpa",
            "\"Mozilla/5.0 (X11; Linux) Chrome/120.0.0.0\"",
        ] {
            assert!(has_address(line), "{line}");
        }
        for line in [
            "écoute sur http://127.0.0.1:8080",
            "[::1]:8080",
            "0.0.0.0:80",
            "tracing::debug",
            "v1.2.3",
            "10:20:30",
            "curl/8.1.2.3",
            "écoute sur http://192.168.1.20:8080",
            "http://[2001:db8::7]:8080",
            "fe::ed",
            "::ffff:127.0.0.1",
            "1.2.3.4.5",
        ] {
            assert!(!has_address(line), "{line}");
        }
    }

    #[test]
    fn hours_count_beside_requests_only() {
        assert!(has_hour("2026-03-01T10:00:00Z INFO") && has_hour("- - [01/Mar/2026:10:00:00 +0100] \"GET / HTTP\""));
        assert!(!has_hour("2026-03-01 ouverture") && !has_hour("é"));
        for line in [
            "Nov 22 12:25:07 hote isoloir[7]: status=200",
            "[Sun Nov 22 12:25:07.123456 2026]",
            "2026/11/22 12:25:07 [error]",
            "\"ts\":1795329000.12,",
            "\"__REALTIME_TIMESTAMP\":\"1795329000000000\"",
            "T=12:25:07Z",
        ] {
            assert!(has_clock(line), "{line}");
        }
        for line in ["status=200 duration_ms=3", "2001:db8:10:20:30:40:50:60", "v=1795329000a", "id=12345678901"] {
            assert!(!has_clock(line), "{line}");
        }
        assert!(is_request("{\"request\":{\"method\":\"GET\",\"uri\":\"/\"}}") && !is_request("GETTER POSTER"));
        assert!(is_request("DEBUG isoloir::request: method=\"GET\"") && !is_request("INFO isoloir: écoute"));
    }
}
