#include "tools/frontrow/cluster/show.h"

#include <fmt/format.h>

#include <cstdio>

#include "engine/base/uuid.h"
#include "tools/frontrow/cluster/plan.h"
#include "tools/frontrow/config/admin_key.h"

namespace frontrow::cluster {

std::string overview_text(const ClusterFile& file, const SlotMap& map) {
  std::string text =
      fmt::format("cluster   {}\nrevision  {}\nmap hash  {}\ntls       {}\n", file.name,
                  file.revision, hash_text(map), file.tls == ClusterTls::kAuto ? "auto" : "off");
  text += fmt::format("concerts  listed by instance {} (slot {})\n\n",
                      map.owner(slot_of_directory()), slot_of_directory().value);
  text += fmt::format("{:>8}  {:>6}  {:>5}  {:>7}  {:<21}  {}\n", "instance", "weight", "slots",
                      "share", "http", "peer");
  for (const SlotMap::Instance& entry : map.instances()) {
    const ClusterInstance& instance = *file.find(entry.id);
    const std::size_t slots = map.slots_of(entry.id);
    const double share = 100 * static_cast<double>(slots) / kSlotCount;
    text += fmt::format("{:>8}  {:>6}  {:>5}  {:>5.1f} %  {:<21}  {}\n", entry.id, entry.weight,
                        slots, share, format_address(instance.http), format_address(instance.peer));
  }
  if (file.pins.empty()) return text;
  text += fmt::format("\n{:<16}  {:>5}  {:>8}\n", "pinned", "slot", "instance");
  for (const ClusterPin& pin : file.pins)
    text += fmt::format("{:<16}  {:>5}  {:>8}\n", pin.target.text(), pin.target.slot.value,
                        pin.instance);
  return text;
}

std::string whereabouts_text(const ClusterFile& file, const SlotMap& map, const std::string& what,
                             SlotId slot) {
  const ClusterInstance& owner = *file.find(map.owner(slot));
  return fmt::format("{}: slot {}, instance {} (http {}, peer {})\n", what, slot.value, owner.id,
                     format_address(owner.http), format_address(owner.peer));
}

int show(const ShowArgs& args) {
  const auto file = read_cluster_file(args.file);
  const auto map = file.ok() ? (*file).slot_map() : Result<SlotMap>(Error{file.error()});
  if (!map.ok()) {
    std::fputs(fmt::format("frontrow: {}\n", map.error()).c_str(), stderr);
    return 2;
  }
  std::string text;
  if (args.concert) {
    text = whereabouts_text(*file, *map, fmt::format("concert {}", args.concert.value),
                            slot_of_concert(args.concert));
  } else if (!args.user.is_nil()) {
    text = whereabouts_text(*file, *map, "user " + to_string(args.user), slot_of_user(args.user));
  } else {
    text = overview_text(*file, *map);
  }
  std::fputs(text.c_str(), stdout);
  return 0;
}

int secret(const SecretArgs&) {
  const auto text = new_cluster_secret();
  if (!text.ok()) {
    std::fputs(fmt::format("frontrow: {}\n", text.error()).c_str(), stderr);
    return 1;
  }
  std::fputs((*text).c_str(), stdout);
  return 0;
}

}  // namespace frontrow::cluster
