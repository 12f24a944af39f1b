//! Made-up respondents, for demonstrations, tests and measurements: seeded, plausible, and biased as volunteers are.
//!
//! Two thirds are women and few are young men. Each respondent has a hidden state of health, worse with age, and a hidden
//! difficulty of access; ordered answers lean on them, so that tables and breakdowns show something. Nothing here is an
//! estimate of any real population.

use std::collections::BTreeMap;

use isoloir_survey::{
    AnswerSheet, Choice, FieldError, Kind, Question, Questionnaire, Role, Submitted, Territories, validate,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// How often a respondent skips an optional question, and how often they say that they do not know.
const SKIPPED: f64 = 0.04;
const DOES_NOT_KNOW: f64 = 0.035;
const WOMEN: f64 = 0.66;
/// How often somebody writes a free text.
const WRITES: f64 = 0.12;

const FREE_TEXTS: [&str; 4] = [
    "Il faudrait un médecin de plus dans la commune.",
    "Un bus pour aller aux rendez-vous serait utile.",
    "Plus d’activités pour ne pas rester seul.",
    "Les délais pour un rendez-vous sont trop longs.",
];

/// Makes respondents to one questionnaire; the same seed makes the same ones.
pub(crate) struct Respondents<'a> {
    questionnaire: &'a Questionnaire,
    territories: &'a Territories,
    profile: &'a Profile,
    rng: ChaCha20Rng,
}

/// How likely each choice is, in percent: from `surveys/simulation.tsv`, orders of magnitude chosen by hand so that a
/// demonstration looks like a diagnosis. Questions that are not in it get weights drawn from their own names.
pub(crate) struct Profile(BTreeMap<(String, String), f64>);

impl Profile {
    /// Reads the columns `question`, `choice`, `weight`.
    ///
    /// # Errors
    /// The first line that has not these columns.
    pub(crate) fn parse(tsv: &str) -> anyhow::Result<Self> {
        let mut weights = BTreeMap::new();
        for (index, line) in tsv.lines().enumerate().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [question, choice, weight] = cells[..] else {
                anyhow::bail!("ligne {} : trois colonnes attendues", index + 1)
            };
            let weight: f64 = weight
                .parse()
                .map_err(|_| anyhow::anyhow!("ligne {} : « {weight} » n’est pas un nombre", index + 1))?;
            weights.insert((question.to_owned(), choice.to_owned()), weight);
        }
        Ok(Self(weights))
    }

    fn weight(&self, question: &Question, choice: &Choice) -> f64 {
        let key = (question.id.to_string(), choice.code.to_string());
        self.0.get(&key).copied().unwrap_or_else(|| 4.0 + 30.0 * taste(question, choice.code.as_str()))
    }
}

/// What nobody asks a respondent.
struct Hidden {
    is_woman: bool,
    age_rank: f64,
    poor_health: f64,
    poor_access: f64,
}

impl<'a> Respondents<'a> {
    pub(crate) fn new(
        questionnaire: &'a Questionnaire,
        territories: &'a Territories,
        profile: &'a Profile,
        seed: u64,
    ) -> Self {
        Self { questionnaire, territories, profile, rng: ChaCha20Rng::seed_from_u64(seed) }
    }

    /// The next respondent, through the same validation as everybody.
    ///
    /// # Errors
    /// The fields that validation refuses: a fault in this module.
    pub(crate) fn next_sheet(&mut self) -> Result<AnswerSheet, Vec<FieldError>> {
        let is_woman = self.rng.random_bool(WOMEN);
        // Volunteers are older than the population, and men more so.
        let age_rank = self.rng.random::<f64>().powf(if is_woman { 0.8 } else { 0.5 });
        let hidden = Hidden {
            is_woman,
            age_rank,
            poor_health: 0.9 * (age_rank - 0.5) + self.normal() * 0.7,
            poor_access: self.normal(),
        };
        let questionnaire = self.questionnaire;
        let mut submitted = Submitted::new();
        for question in questionnaire.questions().filter(|question| question.is_asked()) {
            let values = self.answer(question, &hidden);
            if !values.is_empty() {
                submitted.insert(question.id.to_string(), values);
            }
        }
        validate(questionnaire, &submitted)
    }

