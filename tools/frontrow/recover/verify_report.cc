#include "tools/frontrow/recover/verify_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/base/calendar.h"
#include "net/json/json_writer.h"

namespace frontrow::recover {
namespace {

// Limits the lines of one kind, for readability; JSON has all of them.
constexpr std::size_t kLinesMax = 20;

const char* text_of(CheckResult result) {
  static constexpr const char* kTexts[] = {"ok", "FAILED", "skipped"};
  return kTexts[static_cast<std::size_t>(result)];
}

std::string run_of(std::uint64_t first, std::uint64_t last, const char* one, const char* many) {
  if (first == last) return fmt::format("{} {}", one, first);
  return fmt::format("{} {} to {}", many, first, last);
}

std::string line_of(const LostRecords& lost) {
  return fmt::format("slot {}: {} lost, between group {} and group {}{}", lost.slot,
                     run_of(lost.from_seq, lost.to_seq, "sequence", "sequences"), lost.after_group,
                     lost.before_group,
                     lost.elsewhere
                         ? "; the last of them took it over from an instance that may have others"
                         : "");
}

void append_indented(std::string& out, const std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < lines.size() && i < kLinesMax; ++i)
    out += "          " + lines[i] + '\n';
  if (lines.size() > kLinesMax)
    out += fmt::format("          and {} more (--json has them all)\n", lines.size() - kLinesMax);
}

const char* text_of(StateSource source) {
  static constexpr const char* kTexts[] = {"nothing", "log", "snapshots"};
  return kTexts[static_cast<std::size_t>(source)];
}

std::string json_name(CheckResult result) {
  std::string text = text_of(result);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

void append_check(std::string& out, const Check& check) {
  out += fmt::format("{:<8}{:<14}{}", text_of(check.result), check.name, check.detail);
  while (out.back() == ' ') out.pop_back();
  out += '\n';
  append_indented(out, check.faults);
  append_indented(out, check.notes);
}

void write_check(JsonWriter& json, const Check& check) {
  json.begin_object().member("name", check.name);
  json.member("result", json_name(check.result)).member("detail", check.detail);
  json.array("faults");
  for (const std::string& fault : check.faults) json.value(fault);
  json.end_array().array("notes");
  for (const std::string& note : check.notes) json.value(note);
  json.end_array().end_object();
}

void write_slots(JsonWriter& json, const TogetherReport& r) {
  json.array("slots");
  for (const SlotReport& slot : r.slots) {
    json.begin_object().member("slot", slot.slot).member("seq", slot.seq);
    json.member("stateHash", fmt::format("{:016x}", slot.hash));
    json.member("stream", fmt::format("{:016x}", slot.stream)).member("dataDir", slot.data_dir);
    json.array("agree");
    for (const std::string& directory : slot.agree) json.value(directory);
    json.end_array().array("behind");
    for (const SlotReport::Behind& behind : slot.behind) {
      json.begin_object().member("dataDir", behind.data_dir);
      json.member("records", behind.records).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void write_copies(JsonWriter& json, const VerifyReport& r) {
  json.array("copies");
  for (const CopyReport& copy : r.copies) {
    json.begin_object().member("stream", fmt::format("{:016x}", copy.stream));
    json.member("forgottenGroups", copy.log_start).member("floor", copy.checkpoint_group);
    json.member("last", copy.last_group).member("snapshots", copy.snapshots);
    json.member("slots", copy.slots).member("stateHashes", copy.hashes);
    json.member("stateless", copy.stateless).member("damage", copy.damage).end_object();
  }
  json.end_array();
}

}  // namespace

void Check::pass(std::string what) {
  if (failed()) return;
  result = CheckResult::kOk;
  detail = std::move(what);
}

void Check::fail(std::string fault) {
  result = CheckResult::kFailed;
  faults.push_back(std::move(fault));
}

void Check::skip(std::string why) {
  if (failed()) return;
  result = CheckResult::kSkipped;
  detail = std::move(why);
}

std::vector<const Check*> VerifyReport::checks() const {
  std::vector<const Check*> all = {&directory,     &watermark,       &groups_check,
                                   &records_check, &events_check,    &replay,
                                   &state_hashes,  &snapshots_check, &invariants};
  if (has_copies) all.push_back(&copies_check);
  all.insert(all.end(), {&transfers, &money});
  return all;
}

void VerifyReport::skip_all_but_directory(const std::string& why) {
  for (Check* check :
       {&watermark, &groups_check, &records_check, &events_check, &replay, &state_hashes,
        &snapshots_check, &invariants, &copies_check, &transfers, &money})
    check->skip(why);
}

bool VerifyReport::sound() const {
  const auto all = checks();
  return std::all_of(all.begin(), all.end(), [this](const Check* check) {
    const bool is_shared = check == &transfers || check == &money;
    return check->result == CheckResult::kOk || (is_part && is_shared && !check->failed());
  });
}

std::vector<const Check*> TogetherReport::checks() const {
  if (!has_streams) return {&owners, &transfers, &money};
  return {&owners, &slots_check, &transfers, &money};
}

bool TogetherReport::sound() const {
  const auto all = checks();
  return std::all_of(all.begin(), all.end(),
                     [](const Check* check) { return check->result == CheckResult::kOk; });
}

std::vector<std::string> VerifyReport::advice() const {
  std::vector<std::string> lines;
  const bool was_read = groups_check.result != CheckResult::kSkipped;
  if (sound() || (!was_read && !unreadable)) return lines;
  lines.push_back("Keep a copy of the whole directory before anything else; delete nothing in it.");
  const std::string salvage = fmt::format(
      "`frontrow recover salvage --data-dir {} --to NEW` makes a directory of "
      "everything up to the first damage of each slot, and lists what is beyond.",
      data_dir);
  if (!was_read) {
    lines.push_back(salvage);
    return lines;
  }
  const bool log_is_damaged = !damage.empty() || !lost.empty() || records_check.failed() ||
                              directory.failed() || watermark.failed();
  const bool only_history = log_is_damaged && !damage.empty() &&
                            damage.back().last_group <= checkpoint_group &&
                            source == StateSource::kSnapshots;
  if (log_is_damaged) {
    if (first_group != 0 && (damage.empty() || damage.front().group > first_group)) {
      const std::uint64_t end = damage.empty() ? last_group : damage.front().group - 1;
      lines.push_back(fmt::format("Sound are {}.", run_of(first_group, end, "group", "groups")));
    }
    if (only_history && !replay.failed()) {
      lines.push_back(fmt::format(
          "The newest state is whole: it comes from snapshots and the groups after {}, and a start "
          "of the server reads nothing older. What is damaged is history.",
          checkpoint_group));
    } else {
      lines.push_back(salvage);
    }
    return lines;
  }
  if (snapshots_check.failed() && !replay.failed() && source == StateSource::kLog) {
    lines.push_back(
        fmt::format("The log is whole: `frontrow recover rebuild --data-dir {} --to NEW` makes a "
                    "directory with fresh snapshots from it.",
                    data_dir));
  }
  if (replay.failed() || state_hashes.failed() || invariants.failed() || transfers.failed() ||
      money.failed()) {
    lines.push_back(
        "The bytes are as they were written, but what they say does not fit together: this is no "
        "damage of a disk. Report it, with the copy.");
  }
  if (copies_check.failed()) {
    lines.push_back(
        "A damaged copy holds nothing of this instance's own stream. Once the instance serves in "
        "its "
        "cluster again, it makes the copy anew; `recover export` does not use it.");
  }
  const bool only_shared = !replay.failed() && !state_hashes.failed() && !invariants.failed() &&
                           (transfers.failed() || money.failed());
  if (only_shared)
    lines.push_back(
        "But if this is one of several instances: give the directories of all of them, --data-dir "
        "for each, as a payment can have its other half there.");
  return lines;
}

std::string to_text(const VerifyReport& r) {
  std::string out;
  for (const Check* check : r.checks()) append_check(out, *check);
  if (!r.lost.empty()) {
    out += "\nlost records\n";
    std::vector<std::string> lines;
    for (const LostRecords& lost : r.lost) lines.push_back(line_of(lost));
    append_indented(out, lines);
  }
  const bool was_read = r.groups_check.result != CheckResult::kSkipped;
  const char* good = r.is_part ? "\nSound by itself.\n" : "\nEverything is sound.\n";
  out += r.sound() ? good : was_read ? "\nNOT SOUND.\n" : "\nNOT CHECKED.\n";
  for (const std::string& line : r.advice()) out += line + '\n';
  return out;
}

std::string to_json(const VerifyReport& r) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("sound", r.sound()).member("dataDir", r.data_dir);
  json.member("stream", fmt::format("{:016x}", r.stream)).member("epoch", r.epoch);
  json.member("created", r.created).object("groups").member("first", r.first_group);
  json.member("last", r.last_group).member("count", r.groups).member("bytes", r.bytes);
  json.end_object().member("records", r.records).member("events", r.events);
  json.member("slots", r.slots).member("snapshots", r.snapshots);
  json.member("history", r.forgotten == 0 ? "whole" : "trimmed");
  json.member("forgottenGroups", r.forgotten).member("floor", r.checkpoint_group);
  json.member("stateFrom", text_of(r.source)).member("stateGroup", r.state_group);
  json.array("checks");
  for (const Check* check : r.checks()) write_check(json, *check);
  json.end_array().array("damage");
  for (const Damage& d : r.damage) {
    json.begin_object().member("group", d.group).member("lastGroup", d.last_group);
    json.member("byte", d.byte).member("what", d.what).end_object();
  }
  json.end_array().array("lost");
  for (const LostRecords& lost : r.lost) {
    json.begin_object().member("slot", lost.slot).member("fromSeq", lost.from_seq);
    json.member("toSeq", lost.to_seq).member("afterGroup", lost.after_group);
    json.member("beforeGroup", lost.before_group).member("elsewhere", lost.elsewhere);
    json.end_object();
  }
  json.end_array().array("advice");
  for (const std::string& line : r.advice()) json.value(line);
  json.end_array();
  if (r.has_copies) write_copies(json, r);
  json.end_object();
  out += '\n';
  return out;
}

std::string to_text(const TogetherReport& r) {
  std::string out = r.data_dirs.size() == 1
                        ? std::string("\nthe directory and its copies together\n")
                        : fmt::format("\nall {} directories together\n", r.data_dirs.size());
  for (const Check* check : r.checks()) append_check(out, *check);
  out += r.sound() ? "\nEverything is sound.\n" : "\nNOT SOUND.\n";
  return out;
}

std::string to_json(const TogetherReport& r) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("sound", r.sound()).array("dataDirs");
  for (const std::string& directory : r.data_dirs) json.value(directory);
  json.end_array().array("checks");
  for (const Check* check : r.checks()) write_check(json, *check);
  json.end_array();
  if (r.has_streams) write_slots(json, r);
  json.end_object();
  out += '\n';
  return out;
}

}  // namespace frontrow::recover
