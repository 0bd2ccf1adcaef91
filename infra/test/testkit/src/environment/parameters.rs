//! The parameters that tests deploy the template with.

use sandbox::{HOUSE, LLM_MODEL, Times, kie_creates_per_10s};

/// The name of the SSM parameter with the stack's secrets.
pub(super) const SECRETS_PARAMETER: &str = "/neurocards/test/secrets";
/// The recipient of alarms. The domain `invalid` is reserved, so no mail arrives.
const ALARM_EMAIL: &str = "operator@neurocards.invalid";

/// Returns the template's parameters as `Name=value`. Every time of the system is a parameter.
pub(super) fn parameters(times: &Times, [telegram, kie, llm]: &[String; 3]) -> Vec<String> {
    let rules = &times.rules;
    let list =
        |delays: &domain::rules::Delays| delays.0.iter().map(|delay| delay.as_secs().to_string()).collect::<Vec<_>>().join(",");
    let secs = |duration: std::time::Duration| duration.as_secs().to_string();
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    [
        ("Architecture", architecture.to_owned()),
        ("SecretsParameter", SECRETS_PARAMETER.to_owned()),
        ("TelegramApiUrl", telegram.clone()),
        ("KieApiUrl", kie.clone()),
        ("KieUploadApiUrl", kie.clone()),
        ("LlmApiUrl", llm.clone()),
        ("LlmModel", LLM_MODEL.to_owned()),
        ("TermsUrl", HOUSE[0].1.to_owned()),
        ("PrivacyUrl", HOUSE[1].1.to_owned()),
        ("SupportUrl", HOUSE[2].1.to_owned()),
        ("AlarmEmail", ALARM_EMAIL.to_owned()),
        ("KieCreatesPer10s", kie_creates_per_10s(times)),
        ("LeaseSecs", secs(rules.lease)),
        ("LookDelaysSecs", list(&rules.poll_delays)),
        ("RetryDelaysSecs", list(&rules.retry_delays)),
        ("SendDelaysSecs", list(&rules.send_delays)),
        ("CallbackWaitSecs", secs(rules.callback_wait)),
        ("GenerationDeadlineSecs", secs(rules.generation_deadline)),
        ("DeliveryDeadlineSecs", secs(rules.delivery_deadline)),
        ("WorkerTimeoutSecs", secs(times.function_timeout)),
        ("RefunderTimeoutSecs", secs(times.function_timeout)),
        ("SweeperTimeoutSecs", secs(times.function_timeout)),
        ("WebhookTimeoutSecs", secs(times.function_timeout)),
        ("CallbackTimeoutSecs", secs(times.function_timeout)),
        ("GenerateVisibilitySecs", secs(times.visibility)),
        ("SendVisibilitySecs", secs(times.visibility)),
        ("DeadVisibilitySecs", secs(times.visibility)),
    ]
    .map(|(name, value)| format!("{name}={value}"))
    .into()
}
