// `frontrow recover show`: one entity at one time, and the events that led to it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "engine/base/match.h"
#include "engine/core/apply.h"
#include "net/json/json_writer.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/event_text.h"
#include "tools/frontrow/recover/fail.h"
#include "tools/frontrow/recover/gathering.h"
#include "tools/frontrow/recover/last_words.h"
#include "tools/frontrow/recover/show_views.h"
#include "tools/frontrow/recover/state_at.h"
#include "tools/frontrow/recover/stream_id.h"
#include "tools/frontrow/recover/walk.h"
#include "tools/frontrow/recover/whereabouts.h"

namespace frontrow::recover {
namespace {

// A slot's events include those of all its entities: the newest suffice, `recover log` prints all.
constexpr std::size_t kSlotEventsShown = 20;

constexpr const char* kKinds[] = {"overview", "concert", "user", "payment", "hold", "seat", "slot"};
static_assert(std::size(kKinds) == std::variant_size_v<AskedThing>);

// An event of the answer, with the key of its order.
struct EventLine {
  Instant time;
  std::uint64_t seq = 0;
  std::string text;
};

struct Events {
  std::deque<EventLine> lines;
  std::uint64_t left_out = 0;

  void add(EventLine&& line, bool has_limit) {
    lines.push_back(std::move(line));
    if (has_limit) keep_newest();
  }
  void keep_newest() {
    for (; lines.size() > kSlotEventsShown; ++left_out) lines.pop_front();
  }
};

// State of the entity's slots on other instances.
struct InOtherDirectories {
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
Result<InOtherDirectories> find_elsewhere(StoppedLog& log, StateAt& state,
                                          const std::vector<SlotId>& homes, bool is_past) {
  InOtherDirectories elsewhere;
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
         std::holds_alternative<SlotAdopted>(event) || std::holds_alternative<SlotTaken>(event);
}

// The states that the directory's copies add to its own stream.
struct Beside {
  Gathered gathered;
  std::unique_ptr<SlotTable> slots;

