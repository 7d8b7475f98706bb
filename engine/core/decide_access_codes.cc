// Presale codes: batches of them, and what a join needs before the public opening. The codes are
// drawn outside (net/auth/access_code.h); only their hashes come here.
#include <algorithm>

#include "engine/core/decide.h"

namespace frontrow {
namespace {

CodeBatchView batch_view(const AccessCodes& codes, std::size_t index) {
  const CodeBatch& batch = codes.batches()[index];
  const CodeBatchTerms& terms = batch.terms();
  return {static_cast<std::uint16_t>(index + 1),
          terms.count,
          terms.uses,
          terms.opens_at,
          terms.added_at,
          batch.codes_used(),
          batch.uses_spent()};
}

// The batch that a request with this key made; nullptr if there is none.
const CodeBatch* made_under(const AccessCodes& codes, const RequestKey& key) {
  if (!key.present()) return nullptr;
  for (const CodeBatch& batch : codes.batches()) {
    if (batch.terms().key.key == key.key) return &batch;
  }
  return nullptr;
}

// False only for a command of a faulty peer.
bool is_well_formed(const AddAccessCodes& c) {
  if (c.hashes.empty() || c.uses < 1 || c.uses > kUsesPerCodeMax) return false;
  if (c.opens_at.ms < 0 || c.hashes.front() == Hash128{}) return false;
  return std::ranges::adjacent_find(c.hashes, std::ranges::greater_equal()) == c.hashes.end();
}

}  // namespace

Reject check_access_code(const Concert& concert, const Join& join, Instant now,
                         std::optional<AccessCodeUsed>& used) {
  if (!concert.needs_code(now)) return Reject::kNone;
  if (join.access_code == Hash128{}) return Reject::kAccessCodeRequired;
  const auto code = concert.codes.find(join.access_code);
  if (!code || code->opens_at > now) return Reject::kAccessCodeInvalid;
  if (code->uses_left == 0) return Reject::kAccessCodeUsed;
  used = AccessCodeUsed{concert.id, code->batch, join.access_code};
  return Reject::kNone;
}

Reject decide(const Ask& ask, const AddAccessCodes& c, EventBatch& out, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  if (concert == nullptr) return Reject::kConcertNotFound;
  const RequestKey& key = ask.command.key;
  // The same request again: its batch stays the only one.
  if (const CodeBatch* made = made_under(concert->codes, key))
    return made->terms().key == key ? Reject::kNone : Reject::kIdempotencyKeyReused;
  if (c.hashes.size() > kCodesPerBatchMax) return Reject::kTooManyAccessCodes;
  if (concert->codes.batches().size() >= kCodeBatchesMax) return Reject::kTooManyAccessCodes;
  if (c.hashes.size() > kCodesPerConcertMax - concert->codes.count())
    return Reject::kTooManyAccessCodes;
  if (!is_well_formed(c)) return Reject::kAccessCodeInvalid;
  // No join would ever need them.
  if (c.opens_at >= concert->opens_at || ask.now >= concert->opens_at)
    return Reject::kConflictingSettings;
  const auto batch = static_cast<std::uint16_t>(concert->codes.batches().size() + 1);
  out.push_back(AccessCodesAdded{concert->id, batch, c.uses, c.opens_at, key, c.hashes});
  return Reject::kNone;
}

void answer(const Ask& ask, const AddAccessCodes& c, const EventBatch& events, Reply& reply) {
  const AccessCodes& codes = concert_at(ask, c.concert).codes;
  reply.created = !events.empty();
  reply.replayed = events.empty();
  const CodeBatch* made = &codes.batches().back();
  if (reply.replayed) made = made_under(codes, ask.command.key);
  const auto index = static_cast<std::size_t>(made - codes.batches().data());
  reply.body = AccessCodesView{c.concert, {batch_view(codes, index)}};
}

Reject decide(const Ask& ask, const ReadAccessCodes& c, EventBatch&, RejectDetail&) {
  return ask.slot.find_concert(c.concert) == nullptr ? Reject::kConcertNotFound : Reject::kNone;
}

void answer(const Ask& ask, const ReadAccessCodes& c, const EventBatch&, Reply& reply) {
  const AccessCodes& codes = concert_at(ask, c.concert).codes;
  AccessCodesView view{c.concert, {}};
  for (std::size_t i = 0; i < codes.batches().size(); ++i)
    view.batches.push_back(batch_view(codes, i));
  reply.body = std::move(view);
}

}  // namespace frontrow
