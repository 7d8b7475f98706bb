#include "tools/frontrow/cli/cli_cluster.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <optional>

#include "engine/base/uuid.h"
#include "tools/frontrow/cli/cli_values.h"

namespace frontrow {
namespace {

constexpr const char* kClusterHelp =
    "Show a cluster file, plan its next revision, make a secret, and check the instances.";

constexpr const char* kClusterFooter = R"(
Exit code: 0 done, 1 a fault was found or the command failed, 2 a mistake in the command line or in
the cluster file.)";

constexpr const char* kPlanFooter = R"(
Prints a table of the slots that would move. --output receives the next file, with the revision
raised by one and without comments; it may be the same file. The changes are made in this order:
--remove, --add, --weight, --unpin, --pin. This command moves no slot: slots move once all instances
are restarted with the next file. To remove an instance, give it --weight ID:0 first, and remove it
when it owns no slot.

Examples:
  frontrow cluster plan --file cluster.toml --add 3=10.0.0.3:8080,10.0.0.3:7101
  frontrow cluster plan --file cluster.toml --add 4:50=[fd00::4]:80,[fd00::4]:7101 --output next.toml
  frontrow cluster plan --file cluster.toml --weight 2:0 --output next.toml
  frontrow cluster plan --file cluster.toml --remove 2 --json plan.json
  frontrow cluster plan --file cluster.toml --weight 1:200 --pin concert:7=1 --unpin slot:17)";

constexpr const char* kClusterShowFooter = R"(
Examples:
  frontrow cluster show --file cluster.toml
  frontrow cluster show --file cluster.toml --concert 7
  frontrow cluster show --file cluster.toml --user 3f2a9c1e-0000-4000-8000-000000000001)";

constexpr const char* kStatusFooter = R"(
Prints "all is well" if every instance answers, is ready, has the slot map of the file and all of
its slots, is linked to all other instances, and has the keys with which the others sign tokens.
Otherwise it prints one line for each fault, and the exit code is 1.

Examples:
  FRONTROW_ADMIN_KEY=... frontrow cluster status --file cluster.toml
  frontrow cluster status --file cluster.toml --json status.json)";

constexpr const char* kDemoFooter = R"(
Example:
  FRONTROW_ADMIN_KEY=... frontrow cluster demo --target http://127.0.0.1:8080)";

constexpr const char* kSecretFooter = R"(
Example, for a file that only you can read, as every instance requires:
  (umask 077; frontrow cluster secret > cluster.secret))";

constexpr const char* kKeyMissing =
    "the operators' key is needed: FRONTROW_ADMIN_KEY in the environment, or --admin-key";

bool is_address_url(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  return url.starts_with(kScheme) && parse_reachable_address(url.substr(kScheme.size())).ok();
}

