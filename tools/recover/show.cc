// `frontrow recover show`: one thing at one time, and the events that led there.
#include <fmt/format.h>

#include <cstdio>
#include <deque>

#include "engine/core/apply.h"
#include "tools/recover/breakdown.h"
#include "tools/recover/commands.h"
#include "tools/recover/event_text.h"
#include "tools/recover/show_views.h"
#include "tools/recover/state_at.h"

namespace frontrow::recover {
namespace {

// A slot's events are those of everything in it: the newest are enough, `recover log` has all.
constexpr std::size_t kSlotEventsShown = 20;

constexpr const char* kKinds[] = {"overview", "concert", "user", "payment", "hold", "seat", "slot"};
static_assert(std::size(kKinds) == std::variant_size_v<AskedThing>);

struct Events {
  std::deque<std::string> lines;
  std::uint64_t left_out = 0;
};

int fail(const std::string& what, int code = 1) {
  std::fprintf(stderr, "recover show: %s\n", what.c_str());
  return code;
}

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

Result<Events> find_events(StateAt& state, const AskedThing& thing, Interest& interest, bool json) {
  Events events;
  const bool all = std::holds_alternative<AskSlot>(thing);
  const Status found =
      state.for_each_event_before([&](const EventPlace& place, const Event& event) {
        if (!all && !interest.touches(event)) return;
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

std::string text_of(const Sheet& sheet, const StateAt& state, const Events& events,
                    std::uint64_t forgotten, bool has_events) {
  std::string out = state.time().is_set() ? fmt::format("as of {}, group {}\n\n",
                                                        to_string(state.time()), state.group())
                                          : std::string("before the first record\n\n");
  out += sheet.text();
  if (!has_events) return out;
  out += "\nevents that led there\n";
  if (forgotten > 0) out += fmt::format("  (those in groups up to {} were forgotten)\n", forgotten);
  if (events.left_out > 0)
    out += fmt::format("  ({} older ones: frontrow recover log --slot)\n", events.left_out);
  for (const std::string& line : events.lines) out += "  " + line + '\n';
  if (events.lines.empty()) out += "  none\n";
  return out;
}

std::string json_of(const Sheet& sheet, const char* kind, const StateAt& state,
                    const Events& events, std::uint64_t forgotten) {
  Sheet as_of;
  as_of.add("time", state.time()).add("group", state.group()).add("forgotten_groups", forgotten);
  std::string out = fmt::format("{{\"asOf\":{},\"{}\":{},\"eventsLeftOut\":{},\"events\":[",
                                as_of.json(), kind, sheet.json(), events.left_out);
  for (std::size_t i = 0; i < events.lines.size(); ++i) out += (i > 0 ? "," : "") + events.lines[i];
  return out + "]}\n";
}

}  // namespace

int show(const ShowArgs& args) {
  const auto thing = parse_thing(args.what);
  if (!thing.ok()) return fail(thing.error(), 2);
  const auto at = parse_at(args.at);
  if (!at.ok()) return fail(at.error(), 2);
  const LastWords words("recover show", args.data_dir);
  auto log = StoppedLog::open(args.data_dir);
  if (!log.ok()) return fail(log.error());
  StateAt state(**log, *at, slots_of(*thing));
  if (Status s = state.build(); !s.ok()) return fail(s.error());
  Sheet sheet;
  Interest interest;
  if (Status s = fill(*thing, {state.slots(), sheet, interest}, **log); !s.ok())
    return fail(args.at.empty() ? s.error() : s.error() + " at that time");
  const bool has_events = !std::holds_alternative<AskOverview>(*thing);
  Result<Events> events = Events{};
  if (has_events) events = find_events(state, *thing, interest, args.json);
  if (!events.ok()) return fail(events.error());
  const std::uint64_t forgotten = (*log)->archive().base_position().number;
  const std::string out = args.json
                              ? json_of(sheet, kKinds[thing->index()], state, *events, forgotten)
                              : text_of(sheet, state, *events, forgotten, has_events);
  std::fwrite(out.data(), 1, out.size(), stdout);
  std::fflush(stdout);
  return 0;
}

}  // namespace frontrow::recover
