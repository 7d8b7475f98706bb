#include "engine/runtime/cluster/rendezvous.h"

#include <algorithm>
#include <array>
#include <bit>

#include "engine/base/check.h"
#include "engine/base/hash.h"

namespace frontrow {
namespace {

constexpr std::uint64_t kRankSeed = 0x736c6f74;  // "slot"

__extension__ using Wide = unsigned __int128;

// -log2(x / 2^64) for x >= 1, with 32 bits behind the point, exact to the bits that squaring 64-bit
// numbers keeps (Knuth, The Art of Computer Programming 1, 1.2.2, exercise 25): each squaring
// yields one digit of the binary logarithm, 1 if the square reaches 2.
std::uint64_t minus_log2(std::uint64_t x) {
  constexpr int kFractionBits = 32;
  const int leading = std::countl_zero(x);
  std::uint64_t mantissa = x << leading;  // 1.63 bits, from 1 to below 2
  std::uint64_t fraction = 0;
  for (int bit = 0; bit < kFractionBits; ++bit) {
    const auto square = static_cast<Wide>(mantissa) * mantissa;  // 2.126 bits
    const bool two = (square >> 127) != 0;
    fraction = fraction << 1 | (two ? 1 : 0);
    mantissa = static_cast<std::uint64_t>(two ? square >> 64 : square >> 63);
  }
  // log2(x / 2^64) = 63 - leading + fraction - 64
  return (static_cast<std::uint64_t>(leading + 1) << kFractionBits) - fraction;
}

// The smallest draw wins: an exponential variable with the instance's weight as rate. Compared as
// fractions cost / weight.
struct Draw {
  std::uint64_t cost = 0;
  std::uint32_t weight = 0;
  InstanceId id = 0;
  bool beats(const Draw& other) const {
    const auto mine = static_cast<Wide>(cost) * other.weight;
    const auto its = static_cast<Wide>(other.cost) * weight;
    return mine != its ? mine < its : id < other.id;
  }
};

Draw draw(SlotId slot, const WeightedInstance& instance) {
  const std::uint64_t random = HashFold(kRankSeed).add(slot.value).add(instance.id).value();
  return {minus_log2(std::max<std::uint64_t>(random, 1)), instance.weight, instance.id};
}

}  // namespace

std::size_t rank_instances(SlotId slot, std::span<const WeightedInstance> instances,
                           std::span<InstanceId> best) {
  FR_CHECK(best.size() <= kInstancesMax);
  std::array<Draw, kInstancesMax> draws;  // the best ones so far, in order
  std::size_t count = 0;
  for (const WeightedInstance& instance : instances) {
    if (instance.weight == 0) continue;
    const Draw d = draw(slot, instance);
    std::size_t place = count;
    while (place > 0 && d.beats(draws[place - 1])) --place;
    if (place == best.size()) continue;
    if (count < best.size()) ++count;
    for (std::size_t i = count - 1; i > place; --i) draws[i] = draws[i - 1];
    draws[place] = d;
  }
  for (std::size_t i = 0; i < count; ++i) best[i] = draws[i].id;
  return count;
}

}  // namespace frontrow