std::optional<std::uint32_t> parse_number(std::string_view text, std::int64_t min,
                                          std::int64_t max) {
  const auto number = parse_integer(text);
  if (!number || *number < min || *number > max) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<InstanceId> parse_instance(std::string_view text) {
  const auto id = parse_number(text, 1, kInstanceIdMax);
  return id ? std::optional(static_cast<InstanceId>(*id)) : std::nullopt;
}

// The text before and after the mark; no second part if the mark is missing.
std::pair<std::string_view, std::optional<std::string_view>> split(std::string_view text,
                                                                   char mark) {
  const std::size_t at = text.find(mark);
  if (at == text.npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

Result<ClusterInstance> parse_add(std::string_view text) {
  const auto [who, addresses] = split(text, '=');
  const auto [id_text, weight_text] = split(who, ':');
  const auto [http_text, peer_text] = split(addresses.value_or(""), ',');
  const auto id = parse_instance(id_text);
  ClusterInstance instance;
  const auto weight =
      parse_number(weight_text.value_or(std::to_string(instance.weight)), 0, kInstanceWeightMax);
  if (!id || !weight || !peer_text) {
    return Error{fmt::format(
        "--add must be ID[:WEIGHT]=HTTP,PEER with an id of 1 to {} and a weight of 0 to {}, not "
        "\"{}\"",
        kInstanceIdMax, kInstanceWeightMax, text)};
  }
  const auto http = parse_reachable_address(http_text);
  const auto peer = parse_reachable_address(*peer_text);
  if (!http.ok()) return Error{"--add: HTTP " + http.error()};
  if (!peer.ok()) return Error{"--add: PEER " + peer.error()};
  return ClusterInstance{*id, *weight, *http, *peer};
}

std::optional<PinTarget> parse_target(std::string_view text) {
  const auto [kind, number_text] = split(text, ':');
  if (kind == "concert") {
    const auto concert = parse_number(number_text.value_or(""), 1, kConcertIdMax);
    if (concert) return PinTarget::of(ConcertId{*concert});
  } else if (kind == "slot") {
    const auto slot = parse_number(number_text.value_or(""), 0, kSlotCount - 1);
    if (slot) return PinTarget::of(SlotId{static_cast<std::uint16_t>(*slot)});
  }
  return std::nullopt;
}

Result<ClusterPin> parse_pin(std::string_view text) {
  const auto [target_text, id_text] = split(text, '=');
  const auto target = parse_target(target_text);
  const auto id = parse_instance(id_text.value_or(""));
  if (!target || !id)
    return Error{fmt::format("--pin must be concert:N=ID or slot:N=ID, not \"{}\"", text)};
  return ClusterPin{*id, *target};
}

}  // namespace

struct ClusterCommandLine::Given {
  cluster::PlanArgs plan;
  cluster::ShowArgs show;
  cluster::StatusArgs status;
  cluster::DemoArgs demo;
  std::vector<std::string> remove, add, weights, unpin, pin;
  std::string concert, user;
  CLI::App* cluster = nullptr;

  void add_plan();
  void add_show();
  void add_status();
  void add_demo();
  void add_secret();
  Result<cluster::Changes> changes() const;
  Result<ClusterCommand> asked_show() const;
};

namespace {

void add_file(CLI::App& command, std::string& file) {
  command.add_option("--file", file, "The cluster file")->type_name("FILE")->required();
}

void add_admin_key(CLI::App& command, std::string& key) {
  command
      .add_option("--admin-key", key,
                  "The operators' key; safer in the environment as FRONTROW_ADMIN_KEY")
      ->type_name("KEY");
}

}  // namespace

void ClusterCommandLine::Given::add_plan() {
  CLI::App* command = cluster->add_subcommand(
      "plan", "Print which slots a change of the cluster would move, and write the next file");
  add_file(*command, plan.file);
  const auto add_list = [command](const char* flag, std::vector<std::string>& texts,
                                  const char* help, const char* type) {
    command->add_option(flag, texts, std::string(help) + ". May be given more than once")
        ->type_name(type)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  add_list("--add", add, "Add an instance; its weight is 100 by default", "ID[:WEIGHT]=HTTP,PEER");
  add_list("--remove", remove, "Remove an instance", "ID");
  add_list("--weight", weights, "Change an instance's share of the slots", "ID:WEIGHT");
  add_list("--pin", pin, "Pin a concert's slot, or a slot, to an instance",
           "concert:N=ID|slot:N=ID");
  add_list("--unpin", unpin, "Remove a pin", "concert:N|slot:N");
  command->add_option("--output", plan.output, "Write the next cluster file to this file")
      ->type_name("FILE");
  command
      ->add_option("--json", plan.json,
                   "Write the figures and the slots that move to this file as JSON")
      ->type_name("FILE");
  command->footer(kPlanFooter);
}

void ClusterCommandLine::Given::add_show() {
  CLI::App* command = cluster->add_subcommand(
      "show", "Print the instances and their slots, or the owner of a concert or a user's wallet");
  add_file(*command, show.file);
  auto* of_concert =
      command->add_option("--concert", concert, "Print the slot of this concert, and its owner");
  auto* of_user =
      command->add_option("--user", user, "Print the slot of this user's wallet, and its owner");
  of_concert->type_name("ID");
  of_user->type_name("UUID")->excludes(of_concert);
  command->footer(kClusterShowFooter);
}

void ClusterCommandLine::Given::add_status() {
  CLI::App* command = cluster->add_subcommand(
      "status", "Ask every instance for its state, and compare it with the file and the others");
  add_file(*command, status.file);
  add_admin_key(*command, status.admin_key);
  command->add_option("--json", status.json, "Write all answers to this file as JSON")
      ->type_name("FILE");
  command->footer(kStatusFooter);
}

void ClusterCommandLine::Given::add_demo() {
  CLI::App* command = cluster->add_subcommand(
      "demo", "Put the demo concert on sale, and print curl commands that buy a ticket");
  command->add_option("--target", demo.url, "URL of an instance or of a proxy, http://ADDRESS:PORT")
      ->type_name("URL")
      ->required();
  add_admin_key(*command, demo.admin_key);
  command->footer(kDemoFooter);
}

void ClusterCommandLine::Given::add_secret() {
  CLI::App* command =
      cluster->add_subcommand("secret", "Print a new secret for the instances of one cluster");
  command->footer(kSecretFooter);
}

Result<cluster::Changes> ClusterCommandLine::Given::changes() const {
  cluster::Changes changes;
  for (const std::string& text : remove) {
    const auto id = parse_instance(text);
    if (!id)
      return Error{
          fmt::format("--remove must be an id of 1 to {}, not \"{}\"", kInstanceIdMax, text)};
    changes.remove.push_back(*id);
  }
  for (const std::string& text : add) {
    auto instance = parse_add(text);
    if (!instance.ok()) return Error{instance.error()};
    changes.add.push_back(std::move(*instance));
  }
  for (const std::string& text : weights) {
    const auto [id_text, weight_text] = split(text, ':');
    const auto id = parse_instance(id_text);
    const auto weight = parse_number(weight_text.value_or(""), 0, kInstanceWeightMax);
    if (!id || !weight) {
      return Error{fmt::format("--weight must be ID:WEIGHT with a weight of 0 to {}, not \"{}\"",
                               kInstanceWeightMax, text)};
    }
    changes.weights.emplace_back(*id, *weight);
  }
  for (const std::string& text : unpin) {
    const auto target = parse_target(text);
    if (!target) return Error{fmt::format("--unpin must be concert:N or slot:N, not \"{}\"", text)};
    changes.unpin.push_back(*target);
  }
  for (const std::string& text : pin) {
    const auto parsed = parse_pin(text);
    if (!parsed.ok()) return Error{parsed.error()};
    changes.pin.push_back(*parsed);
  }
  return changes;
}

Result<ClusterCommand> ClusterCommandLine::Given::asked_show() const {
  cluster::ShowArgs args = show;
  if (!concert.empty()) {
    const auto id = parse_number(concert, 1, kConcertIdMax);
    if (!id) {
      return Error{
          fmt::format("--concert must be an id of 1 to {}, not \"{}\"", kConcertIdMax, concert)};
    }
    args.concert = ConcertId{*id};
  }
  if (!user.empty()) {
    const auto id = parse_uuid(user);
    if (!id) return Error{fmt::format("--user must be a UUID, not \"{}\"", user)};
    args.user = *id;
  }
  return ClusterCommand(args);
}

ClusterCommandLine::ClusterCommandLine(CLI::App& program) : given_(std::make_unique<Given>()) {
  Given& g = *given_;
  g.cluster = program.add_subcommand("cluster", kClusterHelp);
  g.cluster->require_subcommand(1);
  g.cluster->footer(kClusterFooter);
  g.add_plan();
  g.add_show();
  g.add_status();
  g.add_demo();
  g.add_secret();
}

ClusterCommandLine::~ClusterCommandLine() = default;

bool ClusterCommandLine::parsed() const { return given_->cluster->parsed(); }

Result<ClusterCommand> ClusterCommandLine::asked(const std::string& admin_key_env) const {
  const Given& g = *given_;
  const auto key_of = [&](const std::string& given) {
    return given.empty() ? admin_key_env : given;
  };
  if (g.cluster->got_subcommand("status")) {
    cluster::StatusArgs status = g.status;
    status.admin_key = key_of(status.admin_key);
    if (status.admin_key.empty()) return Error{kKeyMissing};
    return ClusterCommand(std::move(status));
  }
  if (g.cluster->got_subcommand("demo")) {
    cluster::DemoArgs demo = g.demo;
    demo.admin_key = key_of(demo.admin_key);
    if (demo.admin_key.empty()) return Error{kKeyMissing};
    if (!is_address_url(demo.url)) {
      return Error{fmt::format("--target must be http://ADDRESS:PORT, not \"{}\"", demo.url)};
    }
    return ClusterCommand(std::move(demo));
  }
  if (g.cluster->got_subcommand("secret")) return ClusterCommand(cluster::SecretArgs{});
  if (g.cluster->got_subcommand("show")) return g.asked_show();
  cluster::PlanArgs args = g.plan;
  auto changes = g.changes();
  if (!changes.ok()) return Error{changes.error()};
  args.changes = std::move(*changes);
  return ClusterCommand(std::move(args));
}

}  // namespace frontrow
