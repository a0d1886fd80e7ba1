//! Options of the program around the test: outputs, reports, logs.
//!
//! They come from flags, variables and the config file; a script cannot set them.

use serde_json::Value;

use super::reader::{Reader, known_key};

/// What a config file may set beside the options of the test.
const FIELDS: &[&str] = &[
    "out",
    "collectors",
    "linger",
    "noUsageReport",
    "noThresholds",
    "summaryMode",
    "summaryExport",
    "newMachineReadableSummary",
    "webDashboard",
];

/// What a level says about outputs and reports; `None` is "does not say".
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RunOptions {
    /// Outputs such as `json=out.json`, in order.
    pub out: Option<Vec<String>>,
    /// Keeps the process alive after the test.
    pub linger: Option<bool>,
    /// Sends no usage statistics; stampede never sends any.
    pub no_usage_report: Option<bool>,
    /// Ignores thresholds.
    pub no_thresholds: Option<bool>,
    /// `compact`, `full` or `disabled`.
    pub summary_mode: Option<String>,
    /// File that gets the summary as JSON.
    pub summary_export: Option<String>,
    /// Writes the newer form of the summary's JSON.
    pub new_machine_readable_summary: Option<bool>,
    /// Shows the environment of the process to the script.
    pub include_system_env_vars: Option<bool>,
    /// `extended` or `base`.
    pub compatibility_mode: Option<String>,
    /// `js` or `archive`: what the argument is, whatever it looks like.
    pub test_type: Option<String>,
    /// Where traces go.
    pub traces_output: Option<String>,
    /// Prints no colours.
    pub no_color: Option<bool>,
    /// Where the log goes: `stderr`, `stdout`, `none`, `file=PATH`.
    pub log_output: Option<String>,
    /// Form of the log: `text`, `json` or `raw`.
    pub log_format: Option<String>,
    /// Path of the config file.
    pub config: Option<String>,
    /// Address of the control API; empty for none.
    pub address: Option<String>,
}

impl RunOptions {
    /// Reads one key of a config file; false if there is no such key.
    pub(super) fn read_field(&mut self, key: &str, value: &Value, r: &mut Reader) -> bool {
        let Some(field) = known_key(key, FIELDS) else {
            return false;
        };
        match field {
            "out" => self.out = r.texts(field, value),
            "linger" => self.linger = r.boolean(field, value),
            "noUsageReport" => self.no_usage_report = r.boolean(field, value),
            "noThresholds" => self.no_thresholds = r.boolean(field, value),
            "summaryMode" => self.summary_mode = r.text(field, value),
            "summaryExport" => self.summary_export = r.text(field, value),
            "newMachineReadableSummary" => {
                self.new_machine_readable_summary = r.boolean(field, value);
            }
            // Settings of single outputs and of a cloud service have no effect here.
            _ => {}
        }
        true
    }

    /// Joins two levels: what `higher` says counts.
    #[must_use]
    pub fn overridden_by(self, higher: Self) -> Self {
        Self {
            out: higher.out.or(self.out),
            linger: higher.linger.or(self.linger),
            no_usage_report: higher.no_usage_report.or(self.no_usage_report),
            no_thresholds: higher.no_thresholds.or(self.no_thresholds),
            summary_mode: higher.summary_mode.or(self.summary_mode),
            summary_export: higher.summary_export.or(self.summary_export),
            new_machine_readable_summary: higher
                .new_machine_readable_summary
                .or(self.new_machine_readable_summary),
            include_system_env_vars: higher
                .include_system_env_vars
                .or(self.include_system_env_vars),
            compatibility_mode: higher.compatibility_mode.or(self.compatibility_mode),
            test_type: higher.test_type.or(self.test_type),
            traces_output: higher.traces_output.or(self.traces_output),
            no_color: higher.no_color.or(self.no_color),
            log_output: higher.log_output.or(self.log_output),
            log_format: higher.log_format.or(self.log_format),
            config: higher.config.or(self.config),
            address: higher.address.or(self.address),
        }
    }
}
