#include "tools/frontrow/cli/cli_cluster.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <asio/ip/address.hpp>
#include <optional>

#include "engine/base/uuid.h"
#include "engine/runtime/cluster/rendezvous.h"
#include "engine/runtime/shared_log/shared_log_keys.h"
#include "tools/frontrow/cli/cli_cluster_help.h"
#include "tools/frontrow/cli/cli_values.h"
#include "tools/frontrow/config/config_values.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kWaitSecondsMax = 86'400;
constexpr std::uint32_t kQuotaMibMax = 1U << 20;

constexpr const char* kKeyMissing =
    "the operators' key is needed: FRONTROW_ADMIN_KEY in the environment, or --admin-key";
constexpr const char* kClusterMissing =
    "the name of the cluster is needed: --cluster, or FRONTROW_CLUSTER in the environment";
constexpr const char* kEtcdMissing =
    "the members of etcd are needed: --etcd, or FRONTROW_ETCD in the environment";
constexpr const char* kNameRule = "must have 1 to 48 lower-case letters, digits and '-'";

// Of a server that a client can reach: an address, not a name or a wildcard.
bool is_address_url(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return false;
  const auto address = parse_listen_address(url.substr(kScheme.size()));
  return address.ok() && address->port != 0 &&
         !asio::ip::make_address(address->host).is_unspecified();
}

void add_admin_key(CLI::App& command, std::string& key) {
  command
      .add_option("--admin-key", key,
                  "The operators' key; safer in the environment as FRONTROW_ADMIN_KEY")
      ->type_name("KEY");
}

void add_instance_name(CLI::App& command, std::string& name) {
  command.add_option("NAME", name, "The name of the instance")->required();
}

void add_target(CLI::App& command, std::string& target) {
  command.add_option("TARGET", target, "concert:N, or slot:N")->required();
}

Status check_name(const char* what, const std::string& name) {
  if (is_cluster_name(name)) return {};
  return Error{fmt::format("{} {}, not \"{}\"", what, kNameRule, name)};
}

Result<cluster::Target> target_of(const std::string& text) {
  const auto target = cluster::parse_target(text);
  if (target) return *target;
  return Error{fmt::format("TARGET must be concert:N or slot:N, not \"{}\"", text)};
}

}  // namespace

struct ClusterCommandLine::Given {
  cluster::ClusterArgs reached;  // of every command that needs etcd
  cluster::InitArgs init;
  cluster::StatusArgs status;
  cluster::ShowArgs show;
  cluster::DemoArgs demo;
  std::string name, target, concert, user;
  std::vector<std::string> imported;
  std::optional<std::uint16_t> slot;
  std::uint32_t weight = 100, copies = 2, quota_mib = 2048;
  std::uint32_t wait_seconds_move = 60, wait_seconds_drain = 3600;
  bool dry_run = false, off = false, wait = false, no_wait = false;
  CLI::App* cluster = nullptr;

  CLI::App* add_command(const char* command_name, const char* help, const char* footer);
  CLI::App* add_change(const char* command_name, const char* help, const char* footer);
  void add_etcd(CLI::App& command);
  void add_looks();
  void add_instance_changes();
  void add_slot_changes();
  void add_import();
  void add_without_etcd();
  Result<cluster::ClusterArgs> reached_with(const ClusterEnvironment& environment) const;
  Result<cluster::ShowArgs> asked_show() const;
  Result<cluster::ImportArgs> asked_import() const;
  Result<cluster::ChangeArgs> asked_change() const;
};

void ClusterCommandLine::Given::add_etcd(CLI::App& command) {
  const std::string group = "Options of the cluster";
  StoreConfig& store = reached.store;
  command.add_option("--cluster", reached.cluster, "The name of the cluster (FRONTROW_CLUSTER)")
      ->type_name("NAME")
      ->group(group);
  command
      .add_option("--etcd", store.endpoints,
                  "The members of etcd (FRONTROW_ETCD). May be given more than once")
      ->type_name("HOST:PORT[,...]")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group);
  const auto add = [&](const char* flag, std::string& value, const char* type, const char* help) {
    command.add_option(flag, value, help)->type_name(type)->group(group);
  };
  add("--etcd-ca-file", store.ca_file, "FILE",
      "PEM file of the authority that signed etcd's certificates; turns TLS on");
  add("--etcd-certificate-file", store.certificate_file, "FILE",
      "PEM file of the certificate of this client");
  add("--etcd-key-file", store.key_file, "FILE", "PEM file of its private key");
  add("--etcd-user", store.user, "NAME", "User of etcd");
  add("--etcd-password-file", store.password_file, "FILE",
      "File with the user's password; only its owner may read it");
}

