#include "engine/core/state/access_codes.h"

#include <algorithm>

#include "engine/base/check.h"

namespace frontrow {
namespace {

// Room behind the last place, so that the array hardly ever moves for hashes that stand there.
constexpr std::size_t kPlacesBehind = 64;

StateHash hash_of_batch(std::size_t batch, const CodeBatchTerms& terms) {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kCodeBatch))
      .add(batch)
      .add(static_cast<std::uint64_t>(terms.opens_at.ms))
      .add(terms.uses)
      .add(terms.count)
      .add(static_cast<std::uint64_t>(terms.added_at.ms))
      .add(terms.key.key.high)
      .add(terms.key.key.low)
      .value();
}

StateHash hash_of_code(std::size_t batch, const Hash128& hash, std::uint32_t uses_left) {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kAccessCode))
      .add(batch)
      .add(hash.high)
      .add(hash.low)
      .add(uses_left)
      .value();
}

}  // namespace

CodeBatch::CodeBatch(const CodeBatchTerms& terms)
    : terms_(terms), places_(std::size_t{terms.count} + terms.count / 3 + 1) {
  FR_CHECK(terms.count >= 1 && terms.count <= kCodesPerBatchMax);
  hashes_.reserve(places_ + kPlacesBehind);
  uses_left_.reserve(places_ + kPlacesBehind);
}

std::size_t CodeBatch::home_of(const Hash128& hash) const {
  return static_cast<std::size_t>(((hash.high >> 32) * places_) >> 32);
}

void CodeBatch::append(const Hash128& hash, std::uint32_t uses_left) {
  FR_CHECK(hash > last_ && size_ < terms_.count && uses_left <= terms_.uses);
  const std::size_t place = std::max(home_of(hash), hashes_.size());
  hashes_.resize(place + 1);
  uses_left_.resize(place + 1);
  hashes_[place] = hash;
  uses_left_[place] = static_cast<std::uint16_t>(uses_left);
  last_ = hash;
  ++size_;
  if (uses_left < terms_.uses) ++codes_used_;
  uses_spent_ += terms_.uses - uses_left;
}

std::optional<std::size_t> CodeBatch::find(const Hash128& hash) const {
  for (std::size_t i = home_of(hash); i < hashes_.size(); ++i) {
    if (hashes_[i] == hash && hash != Hash128{}) return i;
    if (hashes_[i] == Hash128{} || hashes_[i] > hash) break;
  }
  return std::nullopt;
}

void CodeBatch::use(std::size_t place) {
  FR_CHECK(uses_left_[place] > 0);
  if (uses_left_[place] == terms_.uses) ++codes_used_;
  --uses_left_[place];
  ++uses_spent_;
}

std::size_t CodeBatch::memory_bytes() const {
  return sizeof *this + hashes_.capacity() * sizeof(Hash128) +
         uses_left_.capacity() * sizeof(std::uint16_t);
}

Instant AccessCodes::opens_at() const {
  Instant first = batches_.front().terms().opens_at;
  for (const CodeBatch& batch : batches_) first = std::min(first, batch.terms().opens_at);
  return first;
}

std::optional<AccessCodes::Found> AccessCodes::find(const Hash128& hash) const {
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    const auto place = batches_[i].find(hash);
    if (!place) continue;
    return Found{static_cast<std::uint16_t>(i + 1), batches_[i].terms().opens_at,
                 batches_[i].uses_left(*place)};
  }
  return std::nullopt;
}

void AccessCodes::add(const CodeBatchTerms& terms, std::span<const Hash128> hashes) {
  FR_CHECK(hashes.size() == terms.count && restore_batch(terms));
  const auto number = static_cast<std::uint32_t>(batches_.size());
  for (const Hash128& hash : hashes) FR_CHECK(restore_code(number, hash, terms.uses));
}

void AccessCodes::use(std::uint16_t batch, const Hash128& hash) {
  FR_CHECK(batch >= 1 && batch <= batches_.size());
  CodeBatch& codes = batches_[batch - 1U];
  const auto place = codes.find(hash);
  FR_CHECK(place.has_value());
  hash_ -= hash_of_code(batch, hash, codes.uses_left(*place));
  codes.use(*place);
  hash_ += hash_of_code(batch, hash, codes.uses_left(*place));
}

bool AccessCodes::restore_batch(const CodeBatchTerms& terms) {
  if (batches_.size() == kCodeBatchesMax || terms.uses < 1 || terms.uses > kUsesPerCodeMax)
    return false;
  if (terms.count < 1 || terms.count > kCodesPerBatchMax ||
      terms.count > kCodesPerConcertMax - count_)
    return false;
  batches_.emplace_back(terms);
  count_ += terms.count;
  hash_ += hash_of_batch(batches_.size(), terms);
  return true;
}

bool AccessCodes::restore_code(std::uint32_t batch, const Hash128& hash, std::uint32_t uses_left) {
  if (batch < 1 || batch > batches_.size()) return false;
  CodeBatch& codes = batches_[batch - 1];
  if (hash <= codes.last() || codes.size() == codes.terms().count) return false;
  if (uses_left > codes.terms().uses) return false;
  codes.append(hash, uses_left);
  hash_ += hash_of_code(batch, hash, uses_left);
  return true;
}

StateHash AccessCodes::recompute_hash() const {
  StateHash sum = 0;
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    sum += hash_of_batch(i + 1, batches_[i].terms());
    batches_[i].for_each([&sum, i](const Hash128& hash, std::uint32_t uses_left) {
      sum += hash_of_code(i + 1, hash, uses_left);
    });
  }
  return sum;
}

std::size_t AccessCodes::memory_bytes() const {
  std::size_t bytes = (batches_.capacity() - batches_.size()) * sizeof(CodeBatch);
  for (const CodeBatch& batch : batches_) bytes += batch.memory_bytes();
  return bytes;
}

}  // namespace frontrow
