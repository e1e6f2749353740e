#include "ipe/subcommands.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <utility>

#include "ipe/admin/admin_server.h"
#include "ipe/application.h"
#include "ipe/bootstrap_file.h"
#include "ipe/config.h"
#include "ipe/credentials_check.h"
#include "ipe/credentials_file.h"
#include "ipe/explanation.h"
#include "ipe/log_events.h"
#include "ipe/models.h"
#include "ipe/service_notification.h"
#include "ipe/signal_watch.h"

namespace ipe {
tl::expected<Config, ConfigError> LoadConfig(const ConfigSources& sources) {
  std::map<std::string, std::string> flags;
  for (const std::string& set : sources.sets) {
    const std::size_t equals = set.find('=');
    if (equals == std::string::npos) {
      return tl::unexpected(ConfigError{"flag --set", "", set, "key=value"});
    }
    flags[set.substr(0, equals)] = set.substr(equals + 1);
  }
  return LoadConfig(sources.file, IpeEnvironment(), flags);
}

int Complain(const ConfigError& error) {
  fmt::print(stderr, "ipe: {}\n", error.ToString());
  return kWrongUsage;
}

int Serve(const ConfigSources& sources) {
  auto config = LoadConfig(sources);
  if (!config) return Complain(config.error());

  SignalWatch signals;  // before any thread
  const Logging logging(config->log.level, config->log.json ? LogFormat::kJson : LogFormat::kText);
  spdlog::info("event=starting version={}", IPE_VERSION);
  const std::string admin_host = config->admin.bind.substr(0, config->admin.bind.rfind(':'));
  const auto application =
      Application::Create(*std::move(config), [] { static_cast<void>(kill(getpid(), SIGHUP)); });
  if (!application) {
    spdlog::error("event=start-failed cause={}", LogValue(application.error()));
    return kFailed;
  }
  Application& service = **application;
  // Asked from outside, so that the watchdog sees what an operator sees.
  const std::string admin = fmt::format("{}:{}", admin_host, service.admin_port());
  ServiceNotification notification([admin] { return AskHealth(admin).exit_status != 2; });
  signals.Start([&service, &notification, &sources](int signal) {
    if (signal == SIGHUP) {
      if (auto changed = LoadConfig(sources)) {
        service.Reload(*std::move(changed));
      } else {
        spdlog::error("event=configuration-not-reloaded cause={} effect=\"nothing changes\"",
                      LogValue(changed.error().ToString()));
      }
      return;
    }
    spdlog::info("event=stopping signal={}", signal == SIGINT ? "SIGINT" : "SIGTERM");
    notification.Stopping();
    service.Stop();
  });
  const int status = service.Run();
  signals.Stop();  // what it calls ends before it does
  spdlog::info("event=stopped status={} log_records_dropped={}", status, Logging::dropped());
  return status;
}

int CheckConfig(const ConfigSources& sources) {
  const auto config = LoadConfig(sources);
  if (!config) return Complain(config.error());
  const std::string& credentials = config->lwm2m.credentials_file;
  auto warnings = CheckSecurityFiles(config->lwm2m);
  auto file = credentials.empty() ? CredentialsFile() : ReadCredentialsFile(credentials);
  if (!warnings || !file) {
    fmt::print(stderr, "ipe: {}\n", warnings ? file.error() : warnings.error());
    return kWrongUsage;
  }
  warnings->insert(warnings->end(), file->warnings.begin(), file->warnings.end());
  for (const std::string& warning : *warnings) fmt::print(stderr, "ipe: warning: {}\n", warning);
  if (!config->lwm2m.bootstrap_accounts_file.empty()) {
    const auto model = LoadModels(config->lwm2m.models);
    const auto accounts =
        model ? ReadBootstrapFile(config->lwm2m.bootstrap_accounts_file, *model)
              : tl::expected<BootstrapFile, std::string>(tl::unexpected(model.error()));
    if (!accounts) {
      fmt::print(stderr, "ipe: {}\n", accounts.error());
      return kWrongUsage;
    }
    for (const std::string& warning : accounts->warnings) {
      fmt::print(stderr, "ipe: warning: {}\n", warning);
    }
  }
  fmt::print("{}", ToYaml(*config));
  return kFine;
}

int Health(const ConfigSources& sources, const std::string& address) {
  std::string asked = address;
  if (asked.empty()) {
    const auto config = LoadConfig(sources);
    if (!config) return Complain(config.error());
    asked = config->admin.bind;
  }
  const HealthReport report = AskHealth(asked);
  fmt::print(report.exit_status == 0 ? stdout : stderr, "{}", report.text);
  return report.exit_status;
}

int Explain(const ConfigSources& sources, const ExplainOptions& options) {
  const auto path = lwm2m::Path::Parse(options.path.empty() ? "/" : options.path);
  if (!path || (options.offline && path->is_root())) {
    return Complain({"", "path", options.path, "an LwM2M path, such as /3/0/9"});
  }
  std::string address = options.address;
  if (address.empty() || options.offline) {
    const auto config = LoadConfig(sources);
    if (!config) return Complain(config.error());
    address = config->admin.bind;
    if (options.offline) {
      for (const SettingExplanation& setting :
           ExplainSettings(config->interworking.profile, options.endpoint, *path)) {
        fmt::print("{:<21} {:<24} {}\n", setting.name, setting.value, setting.rule);
      }
      return kFine;
    }
  }
  const HealthReport report =
      AskExplanation(address, {options.endpoint, options.path, !options.json});
  fmt::print(report.exit_status == 0 ? stdout : stderr, "{}", report.text);
  return report.exit_status;
}

}  // namespace ipe