CLI::App* ClusterCommandLine::Given::add_command(const char* command_name, const char* help,
                                                 const char* footer) {
  CLI::App* command = cluster->add_subcommand(command_name, help);
  command->footer(footer);
  add_etcd(*command);
  return command;
}

CLI::App* ClusterCommandLine::Given::add_change(const char* command_name, const char* help,
                                                const char* footer) {
  CLI::App* command = add_command(command_name, help, footer);
  command->add_flag("--dry-run", dry_run, "Print what would move, and change nothing");
  return command;
}

void ClusterCommandLine::Given::add_looks() {
  CLI::App* command =
      add_command("init", "Create a cluster, without instances", cluster_help::kInitFooter);
  command->add_option("--copies", init.copies, "Copies of each slot (1 to 3, default 2)")
      ->type_name("N")
      ->check(CLI::Range(1U, kCopiesMax));

  command = add_command("status", "Print the state of etcd, instances and slots, and every fault",
                        cluster_help::kStatusFooter);
  add_admin_key(*command, status.admin_key);
  command->add_option("--json", status.json, "Write all findings to this file as JSON")
      ->type_name("FILE");
  command
      ->add_option("--etcd-quota-mib", quota_mib,
                   "Quota of etcd's database, as etcd was started with (MiB, default 2048)")
      ->type_name("N")
      ->check(CLI::Range(1U, kQuotaMibMax));

  command = add_command("show", "Print the slot map, or where one concert, user or slot is",
                        cluster_help::kShowFooter);
  command->add_option("--concert", concert, "Print the slot of this concert")->type_name("ID");
  command->add_option("--user", user, "Print the slot of this user's wallet")->type_name("UUID");
  command->add_option("--slot", slot, "Print this slot")
      ->type_name("N")
      ->check(CLI::Range(0U, kSlotCount - 1));
}

void ClusterCommandLine::Given::add_instance_changes() {
  CLI::App* command =
      add_change("add", "Register an instance before it starts", cluster_help::kAddFooter);
  add_instance_name(*command, name);
  command->add_option("--weight", weight, "Its share of the slots (0 to 10000, default 100)")
      ->type_name("W")
      ->check(CLI::Range(0U, kInstanceWeightMax));

  command =
      add_change("remove", "Remove an instance that owns no slot", cluster_help::kRemoveFooter);
  add_instance_name(*command, name);

  command =
      add_change("weight", "Change an instance's share of the slots", cluster_help::kWeightFooter);
  add_instance_name(*command, name);
  command->add_option("W", weight, "0 to 10000")
      ->required()
      ->check(CLI::Range(0U, kInstanceWeightMax));

  command = add_change("drain", "Let an instance give all its slots to the others",
                       cluster_help::kDrainFooter);
  add_instance_name(*command, name);
  auto* to_end = command->add_flag("--off", off, "The instance may own slots again");
  command->add_flag("--wait", wait, "Wait until it owns no slot")->excludes(to_end);
  command
      ->add_option("--wait-seconds", wait_seconds_drain, "At most so long (seconds, default 3600)")
      ->type_name("N")
      ->check(CLI::Range(1U, kWaitSecondsMax));
}

