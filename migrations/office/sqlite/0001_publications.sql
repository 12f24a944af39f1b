-- A published edition: protected tables only, and the pages that were made of them. Nothing here ever changes.
CREATE TABLE publications (
    survey TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    published_on TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE artefacts (
    survey TEXT NOT NULL REFERENCES publications (survey),
    path TEXT NOT NULL,
    media_type TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (survey, path)
) STRICT, WITHOUT ROWID;
