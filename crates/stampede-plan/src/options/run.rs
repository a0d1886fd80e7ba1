//! Options of the program around the test: outputs, reports, logs.
//!
//! They come from flags, variables and the config file; a script cannot set them.

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
    /// Prints no summary at the end.
    pub no_summary: Option<bool>,
    /// `compact`, `full`, `legacy` or `disabled`.
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