void ClusterCommandLine::Given::add_slot_changes() {
  CLI::App* command = add_change("pin", "Pin a concert's slot, or a slot, to an instance",
                                 cluster_help::kPinFooter);
  add_target(*command, target);
  add_instance_name(*command, name);

  command = add_change("unpin", "Remove a pin", cluster_help::kUnpinFooter);
  add_target(*command, target);

  command = add_change("move", "Pin a slot to an instance, and wait until it is there",
                       cluster_help::kMoveFooter);
  add_target(*command, target);
  add_instance_name(*command, name);
  command->add_flag("--no-wait", no_wait, "Do not wait");
  command->add_option("--wait-seconds", wait_seconds_move, "At most so long (seconds, default 60)")
      ->type_name("N")
      ->check(CLI::Range(1U, kWaitSecondsMax));

  command =
      add_change("copies", "Change the number of copies of each slot", cluster_help::kCopiesFooter);
  command->add_option("N", copies, "1 to 3")->required()->check(CLI::Range(1U, kCopiesMax));
}

void ClusterCommandLine::Given::add_import() {
  CLI::App* command = add_change(
      "import", "Make the data directories of a stopped server the first ones of a new cluster",
      cluster_help::kImportFooter);
  command
      ->add_option("--instance", name,
                   "The name in the cluster of a single instance, with --data-dir DIR")
      ->type_name("NAME");
  command
      ->add_option("--data-dir", imported,
                   "A data directory, with its instance's name in the cluster. May be given more "
                   "than once")
      ->type_name("NAME=DIR")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->required();
}

void ClusterCommandLine::Given::add_without_etcd() {
  CLI::App* command = cluster->add_subcommand(
      "demo", "Put the demo concert on sale, and print curl commands that buy a ticket");
  command->add_option("--target", demo.url, "URL of an instance or of a proxy, http://ADDRESS:PORT")
      ->type_name("URL")
      ->required();
  add_admin_key(*command, demo.admin_key);
  command->footer(cluster_help::kDemoFooter);

  command =
      cluster->add_subcommand("secret", "Print a new secret for the instances of one cluster");
  command->footer(cluster_help::kSecretFooter);
}

Result<cluster::ClusterArgs> ClusterCommandLine::Given::reached_with(
    const ClusterEnvironment& environment) const {
  cluster::ClusterArgs args = reached;
  if (args.cluster.empty()) args.cluster = environment.cluster;
  if (args.cluster.empty()) return Error{kClusterMissing};
  if (Status checked = check_name("--cluster", args.cluster); !checked.ok())
    return Error{checked.error()};
  if (args.store.endpoints.empty() && !environment.etcd.empty())
    args.store.endpoints = {environment.etcd};
  if (args.store.endpoints.empty()) return Error{kEtcdMissing};
  return args;
}

Result<cluster::ShowArgs> ClusterCommandLine::Given::asked_show() const {
  cluster::ShowArgs args = show;
  if ((concert.empty() ? 0 : 1) + (user.empty() ? 0 : 1) + (slot ? 1 : 0) > 1)
    return Error{"--concert, --user and --slot exclude each other"};
  if (!concert.empty()) {
    const auto id = parse_integer(concert);
    if (!id || *id < 1 || *id > kConcertIdMax) {
      return Error{
          fmt::format("--concert must be an id of 1 to {}, not \"{}\"", kConcertIdMax, concert)};
    }
    args.concert = ConcertId{static_cast<std::uint32_t>(*id)};
  }
  if (!user.empty()) {
    const auto id = parse_uuid(user);
    if (!id) return Error{fmt::format("--user must be a UUID, not \"{}\"", user)};
    args.user = *id;
  }
  if (slot) args.slot = SlotId{*slot};
  return args;
}

Result<cluster::ImportArgs> ClusterCommandLine::Given::asked_import() const {
  cluster::ImportArgs args;
  args.dry_run = dry_run;
  if (!name.empty()) {
    if (Status checked = check_name("--instance", name); !checked.ok())
      return Error{checked.error()};
    if (imported.size() > 1)
      return Error{"--instance is for one --data-dir; give several as --data-dir NAME=DIR"};
    args.directories.push_back({name, imported.front()});
    return args;
  }
  for (const std::string& each : imported) {
    const std::size_t sign = each.find('=');
    const bool is_whole = sign != std::string::npos && sign + 1 < each.size();
    if (!is_whole || !is_cluster_name(each.substr(0, sign))) {
      return Error{fmt::format(
          "--data-dir must be NAME=DIR, or DIR with --instance NAME, not \"{}\"; NAME {}", each,
          kNameRule)};
    }
    args.directories.push_back({each.substr(0, sign), each.substr(sign + 1)});
  }
  return args;
}

