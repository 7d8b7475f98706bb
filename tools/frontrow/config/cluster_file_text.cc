// The parser of the cluster's file.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "tools/frontrow/common/suggest.h"
#include "tools/frontrow/config/cluster_file.h"

namespace frontrow {
namespace {

// The node's value as shown in an error.
std::string found(const toml::node& node) {
  if (const auto* text = node.as_string()) return fmt::format("\"{}\"", text->get());
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (node.is_table()) return "a table";
  if (node.is_array()) return "a list";
  return node.is_floating_point() ? "a fraction" : "a date or a time";
}

template <class T>
Status take_integer(const toml::node& node, std::int64_t min, std::int64_t max, T& to) {
  const auto* number = node.as_integer();
  if (number == nullptr || number->get() < min || number->get() > max)
    return Error{fmt::format("must be an integer from {} to {}, not {}", min, max, found(node))};
  to = static_cast<T>(number->get());
  return {};
}

Status take_name(const toml::node& node, std::string& to) {
  const auto* text = node.as_string();
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (text == nullptr || text->get().empty() || text->get().size() > kClusterNameSizeMax ||
      !std::all_of(text->get().begin(), text->get().end(), allowed)) {
    return Error{fmt::format("must be 1 to {} of A-Z a-z 0-9 - _ . in quotes, not {}",
                             kClusterNameSizeMax, found(node))};
  }
  to = text->get();
  return {};
}

Status take_tls(const toml::node& node, ClusterTls& to) {
  const auto* text = node.as_string();
  if (text == nullptr || (text->get() != "auto" && text->get() != "off"))
    return Error{fmt::format("must be \"auto\" or \"off\", not {}", found(node))};
  to = text->get() == "auto" ? ClusterTls::kAuto : ClusterTls::kOff;
  return {};
}

Status take_address(const toml::node& node, ListenAddress& to) {
  const auto* text = node.as_string();
  if (text == nullptr) {
    return Error{
        fmt::format("must be \"ADDRESS:PORT\" such as \"10.0.0.1:7101\", not {}", found(node))};
  }
  auto address = parse_reachable_address(text->get());
  if (!address.ok()) return Error{address.error()};
  to = std::move(*address);
  return {};
}

struct Key {
  std::string_view name;
  bool required;
  std::function<Status(const toml::node&)> take;
  bool is_list = false;  // of tables: errors in them name their own keys and lines
};

class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  Result<ClusterFile> read(const toml::table& root) {
    const Status status = read_table(
        root, "", 1,
        {{"name", true, [this](const auto& node) { return take_name(node, file_.name); }},
         {"revision", true,
          [this](const auto& node) {
            return take_integer(node, 1, kClusterRevisionMax, file_.revision);
          }},
         {"tls", false, [this](const auto& node) { return take_tls(node, file_.tls); }},
         {"instances", true,
          [this](const auto& node) { return read_list(node, "instances", &Reader::instance); },
          true},
         {"pins", false, [this](const auto& node) { return read_list(node, "pins", &Reader::pin); },
          true}});
    if (!status.ok()) return Error{status.error()};
    if (const auto fault = fault_of(file_)) return place(*fault);
    return std::move(file_);
  }

 private:
  using ReadEntry = Status (Reader::*)(const toml::table&, const std::string&);

  Error error(std::uint32_t line, const ClusterFault& fault) const {
    return {fmt::format("{}:{}: {} {}", name_, line, fault.key, fault.message)};
  }

  Status take(const Key& key, const std::string& path, std::uint32_t line, const toml::node& node) {
    lines_[path] = line;
    Status status = key.take(node);
    if (status.ok() || key.is_list) return status;
    return error(line, {path, status.error()});
  }

  Error unknown_key(std::uint32_t line, const std::string& path, std::string_view name,
                    const std::vector<Key>& keys) const {
    std::vector<std::string> known;
    for (const Key& key : keys) known.emplace_back(key.name);
    return {fmt::format("{}:{}: unknown key {}{}", name_, line, path, suggestion(name, known))};
  }

