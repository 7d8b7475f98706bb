#include "tools/frontrow/recover/salvage_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "engine/base/calendar.h"
#include "net/json/json_writer.h"

namespace frontrow::recover {
namespace {

// Replaces non-printable bytes, which texts of RocksDB and the system may contain and JSON may not.
std::string printable(const std::string& text) {
  std::string out = text;
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  }
  return out;
}

std::string range_of(const DamagedGroups& g) {
  return g.first == g.last ? fmt::format("group {}", g.first)
                           : fmt::format("groups {} to {}", g.first, g.last);
}

std::uint64_t groups_lost(const SalvageReport& r) {
  std::uint64_t lost = 0;
  for (const DamagedGroups& g : r.groups) lost += g.replaced ? 0 : g.last - g.first + 1;
  return lost;
}

void add_json_damage(const SalvageReport& r, JsonWriter& json) {
  json.member("list_taken", printable(r.list_taken)).array("left_out");
  for (const std::string& file : r.left_out) json.value(printable(file));
  json.end_array().array("damaged_groups");
  for (const DamagedGroups& g : r.groups) {
    json.begin_object().member("first", g.first).member("last", g.last);
    json.member("what", printable(g.what)).member("replaced_by_snapshots", g.replaced).end_object();
  }
  json.end_array().array("damaged_snapshots");
  for (const DamagedSnapshot& s : r.snapshots) {
    json.begin_object().member("slot", s.slot).member("what", printable(s.what)).end_object();
  }
  json.end_array().member("snapshots_needed", r.snapshots_needed).array("doubts");
  for (const std::string& doubt : r.doubts) json.value(printable(doubt));
  json.end_array();
}

void add_json_beyond(const SalvageReport& r, JsonWriter& json) {
  json.array("cut_slots");
  for (const CutSlot& c : r.cut) {
    json.begin_object().member("slot", c.slot).member("seq", c.seq).member("next_seq", c.next_seq);
    json.member("group", c.group).member("what", printable(c.what)).end_object();
  }
  json.end_array().array("beyond");
  for (const RecordBeyond& b : r.beyond) {
    json.begin_object().member("slot", b.slot).member("seq", b.seq).member("group", b.group);
    json.member("time", b.time).array("events");
    for (const char* name : b.events) json.value(name);
    json.end_array().end_object();
  }
  json.end_array().array("misfits");
  for (const Misfit& m : r.misfits) {
    json.begin_object().member("concert", m.concert).member("payment", m.payment);
    json.member("user", m.user).member("amount", m.amount).member("what", m.what).end_object();
  }
  json.end_array().member("not_judged", r.not_judged);
}

}  // namespace

bool SalvageReport::is_whole() const {
  return doubts.empty() && !snapshots_needed && cut.empty() && beyond.empty() && misfits.empty() &&
         std::all_of(groups.begin(), groups.end(),
                     [](const DamagedGroups& g) { return g.replaced; });
}

std::string describe(const SalvageReport& r) {
  std::string text;
  const auto line = [&text]<class... Args>(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
    text += '\n';
  };
  if (r.repaired)
    line("RocksDB's own list of its files could not be used; they were taken one by one");
  if (!r.list_taken.empty())
    line("db/CURRENT names no list of files; the newest, {}, was taken", printable(r.list_taken));
  for (const std::string& file : r.left_out)
    line("left out: db/{}: RocksDB breaks down on it", printable(file));
  for (const std::string& doubt : r.doubts) line("in doubt: {}", doubt);
  for (const DamagedGroups& g : r.groups) {
    line("damaged: {}: {}{}", range_of(g), g.what,
         g.replaced ? " (nothing is lost: snapshots hold what was in them)" : "");
  }
  for (const DamagedSnapshot& s : r.snapshots) {
    line("damaged: snapshot{}: {}{}",
         s.slot ? fmt::format(" of slot {}", s.slot->value) : std::string(), s.what,
         r.snapshots_needed ? "" : " (nothing is lost: the groups are there)");
  }
  for (const CutSlot& c : r.cut) {
    line("cut: slot {} behind sequence {}: sequence {} in group {}: {}", c.slot.value, c.seq,
         c.next_seq, c.group, c.what);
  }
  for (const RecordBeyond& b : r.beyond) {
    line("beyond: slot {} sequence {} group {} {}: {}", b.slot.value, b.seq, b.group,
         to_string(b.time), fmt::join(b.events, ", "));
  }
  for (const Misfit& m : r.misfits) line("does not fit: {}; amount {}", m.what, m.amount.minor);
  if (r.not_judged > 0) {
    line(
        "not judged: {} payments or concerts with one side on another instance; verify the "
        "directories of all instances together",
        r.not_judged);
  }
  line("read       {} groups ({} to {}): {} records, {} events applied", r.groups_read,
       r.first_group, r.last_group, r.records, r.events);
  line("salvaged   {} slots, {} of them from snapshots", r.slots, r.snapshots_used);
  if (!r.copies.empty()) {
    line(
        "copies     of {} other streams are left out: `frontrow recover export` reads them from "
        "{}, "
        "and the cluster makes them again",
        r.copies.size(), r.source);
  }
  line("directory  {}", r.target);
  if (r.is_whole()) {
    line("nothing was beyond the damage");
  } else {
    line(
        "data was lost: {} groups lost, {} slots cut, {} records beyond the "
        "damage, "
        "{} payments or concerts that no longer fit",
        groups_lost(r), r.cut.size(), r.beyond.size(), r.misfits.size());
  }
  return text;
}

std::string to_json(const SalvageReport& r) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().member("source", r.source).member("target", r.target);
  json.member("whole", r.is_whole()).member("repaired", r.repaired);
  json.member("first_group", r.first_group).member("last_group", r.last_group);
  json.member("groups_read", r.groups_read).member("records", r.records);
  json.member("events", r.events).member("snapshots_used", r.snapshots_used);
  json.member("slots", r.slots);
  json.array("copies_left_out");
  for (const std::uint64_t stream : r.copies) json.value(fmt::format("{:016x}", stream));
  json.end_array();
  add_json_damage(r, json);
  add_json_beyond(r, json);
  json.end_object();
  return text;
}

}  // namespace frontrow::recover