Result<cluster::ChangeArgs> ClusterCommandLine::Given::asked_change() const {
  cluster::ChangeArgs args;
  args.dry_run = dry_run;
  const auto is = [this](const char* command) { return cluster->got_subcommand(command); };
  const auto needs_name = {"add", "remove", "weight", "drain", "pin", "move"};
  if (std::ranges::any_of(needs_name, is)) {
    if (Status checked = check_name("NAME", name); !checked.ok()) return Error{checked.error()};
  }
  cluster::Target slot_target;
  if (is("pin") || is("unpin") || is("move")) {
    const auto parsed = target_of(target);
    if (!parsed.ok()) return Error{parsed.error()};
    slot_target = *parsed;
  }
  if (is("add")) args.request = cluster::AddInstance{name, weight};
  if (is("remove")) args.request = cluster::RemoveInstance{name};
  if (is("weight")) args.request = cluster::SetWeight{name, weight};
  if (is("drain")) args.request = cluster::DrainInstance{name, !off};
  if (is("copies")) args.request = cluster::SetCopies{copies};
  if (is("pin") || is("move")) args.request = cluster::PinSlot{slot_target, name};
  if (is("unpin")) args.request = cluster::UnpinSlot{slot_target};
  if (is("move") && !no_wait) args.wait_seconds = wait_seconds_move;
  if (is("drain") && wait) args.wait_seconds = wait_seconds_drain;
  return args;
}

ClusterCommandLine::ClusterCommandLine(CLI::App& program) : given_(std::make_unique<Given>()) {
  Given& g = *given_;
  g.cluster = program.add_subcommand("cluster", cluster_help::kCluster);
  g.cluster->require_subcommand(1);
  g.cluster->footer(cluster_help::kClusterFooter);
  g.add_looks();
  g.add_instance_changes();
  g.add_slot_changes();
  g.add_import();
  g.add_without_etcd();
}

ClusterCommandLine::~ClusterCommandLine() = default;

bool ClusterCommandLine::parsed() const { return given_->cluster->parsed(); }

Result<ClusterCommand> ClusterCommandLine::asked(const ClusterEnvironment& environment) const {
  const Given& g = *given_;
  const auto is = [&g](const char* command) { return g.cluster->got_subcommand(command); };
  const auto key_of = [&](const std::string& given) {
    return given.empty() ? environment.admin_key : given;
  };
  if (is("secret")) return ClusterCommand(cluster::SecretArgs{});
  if (is("demo")) {
    cluster::DemoArgs demo = g.demo;
    demo.admin_key = key_of(demo.admin_key);
    if (demo.admin_key.empty()) return Error{kKeyMissing};
    if (!is_address_url(demo.url))
      return Error{fmt::format("--target must be http://ADDRESS:PORT, not \"{}\"", demo.url)};
    return ClusterCommand(std::move(demo));
  }
  const auto reached = g.reached_with(environment);
  if (!reached.ok()) return Error{reached.error()};
  const auto with_cluster = [&](auto args) {
    args.cluster = *reached;
    return ClusterCommand(std::move(args));
  };
  if (is("init")) return with_cluster(g.init);
  if (is("status")) {
    cluster::StatusArgs status = g.status;
    status.admin_key = key_of(status.admin_key);
    status.quota_bytes = std::uint64_t{g.quota_mib} << 20;
    return with_cluster(std::move(status));
  }
  if (is("import")) {
    const auto args = g.asked_import();
    if (!args.ok()) return Error{args.error()};
    return with_cluster(*args);
  }
  if (is("show")) {
    const auto args = g.asked_show();
    if (!args.ok()) return Error{args.error()};
    return with_cluster(*args);
  }
  const auto args = g.asked_change();
  if (!args.ok()) return Error{args.error()};
  return with_cluster(*args);
}

}  // namespace frontrow