    fn answer(&mut self, question: &Question, hidden: &Hidden) -> Vec<String> {
        if !question.required && self.rng.random_bool(SKIPPED) {
            return Vec::new();
        }
        let choices = question.choices();
        let missing = choices.iter().find(|choice| choice.missing);
        if let Some(missing) = missing
            && self.rng.random_bool(DOES_NOT_KNOW)
        {
            return vec![missing.code.to_string()];
        }
        let real: Vec<&Choice> = choices.iter().filter(|choice| !choice.missing).collect();
        match &question.kind {
            Kind::Single { role: Some(Role::Territory), .. } => {
                let territory = &self.questionnaire.territory.code;
                let inhabitants = |place: &&Choice| self.territories.inhabitants(territory, &place.code).unwrap_or(0);
                let weights: Vec<f64> = real.iter().map(|place| f64::from(inhabitants(place))).collect();
                let index = self.weighted(&weights);
                real.get(index).map(|place| place.code.to_string()).into_iter().collect()
            }
            Kind::Single { role: Some(Role::AgeBand), .. } => vec![at_rank(&real, hidden.age_rank)],
            Kind::Single { .. } if question.id.as_str() == "sexe" => {
                let code = if hidden.is_woman { "femme" } else { "homme" };
                question.choice(code).map(|choice| choice.code.to_string()).into_iter().collect()
            }
            Kind::Single { .. } => self.single(question, &real, hidden),
            Kind::Scale { .. } => {
                let level = 0.62 - 0.18 * hidden.poor_health + 0.17 * self.normal();
                vec![at_rank(&real, level.clamp(0.0, 0.999))]
            }
            Kind::Multiple { max, .. } => self.several(question, &real, *max, hidden),
            Kind::RankTop { ranks, .. } => self.several(question, &real, Some(*ranks), hidden),
            Kind::Integer { min, max } => {
                let span = u64::try_from(max - min).unwrap_or(0).min(4);
                vec![(min + i64::try_from(self.rng.random_range(0..=span)).unwrap_or(0)).to_string()]
            }
            Kind::TextLong { max_chars, .. } if self.rng.random_bool(WRITES) => {
                let text = FREE_TEXTS[self.rng.random_range(0..FREE_TEXTS.len())];
                vec![text.chars().take(usize::try_from(*max_chars).unwrap_or(usize::MAX)).collect()]
            }
            Kind::TextLong { .. } | Kind::Matrix | Kind::Score { .. } | Kind::Note => Vec::new(),
        }
    }

    /// One choice. The profile gives the weights; the hidden state shifts them towards the end of the list, which is the
    /// worse one in ordered lists.
    fn single(&mut self, question: &Question, real: &[&Choice], hidden: &Hidden) -> Vec<String> {
        let lean = if taste(question, "lean") < 0.5 { hidden.poor_health } else { hidden.poor_access };
        let is_yes_no = real.len() == 2;
        let weights: Vec<f64> = real
            .iter()
            .zip(0_u32..)
            .map(|(choice, rank)| {
                let shift = if is_yes_no { -0.35 } else { 0.22 };
                self.profile.weight(question, choice) * (shift * lean * f64::from(rank)).exp()
            })
            .collect();
        let index = self.weighted(&weights);
        vec![real[index].code.to_string()]
    }

    /// Several choices: the one that excludes the others, or as many as fit, each by its weight.
    fn several(&mut self, question: &Question, real: &[&Choice], max: Option<u8>, hidden: &Hidden) -> Vec<String> {
        let ease = (-0.3 * hidden.poor_access).exp();
        for exclusive in real.iter().filter(|choice| choice.exclusive) {
            let odds = self.profile.weight(question, exclusive) / 100.0 * ease;
            if self.rng.random_bool(odds.clamp(0.0, 0.95)) {
                return vec![exclusive.code.to_string()];
            }
        }
        let most = usize::from(max.unwrap_or(u8::MAX));
        let mut chosen: Vec<(f64, &Choice)> = Vec::new();
        for choice in real.iter().filter(|choice| !choice.exclusive) {
            let odds = self.profile.weight(question, choice) / 100.0;
            if self.rng.random_bool(odds.clamp(0.0, 0.95)) {
                chosen.push((self.rng.random(), choice));
            }
        }
        // Whoever would choose more than allowed keeps some of them, at random.
        chosen.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        chosen.truncate(most);
        chosen.into_iter().map(|(_, choice)| choice.code.to_string()).collect()
    }

    fn weighted(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        let mut left = self.rng.random::<f64>() * total;
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// The sum of twelve uniforms less six: near enough to a normal law for people who do not exist.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.rng.random::<f64>()).sum::<f64>() - 6.0
    }
}

/// The choice at a rank from 0 (first) to 1 (after the last).
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a list's index"
)]
fn at_rank(choices: &[&Choice], rank: f64) -> String {
    let index = ((rank * choices.len() as f64) as usize).min(choices.len() - 1);
    choices[index].code.to_string()
}

/// A number from 0 to 1 that belongs to a question and a word, whatever the seed: the population's taste. FNV-1a, stirred
/// once more because its high bits differ little between short words.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
fn taste(question: &Question, word: &str) -> f64 {
    let bytes = question.id.as_str().bytes().chain([b'/']).chain(word.bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let stirred = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (stirred >> 11) as f64 / (1_u64 << 53) as f64
}

/// `count` respondents.
///
/// # Errors
/// The message names the question that validation refused.
pub(crate) fn respondents(
    questionnaire: &Questionnaire,
    territories: &Territories,
    profile: &Profile,
    count: usize,
    seed: u64,
) -> anyhow::Result<Vec<AnswerSheet>> {
    let mut respondents = Respondents::new(questionnaire, territories, profile, seed);
    (0..count)
        .map(|_| {
            respondents.next_sheet().map_err(|errors| {
                let first = errors.first().map(|error| format!("{} : {}", error.question, error.kind));
                anyhow::anyhow!("répondant simulé refusé : {}", first.unwrap_or_default())
            })
        })
        .collect()
}
