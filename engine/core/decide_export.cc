// Exports of a running sale: pages of a copy that their first page made (export_copy.h).
#include <algorithm>

#include "engine/core/decide.h"

namespace frontrow {

// The present state is a copy of its own moment.
Reject decide(const Ask& ask, const ReadExport& c, EventBatch&, RejectDetail&) {
  if (ask.slot.find_concert(c.concert) == nullptr) return Reject::kConcertNotFound;
  if (c.moment == 0 || c.moment == ask.slot.seq) return Reject::kNone;
  return ask.slot.exports.has(c.concert, c.what, c.moment) ? Reject::kNone : Reject::kExportGone;
}

void answer(const Ask& ask, const ReadExport& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  const std::uint64_t moment = c.moment == 0 ? ask.slot.seq : c.moment;
  ExportCopies& copies = ask.slot.exports;
  const ExportCopy* copy = copies.find(c.concert, c.what, moment, ask.now);
  if (copy == nullptr && c.limit == 0) {
    reply.body = ExportPage{.concert = c.concert,
                            .what = c.what,
                            .moment = moment,
                            .at = ask.now,
                            .currency = concert.currency};
    return;
  }
  if (copy == nullptr) {
    ExportCopy made = copy_for_export(concert, c.what);
    made.moment = moment;
    made.at = ask.now;
    copy = &copies.keep(std::move(made), ask.now);
  }
  reply.body = page_of(*copy, c.offset, std::min(c.limit, kExportRowsPerReplyMax));
}

}  // namespace frontrow
