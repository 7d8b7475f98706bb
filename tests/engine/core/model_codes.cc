// The model's presales: codes in a plain map.
#include <algorithm>

#include "tests/engine/core/support/model.h"

namespace frontrow::model {

Instant ConcertRow::opening_at() const {
  Instant first = spec.opens_at;
  for (const CodesRow& row : codes) first = std::min(first, row.opens_at);
  return first;
}

// The code that the join would spend a use of: none without a presale.
Reject Model::find_code(ConcertRow& c, const Join& j, Instant now, std::uint32_t** left) {
  *left = nullptr;
  if (c.codes.empty() || now >= c.spec.opens_at) return Reject::kNone;
  if (j.access_code == Hash128{}) return Reject::kAccessCodeRequired;
  for (CodesRow& row : c.codes) {
    const auto found = row.left.find(j.access_code);
    if (found == row.left.end()) continue;
    if (row.opens_at > now) return Reject::kAccessCodeInvalid;
    if (found->second == 0) return Reject::kAccessCodeUsed;
    *left = &found->second;
    return Reject::kNone;
  }
  return Reject::kAccessCodeInvalid;
}

static CodeBatchView view_of(const ConcertRow& c, std::size_t index) {
  const CodesRow& row = c.codes[index];
  CodeBatchView v{.batch = static_cast<std::uint16_t>(index + 1),
                  .count = static_cast<std::uint32_t>(row.left.size()),
                  .uses = row.uses,
                  .opens_at = row.opens_at};
  for (const auto& [code, left] : row.left) {
    v.codes_used += left < row.uses ? 1 : 0;
    v.uses_spent += row.uses - left;
  }
  return v;
}

Reply Model::add_codes(Context& x, const AddAccessCodes& a) {
  ConcertRow* c = find(a.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  const RequestKey& key = x.command.key;
  for (std::size_t i = 0; i < c->codes.size(); ++i) {
    if (!key.present() || c->codes[i].key.key != key.key) continue;
    if (c->codes[i].key != key) return refuse(Reject::kIdempotencyKeyReused);
    return {Reject::kNone, false, true, AccessCodesView{a.concert, {view_of(*c, i)}}};
  }
  if (c->codes.size() == 64) return refuse(Reject::kTooManyAccessCodes);
  if (a.opens_at >= c->spec.opens_at || x.now >= c->spec.opens_at)
    return refuse(Reject::kConflictingSettings);
  CodesRow& row = c->codes.emplace_back(CodesRow{a.opens_at, a.uses, key, {}});
  for (const Hash128& code : a.hashes) row.left[code] = a.uses;
  return {Reject::kNone, true, false,
          AccessCodesView{a.concert, {view_of(*c, c->codes.size() - 1)}}};
}

Reply Model::read_codes(Context&, const ReadAccessCodes& r) {
  const ConcertRow* c = find(r.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  AccessCodesView all{r.concert, {}};
  for (std::size_t i = 0; i < c->codes.size(); ++i) all.batches.push_back(view_of(*c, i));
  return {Reject::kNone, false, false, all};
}

}  // namespace frontrow::model
