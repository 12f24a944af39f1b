//! The collector's statements.

pub(crate) const INSERT_SURVEY: &str =
    "INSERT INTO surveys (survey, version, token_key, questionnaire, closed) VALUES ($1, $2, $3, $4, 0)";
pub(crate) const SELECT_SURVEYS: &str =
    "SELECT survey, version, token_key, questionnaire, closed FROM surveys ORDER BY survey";
pub(crate) const CLOSE_SURVEY: &str = "UPDATE surveys SET closed = 1 WHERE survey = $1";
pub(crate) const COUNT_SPENT: &str = "SELECT COUNT(*) FROM spent WHERE survey = $1";
pub(crate) const SELECT_SPENT: &str = "SELECT mark FROM spent WHERE survey = $1 ORDER BY mark";
pub(crate) const INSERT_SPENT: &str =
    "INSERT INTO spent (mark, survey) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1";
pub(crate) const INSERT_INTAKE: &str = "INSERT INTO intake (id, survey, version, answers) VALUES ($1, $2, $3, $4)";
pub(crate) const COUNT_INTAKE: &str = "SELECT survey, COUNT(*) FROM intake GROUP BY survey";
pub(crate) const SELECT_ALL_INTAKE: &str = "SELECT survey, version, answers FROM intake";
pub(crate) const DELETE_ALL_INTAKE: &str = "DELETE FROM intake";
pub(crate) const SELECT_INTAKE: &str = "SELECT version, answers FROM intake WHERE survey = $1";
pub(crate) const DELETE_INTAKE: &str = "DELETE FROM intake WHERE survey = $1";
pub(crate) const INSERT_RESPONSE: &str = "INSERT INTO responses (id, survey, version, answers) VALUES ($1, $2, $3, $4)";
pub(crate) const INSERT_FREE_TEXT: &str = "INSERT INTO free_texts (id, survey, question, text) VALUES ($1, $2, $3, $4)";
pub(crate) const SELECT_RESPONSES: &str = "SELECT id, answers FROM responses WHERE survey = $1 ORDER BY id";
pub(crate) const COUNT_RESPONSES: &str = "SELECT COUNT(*) FROM responses WHERE survey = $1";
pub(crate) const PAGE_COUNT: &str = "PRAGMA page_count";
