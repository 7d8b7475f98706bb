#include "tools/frontrow/config/cluster_file.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <system_error>

#include "tools/frontrow/config/admin_key.h"

namespace frontrow {
namespace {

constexpr std::size_t kSlotsPerLine = 12;

// Returns the system's spelling of an IPv6 address, which has many; other hosts are unchanged.
std::string plain_spelling(const std::string& host) {
  in6_addr bytes{};
  char text[INET6_ADDRSTRLEN];
  if (inet_pton(AF_INET6, host.c_str(), &bytes) != 1) return host;
  return inet_ntop(AF_INET6, &bytes, text, sizeof text);
}

std::optional<ClusterFault> fault_of_instances(const ClusterFile& file) {
  std::map<InstanceId, std::size_t> ids;
  std::map<std::string, InstanceId> addresses;
  for (std::size_t i = 0; i < file.instances.size(); ++i) {
    const ClusterInstance& instance = file.instances[i];
    const std::string key = fmt::format("instances[{}]", i);
    const auto [same, is_new] = ids.emplace(instance.id, i);
    if (!is_new) {
      return ClusterFault{key + ".id", fmt::format("must be an id of its own, not {} as that of "
                                                   "instances[{}]",
                                                   instance.id, same->second)};
    }
    for (const auto& [name, address] :
         {std::pair("http", &instance.http), std::pair("ops", &instance.operators()),
          std::pair("peer", &instance.peer)}) {
      if (address == &instance.http && std::string_view(name) == "ops") continue;
      const std::string text = format_address(*address);
      const auto [taken, free] = addresses.emplace(text, instance.id);
      if (free) continue;
      return ClusterFault{
          fmt::format("{}.{}", key, name),
          fmt::format("must be an address of its own, not {}, which is one of instance {}", text,
                      taken->second)};
    }
  }
  return std::nullopt;
}

std::optional<ClusterFault> fault_of_pins(const ClusterFile& file) {
  std::map<SlotId, const ClusterPin*> pinned;
  for (std::size_t i = 0; i < file.pins.size(); ++i) {
    const ClusterPin& pin = file.pins[i];
    const std::string key = fmt::format("pins[{}]", i);
    if (file.find(pin.instance) == nullptr) {
      return ClusterFault{key, fmt::format("puts {} on instance {}, which is not in the file",
                                           pin.target.text(), pin.instance)};
    }
    const auto [before, is_new] = pinned.emplace(pin.target.slot, &pin);
    if (is_new || before->second->instance == pin.instance) continue;
    return ClusterFault{
        key, fmt::format("puts {} on instance {}, but its slot {} is on instance {} by {}",
                         pin.target.text(), pin.instance, pin.target.slot.value,
                         before->second->instance, before->second->target.text())};
  }
  return std::nullopt;
}

Result<SlotMap> make_map(const ClusterFile& file) {
  std::vector<SlotMap::Instance> instances;
  SlotMap::Pins pins;
  for (const ClusterInstance& instance : file.instances)
    instances.push_back({instance.id, instance.weight});
  for (const ClusterPin& pin : file.pins) pins[pin.target.slot] = pin.instance;
  return SlotMap::make(file.revision, std::move(instances), pins);
}

std::string format_pins(const std::vector<ClusterPin>& pins) {
  std::string text;
  std::map<InstanceId, std::vector<std::uint16_t>> slots;
  for (const ClusterPin& pin : pins) {
    if (!pin.target.concert) {
      slots[pin.instance].push_back(pin.target.slot.value);
      continue;
    }
    text += fmt::format("\n[[pins]]\ninstance = {}\nconcert = {}  # slot {}\n", pin.instance,
                        pin.target.concert.value, pin.target.slot.value);
  }
  for (const auto& [instance, numbers] : slots) {
    text += fmt::format("\n[[pins]]\ninstance = {}\nslots = [", instance);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const char* before = i == 0 ? "" : i % kSlotsPerLine == 0 ? ",\n  " : ", ";
      text += fmt::format("{}{}", before, numbers[i]);
    }
    text += "]\n";
  }
  return text;
}

Result<std::string> secret_of(const ClusterConfig& config) {
  if (!config.secret.empty()) {
    auto secret = parse_cluster_secret(config.secret);
    return secret.ok() ? secret : Error{"FRONTROW_CLUSTER_SECRET " + secret.error()};
  }
  if (!config.secret_file.empty()) return load_cluster_secret(config.secret_file);
  return Error{
      "cluster.file is set, so cluster.secret_file (or FRONTROW_CLUSTER_SECRET) must be set, to "
      "the same secret on every instance; `frontrow cluster secret` prints a new one"};
}

}  // namespace