  // Reads in the order of the file, so that the first fault is reported; toml++ sorts by name.
  Status read_table(const toml::table& table, const std::string& prefix, std::uint32_t line,
                    const std::vector<Key>& keys) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, toml::table::const_iterator> entries;
    for (auto it = table.begin(); it != table.end(); ++it) {
      const auto& begin = it->first.source().begin;
      entries.emplace(std::pair(begin.line, begin.column), it);
    }
    for (const auto& [position, entry] : entries) {
      const std::string_view name = entry->first.str();
      const std::string path = prefix + std::string(name);
      const auto key =
          std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == name; });
      if (key == keys.end()) return unknown_key(position.first, path, name, keys);
      if (Status status = take(*key, path, position.first, entry->second); !status.ok())
        return status;
    }
    for (const Key& key : keys) {
      if (key.required && !table.contains(key.name))
        return error(line, {prefix + std::string(key.name), "is missing"});
    }
    return {};
  }

  Status read_list(const toml::node& node, const std::string& name, ReadEntry entry) {
    const toml::array* list = node.as_array();
    if (list == nullptr)
      return error(lines_[name], {name, fmt::format("must be [[{}]], not {}", name, found(node))});
    for (std::size_t i = 0; i < list->size(); ++i) {
      const toml::node& one = *list->get(i);
      const std::string path = fmt::format("{}[{}]", name, i);
      lines_[path] = one.source().begin.line;
      if (!one.is_table()) return error(lines_[path], {path, "must be a table, not " + found(one)});
      if (Status status = (this->*entry)(*one.as_table(), path); !status.ok()) return status;
    }
    return {};
  }

  Status instance(const toml::table& table, const std::string& path) {
    ClusterInstance& i = file_.instances.emplace_back();
    return read_table(
        table, path + '.', lines_[path],
        {{"id", true,
          [&i](const auto& node) { return take_integer(node, 1, kInstanceIdMax, i.id); }},
         {"weight", false,
          [&i](const auto& node) { return take_integer(node, 0, kInstanceWeightMax, i.weight); }},
         {"http", true, [&i](const auto& node) { return take_address(node, i.http); }},
         {"ops", false, [&i](const auto& node) { return take_address(node, i.ops.emplace()); }},
         {"peer", true, [&i](const auto& node) { return take_address(node, i.peer); }}});
  }

  Status pin(const toml::table& table, const std::string& path) {
    InstanceId instance = 0;
    std::vector<PinTarget> targets;
    int ways = 0;
    const auto take_slot = [&targets](const toml::node& node) {
      std::uint16_t slot = 0;
      Status status = take_integer(node, 0, kSlotCount - 1, slot);
      targets.push_back(PinTarget::of(SlotId{slot}));
      return status;
    };
    const auto take_slots = [&](const toml::node& node) -> Status {
      ++ways;
      if (!node.is_array()) return Error{"must be a list of slots, not " + found(node)};
      for (const toml::node& one : *node.as_array()) {
        if (Status status = take_slot(one); !status.ok())
          return Error{"must be a list of slots; each " + status.error()};
      }
      return {};
    };
    const auto take_concert = [&](const toml::node& node) {
      ++ways;
      std::uint32_t concert = 0;
      Status status = take_integer(node, 1, kConcertIdMax, concert);
      targets.push_back(PinTarget::of(ConcertId{concert}));
      return status;
    };
    Status status = read_table(
        table, path + '.', lines_[path],
        {{"instance", true,
          [&](const auto& node) { return take_integer(node, 1, kInstanceIdMax, instance); }},
         {"concert", false, take_concert},
         {"slot", false,
          [&](const auto& node) {
            ++ways;
            return take_slot(node);
          }},
         {"slots", false, take_slots}});
    if (!status.ok()) return status;
    if (ways != 1)
      return error(lines_[path],
                   {path, "must have one of concert, slot and slots beside instance"});
    for (const PinTarget& target : targets) {
      pin_paths_.push_back(path);
      file_.pins.push_back({instance, target});
    }
    return {};
  }

  // Adds the line to a fault of the whole file. One table of the file can be many pins.
  Error place(ClusterFault fault) {
    if (fault.key.starts_with("pins[")) fault.key = pin_paths_[std::stoul(fault.key.substr(5))];
    return error(lines_[fault.key], fault);
  }

  std::string_view name_;
  ClusterFile file_;
  std::map<std::string, std::uint32_t> lines_;
  std::vector<std::string> pin_paths_;
};

}  // namespace

Result<ClusterFile> parse_cluster_text(std::string_view text, std::string_view name) {
  try {
    return Reader(name).read(toml::parse(text, name));
  } catch (const toml::parse_error& error) {
    return Error{fmt::format("{}:{}: {}", name, error.source().begin.line, error.description())};
  }
}

}  // namespace frontrow
