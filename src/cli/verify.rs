//! `isoloir verify`: fetch what a server gives to a resident, and compare it with this release's own files.

use anyhow::{Context, bail, ensure};
use clap::Args;
use isoloir_token::key::PublicKey;
use serde::{Deserialize, Serialize};

use super::config::Config;
use super::say;

/// Comparer ce qu’un serveur envoie aux habitants avec les fichiers de cette version
#[derive(Args)]
#[command(after_help = "Exemple : isoloir verify https://sante.exemple.fr/s/mauges-2026\n\n\
    Code de sortie : 0 si tout est identique, 1 sinon. Utilisez la même version d’Isoloir que le serveur.")]
pub(crate) struct Verify {
    /// Adresse du questionnaire
    #[arg(value_name = "ADRESSE")]
    url: String,
    /// Écrire le résultat en JSON
    #[arg(long)]
    json: bool,
}

/// One thing that was compared.
#[derive(Debug, Serialize)]
struct Check {
    what: String,
    passed: bool,
    found: String,
}

/// The part of the page's data that names the key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Island {
    token_key: String,
    issuer: String,
}

impl Verify {
    pub(crate) async fn run(self, _: &Config) -> anyhow::Result<()> {
        let (origin, _) = self.url.split_once("/s/").context("donnez l’adresse d’un questionnaire, avec « /s/NOM »")?;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let reply = http.get(&self.url).send().await.map_err(|error| no_answer(&self.url, &error))?;
        ensure!(reply.status().is_success(), "{} répond {}", self.url, reply.status());
        let policy = reply.headers().get("content-security-policy").and_then(|value| value.to_str().ok());
        let policy = policy.unwrap_or_default().to_owned();
        let page = reply.text().await?;
        let Some(version) = asset_version(&page) else {
            bail!("cette page n’est pas celle d’un questionnaire d’Isoloir")
        };

        let mut checks = vec![check_policy(&policy), check_scripts(&page, &version)];
        for asset in isoloir_ui::assets() {
            let url = format!("{origin}/assets/{version}/{}", asset.path);
            let served = http.get(&url).send().await?.error_for_status().map(reqwest::Response::bytes);
            let found = match served {
                Ok(bytes) => isoloir_ui::sha256_hex(&bytes.await?),
                Err(_) => "absent".to_owned(),
            };
            checks.push(Check { what: asset.path.to_owned(), passed: found == asset.sha256, found });
        }
        checks.push(check_key(&http, origin, &page).await?);
        self.report(&checks)
    }

    fn report(&self, checks: &[Check]) -> anyhow::Result<()> {
        if self.json {
            say(&serde_json::to_string_pretty(checks)?);
        } else {
            for check in checks {
                say(&format!("{:<7} {:<28} {}", if check.passed { "ok" } else { "ÉCHEC" }, check.what, check.found));
            }
        }
        let failed = checks.iter().filter(|check| !check.passed).count();
        ensure!(
            failed == 0,
            "{failed} différences avec Isoloir {} ; si le serveur a une autre version, vérifiez avec celle-là",
            env!("CARGO_PKG_VERSION")
        );
        Ok(())
    }
}

/// Why an address does not answer, without the layers of the client that found out.
fn no_answer(url: &str, error: &reqwest::Error) -> anyhow::Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    anyhow::anyhow!("{url} ne répond pas : {cause}")
}

/// The version in the address of the page's stylesheet.
fn asset_version(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("href=\"/assets/")?;
    let version = rest.split('/').next()?;
    (version.len() == 16 && version.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| version.to_owned())
}

/// The browser must refuse whatever the page does not bring from its own site.
fn check_policy(policy: &str) -> Check {
    let has = |directive: &str| policy.split(';').any(|part| part.trim() == directive);
    let passed =
        has("default-src 'none'") && has("script-src 'self'") && has("base-uri 'none'") && has("form-action 'self'");
    Check { what: "content-security-policy".to_owned(), passed, found: policy.to_owned() }
}

/// One module, which is ours, and one block of data, which no browser runs.
fn check_scripts(page: &str, version: &str) -> Check {
    let expected = [
        format!("<script type=\"module\" src=\"/assets/{version}/js/welcome.js\">"),
        "<script type=\"application/json\" id=\"isoloir-survey\">".to_owned(),
    ];
    let found: Vec<String> = page
        .match_indices("<script")
        .filter_map(|(start, _)| Some(page[start..=start + page[start..].find('>')?].to_owned()))
        .collect();
    let passed = found.len() == expected.len() && found.iter().all(|script| expected.contains(script));
    Check { what: "scripts de la page".to_owned(), passed, found: format!("{} balises", found.len()) }
}

/// The key in the page must be one that the issuer publishes. Its fingerprint is for comparing with a letter.
async fn check_key(http: &reqwest::Client, origin: &str, page: &str) -> anyhow::Result<Check> {
    let island = page.split_once("id=\"isoloir-survey\">").and_then(|(_, rest)| rest.split_once("</script>"));
    let island: Island = serde_json::from_str(island.context("la page n’a pas de données")?.0)?;
    let spki = data_encoding::BASE64URL.decode(island.token_key.as_bytes()).context("clé illisible")?;
    let key = PublicKey::from_spki(&spki).context("la clé de la page n’est pas une clé de jetons")?;
    let issuer = if island.issuer.is_empty() { origin } else { &island.issuer };
    let directory = http.get(format!("{issuer}{}", isoloir_token::http::DIRECTORY_PATH)).send().await?.text().await?;
    let found = format!("{} — mots de contrôle : {}", key.id().to_base64url(), key.id().words().join(" "));
    Ok(Check { what: "clé publiée".to_owned(), passed: directory.contains(&island.token_key), found })
}