std::string PinTarget::text() const {
  return concert ? fmt::format("concert:{}", concert.value) : fmt::format("slot:{}", slot.value);
}

const ClusterInstance* ClusterFile::find(InstanceId id) const {
  const auto found =
      std::find_if(instances.begin(), instances.end(),
                   [id](const ClusterInstance& instance) { return instance.id == id; });
  return found == instances.end() ? nullptr : &*found;
}

Result<SlotMap> ClusterFile::slot_map() const {
  if (const auto fault = fault_of(*this)) return Error{fault->key + ' ' + fault->message};
  return make_map(*this);
}

std::optional<ClusterFault> fault_of(const ClusterFile& file) {
  if (auto fault = fault_of_instances(file)) return fault;
  if (auto fault = fault_of_pins(file)) return fault;
  const auto map = make_map(file);
  if (!map.ok()) return ClusterFault{"instances", "is refused: " + map.error()};
  return std::nullopt;
}

Result<ListenAddress> parse_reachable_address(std::string_view text) {
  auto address = parse_listen_address(text);
  if (!address.ok()) return address;
  address->host = plain_spelling(address->host);
  if (address->port == 0 || address->host == "0.0.0.0" || address->host == "::") {
    return Error{
        fmt::format("must be an address and a port that others can connect to, not \"{}\"", text)};
  }
  return address;
}

std::string format_address(const ListenAddress& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", address.host, address.port)
               : fmt::format("{}:{}", address.host, address.port);
}

Result<ClusterFile> read_cluster_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kClusterFileSizeMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad())
    return Error{fmt::format("{}: cannot be read: {}", path.string(),
                             std::generic_category().message(errno))};
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kClusterFileSizeMax)
    return Error{fmt::format("{}: is longer than {} bytes", path.string(), kClusterFileSizeMax)};
  return parse_cluster_text(text, path.string());
}

std::string format_cluster_file(const ClusterFile& file) {
  std::string text = fmt::format(
      "# The same file on every instance. `frontrow cluster show` and `frontrow cluster plan` read "
      "it.\n\nname = \"{}\"\nrevision = {}\ntls = \"{}\"\n",
      file.name, file.revision, file.tls == ClusterTls::kAuto ? "auto" : "off");
  auto instances = file.instances;
  std::sort(instances.begin(), instances.end(),
            [](const ClusterInstance& a, const ClusterInstance& b) { return a.id < b.id; });
  for (const ClusterInstance& instance : instances) {
    text += fmt::format("\n[[instances]]\nid = {}\nweight = {}\nhttp = \"{}\"\n", instance.id,
                        instance.weight, format_address(instance.http));
    if (instance.ops) text += fmt::format("ops = \"{}\"\n", format_address(*instance.ops));
    text += fmt::format("peer = \"{}\"\n", format_address(instance.peer));
  }
  auto pins = file.pins;
  std::sort(pins.begin(), pins.end());
  pins.erase(std::unique(pins.begin(), pins.end()), pins.end());
  return text + format_pins(pins);
}

Result<ClusterSetup> load_cluster(const ClusterConfig& config) {
  auto file = read_cluster_file(config.file);
  if (!file.ok()) return Error{file.error()};
  if (file->find(config.instance) == nullptr) {
    std::vector<InstanceId> ids;
    for (const ClusterInstance& instance : file->instances) ids.push_back(instance.id);
    return Error{
        fmt::format("cluster.instance must be the id of one of the instances in {} ({}), "
                    "not {}",
                    config.file, fmt::join(ids, ", "), config.instance)};
  }
  auto secret = secret_of(config);
  if (!secret.ok()) return Error{secret.error()};
  auto map = file->slot_map();
  if (!map.ok()) return Error{map.error()};
  ClusterView view{file->name, config.instance, std::move(*map)};
  return ClusterSetup{std::move(*file), std::move(view), std::move(*secret)};
}

}  // namespace frontrow