  // A line for each of these slots (none: all of them) whose newest state is from a copy, or lacks
  // records that are here.
  std::vector<std::string> notes(const std::vector<SlotId>& homes) const;
};

std::vector<std::string> Beside::notes(const std::vector<SlotId>& homes) const {
  std::vector<std::string> lines;
  if (homes.empty()) lines = gathered.from_copies();
  for (const SlotId id : homes) {
    const auto newest = gathered.newest.find(id);
    if (newest == gathered.newest.end()) continue;
    const Place& place = gathered.places[newest->second.place];
    if (place.copy == nullptr) continue;
    lines.push_back(fmt::format("slot {} is from {}, up to group {}", id.value,
                                gathered.name_of(place), place.state.end.number));
  }
  const std::vector<std::string>& faults = gathered.faults;
  if (faults.size() == 1) lines.push_back(faults.front());
  if (faults.size() > 1) {
    lines.push_back(
        fmt::format("{} slots are not known to be whole here, see `frontrow recover verify`: {}",
                    faults.size(), faults.front()));
  }
  return lines;
}

// None if the directory has no copies.
Result<std::optional<Beside>> look_beside(StoppedLog& log, const std::vector<SlotId>& wanted) {
  const auto copies = open_copies(log);
  if (!copies.ok()) return Error{copies.error()};
  if (copies->empty()) return std::optional<Beside>();
  auto slots = std::make_unique<SlotTable>();
  auto gathered = load_newest_states({log.directory()}, *slots, wanted);
  if (!gathered.ok()) return Error{gathered.error()};
  return std::optional<Beside>(Beside{std::move(*gathered), std::move(slots)});
}

// Visits the events of the slots in the copies that the state is made of.
Status for_each_copied_event(
    const Beside& beside, const std::vector<SlotId>& wanted,
    const std::function<void(const Place&, const EventPlace&, const Event&)>& visit) {
  for (const Place& place : beside.gathered.places) {
    if (place.copy == nullptr) continue;
    const Status read = read_copy(*place.copy, place.log_start, [&](const GroupView& group) {
      return for_each_record(group, [&](const RecordView& record) {
        const bool is_wanted =
            wanted.empty() || std::find(wanted.begin(), wanted.end(), record.slot) != wanted.end();
        const auto newest = beside.gathered.newest.find(record.slot);
        const bool is_in_state =
            newest != beside.gathered.newest.end() && record.seq <= newest->second.seq;
        if (!is_wanted || !is_in_state) return Status();
        const EventPlace at{record.time, group.number, record.slot, record.seq};
        return for_each_event(record, [&](const Event& event) { visit(place, at, event); });
      });
    });
    if (!read.ok()) return read;
  }
  return {};
}

struct EventQuestion {
  const AskedThing& thing;
  Interest& interest;
  const std::vector<SlotId>& homes;
  bool json = false;
};

Result<Events> find_events(StateAt& state, const EventQuestion& q, const Beside* beside) {
  Events events;
  const bool all = std::holds_alternative<AskSlot>(q.thing);
  const auto is_home = [&q](SlotId slot) {
    return std::find(q.homes.begin(), q.homes.end(), slot) != q.homes.end();
  };
  const auto visit = [&](const EventPlace& place, const Event& event, const Place* copy) {
    if (std::holds_alternative<SlotPart>(event)) return;  // slot_adopted is printed instead
    const bool touches = q.interest.touches(event) || (is_move(event) && is_home(place.slot));
    if (!all && !touches) return;
    EventLine line{place.time, place.seq, {}};
    q.json ? append_json(line.text, place, event) : append_line(line.text, place, event);
    if (copy != nullptr && !q.json)
      line.text += fmt::format(" (copy of stream {})", stream_text(copy->stream));
    events.add(std::move(line), all && beside == nullptr);
  };
  const Status found = state.for_each_event_before(
      [&](const EventPlace& place, const Event& event) { visit(place, event, nullptr); });
  if (!found.ok()) return Error{found.error()};
  if (beside == nullptr) return events;
  const Status copied =
      for_each_copied_event(*beside, slots_of(q.thing),
                            [&](const Place& copy, const EventPlace& place, const Event& event) {
                              visit(place, event, &copy);
                            });
  if (!copied.ok()) return Error{copied.error()};
  std::stable_sort(events.lines.begin(), events.lines.end(),
                   [](const EventLine& a, const EventLine& b) {
                     return std::pair(a.time, a.seq) < std::pair(b.time, b.seq);
                   });
  if (all) events.keep_newest();
  return events;
}

// The output of the command.
struct Answer {
  Sheet sheet;
  Events events;
  InOtherDirectories elsewhere;
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
  for (const EventLine& line : events.lines) out += "  " + line.text + '\n';
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
  for (std::size_t i = 0; i < lines.size(); ++i) out += (i > 0 ? "," : "") + lines[i].text;
  return out + "]}\n";
}

// Adds where the state is from, and the records of these slots that it lacks.
void note_streams(const StateAt& state, const std::vector<SlotId>& homes, const Beside* beside,
                  const std::string& data_dir, InOtherDirectories& elsewhere) {
  std::vector<std::string> notes;
  if (beside != nullptr) notes = beside->notes(homes);
  for (const SlotId id : homes) {
    if (const auto run = state.open_run(id)) notes.push_back(describe(*run, data_dir));
  }
  std::vector<std::string>& newer = elsewhere.newer;
  newer.insert(newer.end(), notes.begin(), notes.end());
}

// The error for a missing entity: the state of its slot on other instances is more informative than
// "not found".
int fail_without(const Status& filled, const InOtherDirectories& elsewhere, bool is_past) {
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
  const bool is_past = !args.at.empty();
  const LastWords words("recover show", args.data_dir);
  auto log = StoppedLog::open(args.data_dir);
  if (!log.ok()) return fail("show", log.error());
  std::optional<Beside> beside;
  if (!is_past) {
    auto looked = look_beside(**log, slots_of(*thing));
    if (!looked.ok()) return fail("show", looked.error());
    beside = std::move(*looked);
  }
  StateAt state(**log, *at, slots_of(*thing));
  if (beside)
    state.use(std::move(beside->slots), beside->gathered.places.front().state.end.number);
  else if (Status s = state.build(); !s.ok())
    return fail("show", s.error());
  Answer answer;
  Interest interest;
  const Status filled = fill(*thing, {state.slots(), answer.sheet, interest}, **log);
  std::vector<SlotId> homes = homes_of(*thing);
  if (const auto* payment = std::get_if<AskPayment>(&*thing)) {
    if (const auto wallet = wallet_slot_of(state.slots(), payment->payment))
      homes.push_back(*wallet);
  }
  auto elsewhere = find_elsewhere(**log, state, homes, is_past);
  if (!elsewhere.ok()) return fail("show", elsewhere.error());
  note_streams(state, homes, beside ? &*beside : nullptr, args.data_dir, *elsewhere);
  if (!filled.ok()) return fail_without(filled, *elsewhere, is_past);
  answer.elsewhere = std::move(*elsewhere);
  answer.has_events = !std::holds_alternative<AskOverview>(*thing);
  if (answer.has_events) {
    auto events =
        find_events(state, {*thing, interest, homes, args.json}, beside ? &*beside : nullptr);
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
