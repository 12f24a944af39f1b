-- What editions there are, and what became of them. Their files are in the folder of editions; here is the BLAKE3 of each one's
-- manifest, so that a changed one is known. A survey has one interim and one final edition at most.
CREATE TABLE editions (
    survey TEXT NOT NULL,
    label TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('interim', 'final')),
    made_on TEXT NOT NULL,
    manifest TEXT,
    published_on TEXT,
    withdrawn_on TEXT,
    PRIMARY KEY (survey, label),
    UNIQUE (survey, kind)
) STRICT, WITHOUT ROWID;

-- Results that were published before editions were kept: the only edition of their survey, without files.
INSERT INTO editions (survey, label, kind, made_on, manifest, published_on, withdrawn_on)
SELECT survey, 'publication', 'final', published_on, NULL, published_on, NULL FROM publications;

-- Which edition is at a survey's address.
ALTER TABLE publications ADD COLUMN label TEXT NOT NULL DEFAULT 'publication';
