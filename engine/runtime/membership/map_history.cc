#include "engine/runtime/membership/map_history.h"

#include <fmt/format.h>

#include <utility>

#include "engine/base/check.h"
#include "engine/runtime/shared_log/shared_log_keys.h"

namespace frontrow {

void MapHistory::add(MapStamp stamp, std::size_t earlier_max) {
  FR_CHECK(stamp.revision == latest.revision + 1);
  std::erase_if(earlier, [&](const MapStamp& other) { return other.writer == stamp.writer; });
  if (latest.revision > 0 && latest.writer != stamp.writer) earlier.push_back(std::move(latest));
  while (earlier.size() > earlier_max) {
    forgotten = earlier.front().revision;
    earlier.erase(earlier.begin());
  }
  latest = std::move(stamp);
}

MapHistory::Answer MapHistory::contains(const MapStamp& stamp) const {
  const auto answer = [&](const MapStamp& newest) {
    return newest.change == stamp.change ? Answer::kYes : Answer::kNo;
  };
  if (latest.writer == stamp.writer) return answer(latest);
  for (const MapStamp& newest : earlier)
    if (newest.writer == stamp.writer) return answer(newest);
  return stamp.revision <= forgotten ? Answer::kForgotten : Answer::kNo;
}

std::string fault_of(const MapHistory& history) {
  std::uint64_t before = history.forgotten;
  const auto fault = [&](const MapStamp& stamp) -> std::string {
    if (stamp.revision <= before || stamp.revision > history.latest.revision)
      return fmt::format("revision {} is out of order", stamp.revision);
    if (!is_cluster_name(stamp.author) || stamp.change == 0)
      return fmt::format("revision {} has no author, or no change of its writer", stamp.revision);
    before = stamp.revision;
    return {};
  };
  const std::vector<MapStamp>& earlier = history.earlier;
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    if (std::string text = fault(earlier[i]); !text.empty()) return text;
    for (std::size_t j = i; j < earlier.size(); ++j) {
      const MapStamp& later = j + 1 < earlier.size() ? earlier[j + 1] : history.latest;
      if (later.writer == earlier[i].writer)
        return fmt::format("writer {:016x} is there twice", later.writer);
    }
  }
  return fault(history.latest);
}

}  // namespace frontrow
