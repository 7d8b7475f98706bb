// The text of the slot map; the format is in cluster_map.h.
#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <utility>

#include "engine/runtime/membership/cluster_map.h"
#include "engine/runtime/shared_log/text_line.h"

namespace frontrow {
namespace {

constexpr std::size_t kSlotsPerLine = 64;
constexpr std::size_t kIdDigits = 3;
static_assert(kSlotCount % kSlotsPerLine == 0);

void append_id(std::string& out, InstanceId id) {
  out += static_cast<char>('0' + id / 100);
  out += static_cast<char>('0' + id / 10 % 10);
  out += static_cast<char>('0' + id % 10);
}

std::optional<InstanceId> id_at(std::string_view digits, std::size_t at) {
  unsigned id = 0;
  for (const char c : digits.substr(at * kIdDigits, kIdDigits)) {
    if (!is_digit(c)) return std::nullopt;
    id = id * 10 + static_cast<unsigned>(c - '0');
  }
  return static_cast<InstanceId>(id);
}

void append_stamp(std::string& out, const MapStamp& stamp) {
  fmt::format_to(std::back_inserter(out), "revision={} author={} writer={:016x} change={}",
                 stamp.revision, stamp.author, stamp.writer, stamp.change);
}

void append_slots(std::string& out, const ClusterMap& map, std::size_t from) {
  fmt::format_to(std::back_inserter(out), "slots from={} owners=", from);
  for (std::size_t slot = from; slot < from + kSlotsPerLine; ++slot)
    append_id(out, map.places[slot].owner);
  out += " followers=";
  for (std::size_t slot = from; slot < from + kSlotsPerLine; ++slot) {
    for (std::size_t i = 0; i + 1 < map.copies; ++i) append_id(out, map.places[slot].followers[i]);
  }
  out += '\n';
}

template <class T>
bool take(std::string_view& line, std::string_view name, T& value) {
  const auto field = take_field(line, name);
  const auto number = field ? parse_number<T>(*field) : std::nullopt;
  if (number) value = *number;
  return number.has_value();
}

bool take_stamp(std::string_view& line, MapStamp& stamp) {
  if (!take(line, "revision", stamp.revision)) return false;
  const auto author = take_field(line, "author");
  const auto writer = take_hex(line, "writer");
  if (!author || !writer || !take(line, "change", stamp.change)) return false;
  stamp.author = *author;
  stamp.writer = *writer;
  return true;
}

bool take_instance(std::string_view line, ClusterMap& map) {
  MapInstance instance;
  if (!take(line, "id", instance.id)) return false;
  const auto name = take_field(line, "name");
  std::uint32_t draining = 0;
  if (!name || !take(line, "weight", instance.weight) || !take(line, "draining", draining))
    return false;
  const auto stream = take_hex(line, "stream");
  if (!stream) return false;
  instance.stream = *stream;
  instance.name = *name;
  instance.is_draining = draining != 0;
  map.instances.push_back(std::move(instance));
  return true;
}

bool take_pin(std::string_view line, ClusterMap& map) {
  SlotId slot;
  InstanceId id = 0;
  if (!take(line, "slot", slot.value) || !take(line, "instance", id)) return false;
  return map.pins.emplace(slot, id).second;
}

bool take_taken(std::string_view line, ClusterMap& map) {
  SlotId slot;
  StreamEnd end;
  if (!take(line, "slot", slot.value)) return false;
  const auto stream = take_hex(line, "stream");
  if (!stream || !take(line, "group", end.group)) return false;
  end.stream = *stream;
  return map.taken.emplace(slot, end).second;
}

// One line of the table, for the slots from `from` on.
bool take_slots(std::string_view line, std::size_t from, ClusterMap& map) {
  std::size_t named = 0;
  if (!take(line, "from", named) || named != from || from >= kSlotCount) return false;
  const auto owners = take_field(line, "owners");
  const auto followers = take_field(line, "followers");
  const std::size_t per_slot = map.copies - 1;
  if (!owners || owners->size() != kSlotsPerLine * kIdDigits || !followers ||
      followers->size() != kSlotsPerLine * kIdDigits * per_slot) {
    return false;
  }
  for (std::size_t i = 0; i < kSlotsPerLine; ++i) {
    SlotPlace& place = map.places[from + i];
    const auto owner = id_at(*owners, i);
    if (!owner) return false;
    place.owner = *owner;
    for (std::size_t j = 0; j < per_slot; ++j) {
      const auto follower = id_at(*followers, i * per_slot + j);
      if (!follower) return false;
      place.followers[j] = *follower;
    }
  }
  return true;
}

bool take_header(std::string_view line, ClusterMap& map) {
  return take_stamp(line, map.history.latest) && take(line, "forgotten", map.history.forgotten) &&
         take(line, "copies", map.copies) && take(line, "ids", map.ids_used) && map.copies >= 1 &&
         map.copies <= kCopiesMax;
}

// Takes the line that follows `slots` slots of the table.
bool take_map_line(std::string_view line, ClusterMap& map, std::size_t& slots) {
  const auto starts = [&](std::string_view word) {
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    return true;
  };
  if (starts("earlier ")) return take_stamp(line, map.history.earlier.emplace_back());
  if (starts("instance ")) return take_instance(line, map);
  if (starts("pin ")) return take_pin(line, map);
  if (starts("taken ")) return take_taken(line, map);
  if (!starts("slots ") || !take_slots(line, slots, map)) return false;
  slots += kSlotsPerLine;
  return true;
}

}  // namespace

std::string encode_cluster_map(const ClusterMap& map) {
  std::string out;
  out.reserve(std::size_t{48} << 10);
  out += "v1 ";
  append_stamp(out, map.history.latest);
  fmt::format_to(std::back_inserter(out), " forgotten={} copies={} ids={}\n", map.history.forgotten,
                 map.copies, map.ids_used);
  for (const MapStamp& stamp : map.history.earlier) {
    out += "earlier ";
    append_stamp(out, stamp);
    out += '\n';
  }
  for (const MapInstance& instance : map.instances) {
    fmt::format_to(std::back_inserter(out),
                   "instance id={} name={} weight={} draining={} stream={:016x}\n", instance.id,
                   instance.name, instance.weight, instance.is_draining ? 1 : 0, instance.stream);
  }
  for (const auto& [slot, id] : map.pins)
    fmt::format_to(std::back_inserter(out), "pin slot={} instance={}\n", slot.value, id);
  for (const auto& [slot, end] : map.taken) {
    fmt::format_to(std::back_inserter(out), "taken slot={} stream={:016x} group={}\n", slot.value,
                   end.stream, end.group);
  }
  for (std::size_t from = 0; from < kSlotCount; from += kSlotsPerLine) append_slots(out, map, from);
  return out;
}

Result<ClusterMap> decode_cluster_map(std::string_view text) {
  if (text.size() > kClusterMapTextMax)
    return Error{fmt::format("not a slot map: it has {} bytes", text.size())};
  ClusterMap map;
  std::size_t slots = 0;
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    ++number;
    const bool taken = number == 1 ? line.starts_with("v1 ") && take_header(line.substr(3), map)
                                   : take_map_line(line, map, slots);
    if (!taken) {
      return Error{fmt::format("not a slot map: line {} is \"{}\"", number, line.substr(0, 200))};
    }
  }
  if (slots != kSlotCount) {
    return Error{fmt::format("not a slot map: it ends at line {}, before slot {}", number, slots)};
  }
  if (std::string fault = fault_of(map); !fault.empty())
    return Error{fmt::format("not a slot map: {}", fault)};
  // Each map has one text: another order of lines, a sign, or a leading zero differs here.
  if (encode_cluster_map(map) != text)
    return Error{"not a slot map: it is not written as this program writes it"};
  return map;
}

}  // namespace frontrow
