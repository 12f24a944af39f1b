//! Slows whoever guesses codes, or takes the tokens of an open survey. An address is never kept: only its hash under a random
//! salt that is drawn anew each day and lives in memory alone.
//!
//! What protects codes is their length. They are drawn among 32/37 of 2⁶⁰, 10¹⁸; where 10⁵ are valid, a guess is right once in
//! 10¹³. A program that has a server to itself and looks up 5,000 codes a second for ninety days, 4·10¹⁰, finds one with a
//! chance of 0.4 %, for one response among thousands. So a right code passes from an address that waits, too: only wrong ones
//! are told to wait. Refusing right ones would slow no guesser who has many addresses, and would let one program silence a
//! library, or all the telephones behind a carrier's address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use rand::CryptoRng;
use zeroize::Zeroizing;

/// Unknown codes that one address may try in [`WINDOW`]. What people mistype is hardly ever one: the check symbol tells, and what
/// is no code is not counted.
const MOST_GUESSES: u32 = 50;
/// Tokens of an open survey that one address may have in [`WINDOW`]: a library's readers share one.
const MOST_OPEN_TOKENS: u32 = 60;
const WINDOW: Duration = Duration::from_mins(10);
/// Addresses remembered at most; beyond it everything is forgotten rather than memory filled.
const MOST_ADDRESSES: usize = 100_000;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    /// A code that is none of ours.
    Guess,
    /// A token given without a code.
    OpenToken,
}

impl Event {
    fn most(self) -> u32 {
        match self {
            Self::Guess => MOST_GUESSES,
            Self::OpenToken => MOST_OPEN_TOKENS,
        }
    }
}

struct Day {
    date: Date,
    salt: Zeroizing<[u8; 32]>,
    /// Hash of address and event to the start of its window and the count in it.
    counts: HashMap<[u8; 32], (Instant, u32)>,
}

/// Counts events by address, for the length of a window.
pub(crate) struct Limiter(Mutex<Option<Day>>);

impl Limiter {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// How long the address must wait before another `event`; `None` when it need not.
    pub(crate) fn wait(&self, address: IpAddr, event: Event, now: Instant) -> Option<Duration> {
        let day = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let day = day.as_ref()?;
        let (start, count) = day.counts.get(&key(&day.salt, address, event))?;
        let passed = now.saturating_duration_since(*start);
        if *count < event.most() { None } else { WINDOW.checked_sub(passed).filter(|wait| !wait.is_zero()) }
    }

    /// Counts one `event`.
    pub(crate) fn count(&self, address: IpAddr, event: Event, now: Instant, today: Date, rng: &mut impl CryptoRng) {
        let mut day = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if day.as_ref().is_none_or(|day| day.date != today || day.counts.len() >= MOST_ADDRESSES) {
            let mut salt = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut salt[..]);
            *day = Some(Day { date: today, salt, counts: HashMap::new() });
        }
        let Some(day) = day.as_mut() else { return };
        let entry = day.counts.entry(key(&day.salt, address, event)).or_insert((now, 0));
        if now.saturating_duration_since(entry.0) >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

/// An IPv6 household has a whole /64 to itself, so that is what is counted.
fn key(salt: &[u8; 32], address: IpAddr, event: Event) -> [u8; 32] {
    let bytes = match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| v6.octets()[..8].to_vec(), |v4| v4.octets().to_vec()),
    };
    let kind = match event {
        Event::Guess => 0_u8,
        Event::OpenToken => 1,
    };
    blake3::Hasher::new_keyed(salt).update(&[kind]).update(&bytes).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 21);

    #[test]
    fn an_address_that_guesses_waits_and_its_neighbours_do_not() {
        let limiter = Limiter::new();
        let (guesser, neighbour): (IpAddr, IpAddr) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let now = Instant::now();
        for _ in 0..MOST_GUESSES {
            assert_eq!(limiter.wait(guesser, Event::Guess, now), None);
            limiter.count(guesser, Event::Guess, now, TODAY, &mut rand::rng());
        }
        assert_eq!(limiter.wait(guesser, Event::Guess, now), Some(WINDOW));
        assert_eq!(limiter.wait(guesser, Event::OpenToken, now), None);
        assert_eq!(limiter.wait(neighbour, Event::Guess, now), None);
        assert_eq!(limiter.wait(guesser, Event::Guess, now + WINDOW), None, "the window passes");
    }

    #[test]
    fn a_new_day_forgets_everything() {
        let limiter = Limiter::new();
        let address: IpAddr = [192, 0, 2, 1].into();
        let now = Instant::now();
        for _ in 0..MOST_GUESSES {
            limiter.count(address, Event::Guess, now, TODAY, &mut rand::rng());
        }
        let tomorrow = TODAY.tomorrow().expect("a day");
        limiter.count([192, 0, 2, 9].into(), Event::Guess, now, tomorrow, &mut rand::rng());
        assert_eq!(limiter.wait(address, Event::Guess, now), None);
    }

    #[test]
    fn all_addresses_of_an_ipv6_household_count_together() {
        let salt = [1; 32];
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let of = |text: &str| key(&salt, address(text), Event::Guess);
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
