// The line as caches keep it: the same for all users, so that a million waiting clients ask for it
// once a second together.
#include <algorithm>

#include "engine/core/decide.h"

namespace frontrow {

Reject decide(const Ask& ask, const ReadLine& c, EventBatch&, RejectDetail&) {
  return find_concert(ask, c.concert);
}

void answer(const Ask& ask, const ReadLine& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  const QueueRules& queue = concert.rules.queue;
  LineView view{.concert = concert.id,
                .phase = concert.phase,
                .waiting = concert.line.waiting(),
                .places = concert.line.drawn(),
                .admitted_up_to = concert.admitted_up_to,
                .room = queue.max_active - std::min(queue.max_active, concert.active()),
                .admit_per_second = queue.admit_per_second,
                .admitted_per_minute = concert.admissions.per_minute(ask.now),
                .idle_s = queue.idle_s,
                .opens_at = concert.opening_at(),
                .at = ask.now};
  if (concert.shuffle) view.shuffle = concert.awaits_shuffle() ? Shuffle::kPending : Shuffle::kDone;
  reply.body = view;
}

Reject decide(const Ask& ask, const ReadLineBlock& c, EventBatch&, RejectDetail&) {
  return find_concert(ask, c.concert);
}

void answer(const Ask& ask, const ReadLineBlock& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  const RankBitmap& waiting = concert.line.waiting_places();
  LineBlock view{.concert = concert.id, .block = c.block, .bits = {}, .at = ask.now};
  const std::uint64_t first = std::uint64_t{c.block} * kLineBlockPlaces;
  if (!concert.awaits_shuffle() && first < waiting.size()) {
    const auto from = static_cast<std::uint32_t>(first);
    view.places = std::min(kLineBlockPlaces, waiting.size() - from);
    view.before = waiting.rank(from);
    const auto words = waiting.words().subspan(from / 64, (view.places + 63) / 64);
    view.bits.assign(words.begin(), words.end());
  }
  reply.body = std::move(view);
}

}  // namespace frontrow
