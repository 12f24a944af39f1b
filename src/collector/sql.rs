//! The collector's tables and statements.

use isoloir_store::{Column, Table};

pub(crate) const SURVEYS: Table = Table::new(
    "surveys",
    &[
        Column::text("survey"),
        Column::text("version"),
        Column::bytes("token_key"),
        Column::text("questionnaire"),
        Column::flag("closed"),
    ],
);
pub(crate) const SPENT: Table = Table::new("spent", &[Column::bytes("mark"), Column::text("survey")]);
pub(crate) const INTAKE: Table = Table::new(
    "intake",
    &[Column::bytes("id"), Column::text("survey"), Column::text("version"), Column::text("answers")],
);
pub(crate) const INTAKE_MARKS: Table = Table::new("intake_marks", &[Column::bytes("mark"), Column::text("survey")]);
pub(crate) const RESPONSES: Table = Table::new(
    "responses",
    &[Column::bytes("id"), Column::text("survey"), Column::text("version"), Column::text("answers")],
);
pub(crate) const FREE_TEXTS: Table = Table::new(
    "free_texts",
    &[Column::bytes("id"), Column::text("survey"), Column::text("question"), Column::text("text")],
);
const CHANNEL_COLUMNS: &[Column] = &[Column::text("survey"), Column::text("channel"), Column::integer("responses")];
pub(crate) const CHANNELS: Table = Table { name: "channels", columns: CHANNEL_COLUMNS, key_columns: 2 };
pub(crate) const INTAKE_CHANNELS: Table = Table { name: "intake_channels", columns: CHANNEL_COLUMNS, key_columns: 2 };
pub(crate) const IMPORTS: Table = Table::new("imports", &[Column::bytes("fingerprint"), Column::text("survey")]);

/// Every table that grows with the responses.
pub(crate) static GROWING: [Table; 8] =
    [SPENT, INTAKE, INTAKE_MARKS, RESPONSES, FREE_TEXTS, CHANNELS, INTAKE_CHANNELS, IMPORTS];
/// Those that a backup holds: what waits is not mixed yet.
pub(crate) static SETTLED: [Table; 6] = [SURVEYS, SPENT, RESPONSES, FREE_TEXTS, CHANNELS, IMPORTS];
/// Those of which each batch writes every row anew.
pub(crate) static WAITING: [Table; 3] = [INTAKE, INTAKE_MARKS, INTAKE_CHANNELS];

pub(crate) const SELECT_SURVEYS: &str =
    "SELECT survey, version, token_key, questionnaire, closed FROM surveys ORDER BY survey";
pub(crate) const SELECT_CLOSED: &str = "SELECT survey FROM surveys WHERE closed";
pub(crate) const CLOSE_SURVEY: &str = "UPDATE surveys SET closed = TRUE WHERE survey = $1";
/// Reading and deleting are one statement, so that no row is read twice.
pub(crate) const TAKE_INTAKE: &str = "DELETE FROM intake RETURNING survey, version, answers";
pub(crate) const TAKE_MARKS: &str = "DELETE FROM intake_marks RETURNING survey, mark";
pub(crate) const TAKE_CHANNELS: &str = "DELETE FROM intake_channels RETURNING survey, channel, responses";
pub(crate) const ADD_TO_CHANNEL: &str = "INSERT INTO channels (survey, channel, responses) VALUES ($1, $2, $3) \
     ON CONFLICT (survey, channel) DO UPDATE SET responses = channels.responses + excluded.responses";
pub(crate) const SELECT_CHANNELS: &str = "SELECT channel, responses FROM channels WHERE survey = $1 ORDER BY channel";
pub(crate) const COUNT_MARKS: &str = "SELECT COUNT(*) FROM \
     (SELECT mark FROM spent WHERE survey = $1 UNION ALL SELECT mark FROM intake_marks WHERE survey = $1) AS marks";
pub(crate) const SELECT_SPENT: &str = "SELECT mark FROM spent WHERE survey = $1 ORDER BY mark";
pub(crate) const SELECT_RESPONSES: &str = "SELECT id, answers FROM responses WHERE survey = $1 ORDER BY id";
pub(crate) const SELECT_FREE_TEXTS: &str = "SELECT question, text FROM free_texts WHERE survey = $1";
pub(crate) const COUNT_RESPONSES: &str = "SELECT COUNT(*) FROM responses WHERE survey = $1";
