// `frontrow recover show`: one entity at one time, and the events that led to it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <deque>

#include "engine/base/match.h"
#include "engine/core/apply.h"
#include "net/json/json_writer.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/event_text.h"
#include "tools/frontrow/recover/fail.h"
#include "tools/frontrow/recover/last_words.h"
#include "tools/frontrow/recover/show_views.h"
#include "tools/frontrow/recover/state_at.h"
#include "tools/frontrow/recover/whereabouts.h"

namespace frontrow::recover {
namespace {

// A slot's events include those of all its entities: the newest suffice, `recover log` prints all.
constexpr std::size_t kSlotEventsShown = 20;

constexpr const char* kKinds[] = {"overview", "concert", "user", "payment", "hold", "seat", "slot"};
static_assert(std::size(kKinds) == std::variant_size_v<AskedThing>);

struct Events {
  std::deque<std::string> lines;
  std::uint64_t left_out = 0;
};

// State of the entity's slots on other instances.
struct Elsewhere {
  std::string gone;                  // reason why the entity is not here; empty: it may be
  std::vector<std::string> newer;    // that other instances have, or may have
  std::vector<std::string> origins;  // older events
};

Status fill(const AskedThing& thing, const ShowTarget& target, StoppedLog& log) {
  return std::visit(Match{
                        [&](const AskOverview&) { return show_overview(target, log); },
                        [&](const AskConcert& a) { return show_concert(target, a.concert); },
                        [&](const AskUser& a) { return show_user(target, a.user); },
                        [&](const AskPayment& a) { return show_payment(target, a.payment); },
                        [&](const AskHold& a) { return show_hold(target, a.hold); },
                        [&](const AskSeat& a) { return show_seat(target, a); },
                        [&](const AskSlot& a) { return show_slot(target, a.slot); },
                    },
                    thing);
}

// For these slots, the first of which must contain the entity. Reads the log only if a slot
// migrated, or may have at the requested time.
Result<Elsewhere> find_elsewhere(StoppedLog& log, StateAt& state, const std::vector<SlotId>& homes,
                                 bool is_past) {
  Elsewhere elsewhere;
  bool has_moved = false;
  for (const SlotId id : homes) {
    const Slot* slot = state.slots().find(id);
    has_moved = has_moved || (slot == nullptr ? is_past : slot->tenure.peer != 0);
  }
  if (!has_moved) return elsewhere;
  const auto moves = Whereabouts::read(log, homes);
  if (!moves.ok()) return Error{moves.error()};
  for (const SlotId id : homes) {
    const Slot* slot = state.slots().find(id);
    std::string why = moves->why_not_here(id, slot == nullptr ? 0 : slot->seq, slot);
    if (id == homes.front()) elsewhere.gone = why;
    if (slot != nullptr && why.empty()) why = moves->why_not_newest(*slot);
    if (!why.empty()) elsewhere.newer.push_back(std::move(why));
    if (slot == nullptr || slot->seq == 0) continue;
    std::string origin = moves->origin(*slot);
    if (!origin.empty()) elsewhere.origins.push_back(std::move(origin));
  }
  return elsewhere;
}

// True if the event belongs to the history of these slots because it is part of a slot migration.
bool is_move(const Event& event) {
  return std::holds_alternative<SlotSealed>(event) || std::holds_alternative<SlotReleased>(event) ||
         std::holds_alternative<SlotAdopted>(event);
}

Result<Events> find_events(StateAt& state, const AskedThing& thing, Interest& interest,
                           const std::vector<SlotId>& homes, bool json) {
  Events events;
  const bool all = std::holds_alternative<AskSlot>(thing);
  const auto is_home = [&homes](SlotId slot) {
    return std::find(homes.begin(), homes.end(), slot) != homes.end();
  };
  const Status found =
      state.for_each_event_before([&](const EventPlace& place, const Event& event) {
        if (std::holds_alternative<SlotPart>(event)) return;  // slot_adopted is printed instead
        const bool touches = interest.touches(event) || (is_move(event) && is_home(place.slot));
        if (!all && !touches) return;
        std::string line;
        json ? append_json(line, place, event) : append_line(line, place, event);
        events.lines.push_back(std::move(line));
        if (!all || events.lines.size() <= kSlotEventsShown) return;
        events.lines.pop_front();
        ++events.left_out;
      });
  if (!found.ok()) return Error{found.error()};
  return events;
}

// The output of the command.
struct Answer {
  Sheet sheet;
  Events events;
  Elsewhere elsewhere;
  std::uint64_t forgotten = 0;
  bool has_events = false;
};

std::string text_of(const Answer& answer, const StateAt& state) {
  std::string out = state.time().is_set() ? fmt::format("as of {}, group {}\n",
                                                        to_string(state.time()), state.group())
                                          : std::string("before the first record\n");
  for (const std::string& note : answer.elsewhere.newer) out += fmt::format("({})\n", note);
  out += '\n' + answer.sheet.text();
  if (!answer.has_events) return out;
  out += "\nevents that led there\n";
  if (answer.forgotten > 0)
    out += fmt::format("  (those in groups up to {} were forgotten)\n", answer.forgotten);
  for (const std::string& origin : answer.elsewhere.origins) out += fmt::format("  ({})\n", origin);
  const Events& events = answer.events;
  if (events.left_out > 0)
    out += fmt::format("  ({} older ones: frontrow recover log --slot)\n", events.left_out);
  for (const std::string& line : events.lines) out += "  " + line + '\n';
  if (events.lines.empty()) out += "  none\n";
  return out;
}

std::string json_of(const Answer& answer, const char* kind, const StateAt& state) {
  Sheet as_of;
  as_of.add("time", state.time()).add("group", state.group());
  as_of.add("forgotten_groups", answer.forgotten);
  std::string notes;
  JsonWriter json(notes);
  json.begin_array();
  for (const auto* list : {&answer.elsewhere.newer, &answer.elsewhere.origins}) {
    for (const std::string& note : *list) json.value(note);
  }
  json.end_array();
  std::string out =
      fmt::format("{{\"asOf\":{},\"{}\":{},\"notes\":{},\"eventsLeftOut\":{},\"events\":[",
                  as_of.json(), kind, answer.sheet.json(), notes, answer.events.left_out);
  const auto& lines = answer.events.lines;
  for (std::size_t i = 0; i < lines.size(); ++i) out += (i > 0 ? "," : "") + lines[i];
  return out + "]}\n";
}

// The error for a missing entity: the state of its slot on other instances is more informative than
// "not found".
int fail_without(const Status& filled, const Elsewhere& elsewhere, bool is_past) {
  if (!elsewhere.gone.empty()) return fail("show", elsewhere.gone);
  std::string what = filled.error();
  if (is_past) what += " at that time";
  if (!elsewhere.newer.empty()) what += "; " + elsewhere.newer.front();
  return fail("show", what);
}

}  // namespace

int show(const ShowArgs& args) {
  const auto thing = parse_thing(args.what);
  if (!thing.ok()) return fail("show", thing.error(), 2);
  const auto at = parse_at(args.at);
  if (!at.ok()) return fail("show", at.error(), 2);
  const LastWords words("recover show", args.data_dir);
  auto log = StoppedLog::open(args.data_dir);
  if (!log.ok()) return fail("show", log.error());
  StateAt state(**log, *at, slots_of(*thing));
  if (Status s = state.build(); !s.ok()) return fail("show", s.error());
  Answer answer;
  Interest interest;
  const Status filled = fill(*thing, {state.slots(), answer.sheet, interest}, **log);
  std::vector<SlotId> homes = homes_of(*thing);
  if (const auto* payment = std::get_if<AskPayment>(&*thing)) {
    if (const auto wallet = wallet_slot_of(state.slots(), payment->payment))
      homes.push_back(*wallet);
  }
  auto elsewhere = find_elsewhere(**log, state, homes, !args.at.empty());
  if (!elsewhere.ok()) return fail("show", elsewhere.error());
  if (!filled.ok()) return fail_without(filled, *elsewhere, !args.at.empty());
  answer.elsewhere = std::move(*elsewhere);
  answer.has_events = !std::holds_alternative<AskOverview>(*thing);
  if (answer.has_events) {
    auto events = find_events(state, *thing, interest, homes, args.json);
    if (!events.ok()) return fail("show", events.error());
    answer.events = std::move(*events);
  }
  answer.forgotten = (*log)->archive().log_start().number;
  const std::string out =
      args.json ? json_of(answer, kKinds[thing->index()], state) : text_of(answer, state);
  std::fwrite(out.data(), 1, out.size(), stdout);
  std::fflush(stdout);
  return 0;
}

}  // namespace frontrow::recover
