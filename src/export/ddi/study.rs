//! The document and the study: title, who asks whom, how, and what may be done with the results.

use std::io;

use isoloir_survey::{Access, Questionnaire};
use jiff::civil::Date;

use super::Codebook;
use super::xml::Xml;
use crate::about::{NOT_A_SAMPLE, protection_words, weighting_words};

impl Codebook<'_> {
    /// The document itself.
    pub(super) fn document(&self, xml: &mut Xml) -> io::Result<()> {
        let title = format!("{}\u{a0}: codebook DDI", self.questionnaire.title.fr());
        xml.element("docDscr", &[], |xml| {
            xml.element("citation", &[], |xml| {
                self.title(xml, &title)?;
                self.production(xml)?;
                self.version(xml)
            })?;
            self.notes(xml)
        })
    }

    /// The study.
    pub(super) fn study(&self, xml: &mut Xml) -> io::Result<()> {
        xml.element("stdyDscr", &[], |xml| {
            self.citation(xml)?;
            self.information(xml)?;
            self.method(xml)?;
            self.access(xml)?;
            self.notes(xml)
        })
    }

    fn title(&self, xml: &mut Xml, title: &str) -> io::Result<()> {
        xml.element("titlStmt", &[], |xml| {
            xml.text("titl", &[], title)?;
            xml.text("IDNo", &[("agency", "Isoloir")], self.questionnaire.id.as_str())?;
            xml.text("IDNo", &[("agency", "Isoloir, SHA-256 du questionnaire")], self.questionnaire.version().as_str())
        })
    }

    fn production(&self, xml: &mut Xml) -> io::Result<()> {
        let date = self.about.made_on.to_string();
        xml.element("prodStmt", &[], |xml| {
            xml.text("producer", &[], self.questionnaire.organiser.fr())?;
            if let Some(licence) = self.about.licence {
                xml.text("copyright", &[], &format!("{} ({})", licence.title(), licence.address()))?;
            }
            xml.text("prodDate", &[("date", &date)], &date)?;
            xml.text("software", &[], &self.about.software)
        })
    }

    fn version(&self, xml: &mut Xml) -> io::Result<()> {
        let date = self.about.made_on.to_string();
        xml.element("verStmt", &[], |xml| xml.text("version", &[("date", &date)], &self.about.edition))
    }

    fn citation(&self, xml: &mut Xml) -> io::Result<()> {
        let survey: &Questionnaire = self.questionnaire;
        xml.element("citation", &[], |xml| {
            self.title(xml, survey.title.fr())?;
            xml.element("rspStmt", &[], |xml| xml.text("AuthEnty", &[], survey.organiser.fr()))?;
            self.production(xml)?;
            xml.element("distStmt", &[], |xml| self.contact(xml))?;
            self.version(xml)
        })
    }

    fn contact(&self, xml: &mut Xml) -> io::Result<()> {
        let contact = &self.questionnaire.contact;
        let email: Vec<(&str, &str)> = contact.email.iter().map(|email| ("email", email.as_str())).collect();
        xml.text("contact", &email, &format!("{}, {}", self.questionnaire.organiser.fr(), contact.phone))
    }

    fn information(&self, xml: &mut Xml) -> io::Result<()> {
        let survey: &Questionnaire = self.questionnaire;
        xml.element("stdyInfo", &[], |xml| {
            if !survey.axes.is_empty() {
                xml.element("subject", &[], |xml| {
                    survey.axes.iter().try_for_each(|axis| xml.text("keyword", &[("vocab", AXES)], axis.title.fr()))
                })?;
            }
            xml.text("abstract", &[], survey.welcome.fr())?;
            xml.element("sumDscr", &[], |xml| {
                collected(xml, "start", survey.opens)?;
                collected(xml, "end", survey.closes)?;
                xml.text("nation", &[("abbr", "FR")], "France")?;
                xml.text("geogCover", &[], &self.communes())?;
                xml.text("geogUnit", &[], "Commune (code officiel géographique de l’Insee)")?;
                xml.text("anlyUnit", &[], "Personne")?;
                xml.text("universe", &[("clusion", "I")], self.universe())?;
                xml.text("dataKind", &[], "Enquête par questionnaire")
            })
        })
    }

    fn communes(&self) -> String {
        let communes = self.questionnaire.territory.communes.iter();
        let communes: Vec<String> = communes.map(|commune| format!("{} ({})", commune.name, commune.code)).collect();
        communes.join(", ")
    }

    fn universe(&self) -> &'static str {
        match self.questionnaire.access {
            Access::Invitation => "Personnes du territoire qui ont reçu un code d’invitation et ont choisi de répondre",
            Access::Open => "Personnes qui ont choisi de répondre",
        }
    }

    fn method(&self, xml: &mut Xml) -> io::Result<()> {
        let weight = format!(
            "Redressement\u{a0}: {}. Méthode, poids extrêmes et effet de plan dans weights.json.",
            weighting_words(self.release)
        );
        xml.element("method", &[], |xml| {
            xml.element("dataColl", &[], |xml| {
                xml.text("timeMeth", &[], "Enquête transversale")?;
                xml.text("dataCollector", &[], self.questionnaire.organiser.fr())?;
                xml.text(
                    "sampProc",
                    &[],
                    "Consultation volontaire, échantillon non probabiliste\u{a0}: les intervalles publiés sont indicatifs.",
                )?;
                xml.text(
                    "collMode",
                    &[],
                    "Questionnaire auto-administré, en ligne ou sur papier, sans nom, sans adresse et sans heure",
                )?;
                xml.text("resInstru", &[], "Questionnaire structuré")?;
                xml.text("weight", &[], &weight)
            })?;
            xml.element("anlyInfo", &[], |xml| {
                xml.text(
                    "EstSmpErr",
                    &[],
                    "Erreurs types linéarisées, comme pour un tirage avec remise de personnes pondérées\u{a0}; intervalles à \
                     95\u{a0}%. Elles ne disent rien de qui n’a pas répondu.",
                )
            })
        })
    }

    fn access(&self, xml: &mut Xml) -> io::Result<()> {
        xml.element("dataAccs", &[], |xml| {
            xml.element("setAvail", &[], |xml| {
                xml.text("accsPlac", &[], self.questionnaire.organiser.fr())?;
                xml.text(
                    "avlStatus",
                    &[],
                    "Tableaux agrégés seulement\u{a0}; les réponses individuelles ne sont pas diffusées.",
                )
            })?;
            xml.element("useStmt", &[], |xml| {
                xml.text("confDec", &[], protection_words(self.release.protection()))?;
                self.contact(xml)?;
                xml.text(
                    "citReq",
                    &[],
                    &format!(
                        "{}, «\u{a0}{}\u{a0}», {}, {}",
                        self.questionnaire.organiser.fr(),
                        self.questionnaire.title.fr(),
                        self.about.edition,
                        self.about.made_on.year()
                    ),
                )?;
                if let Some(licence) = self.about.licence {
                    xml.text("conditions", &[], &format!("{} ({})", licence.title(), licence.address()))?;
                }
                xml.text("disclaimer", &[], &format!("{NOT_A_SAMPLE}."))
            })
        })
    }

    /// What must be read before anything else.
    fn notes(&self, xml: &mut Xml) -> io::Result<()> {
        let warnings = self.about.warnings(self.release.protection());
        warnings.into_iter().try_for_each(|warning| xml.text("notes", &[("type", "warning")], warning))
    }
}

/// The list of which a keyword or a concept is one.
pub(super) const AXES: &str = "Axes du contrat local de santé";

fn collected(xml: &mut Xml, event: &str, day: Option<Date>) -> io::Result<()> {
    day.map_or(Ok(()), |day| {
        let day = day.to_string();
        xml.text("collDate", &[("event", event), ("date", &day)], &day)
    })
}
