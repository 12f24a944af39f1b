//! The integration suite: one binary that starts the real program and talks to it as residents, programs and operators
//! do. Each module is a group of stories.

mod analyse;
mod anonymity;
mod architecture;
mod attacks;
mod attacks_by_averaging;
mod attacks_by_programme;
mod attacks_on_counters;
mod attacks_on_editions;
mod attacks_on_groups;
mod attacks_on_weights;
mod audit;
mod backup;
mod backup_of_editions;
mod bad_input;
mod command_line;
mod edited_files;
mod editions;
mod exchange;
mod faults;
mod faults_of_files;
mod faults_of_servers;
mod faults_of_verbs;
mod messy_input;
#[path = "../postgres.rs"]
mod postgres;
#[path = "../faults.rs"]
mod preload;
mod responses;
mod routes;
mod separation;
mod server;
mod two_servers;
mod unlinkability;
mod verbs;
mod waves;
