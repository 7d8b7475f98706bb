#include "engine/runtime/membership/members.h"

#include <utility>

#include "engine/runtime/cluster/rendezvous.h"

namespace frontrow {

Result<MemberList> read_members(ConsensusStore& store, const SharedLogKeys& keys) {
  const std::string prefix = keys.members();
  const std::string end = end_of_prefix(prefix);
  MemberList list;
  std::string from = prefix;
  for (bool more = true; more;) {
    Result<StoreRange> page = store.read(from, end, kInstancesMax);
    if (!page.ok()) return Error{page.error()};
    for (auto& [key, text] : page->entries) {
      const std::string name = key.substr(prefix.size());
      Result<MemberRecord> record = decode_member_record(text);
      if (record.ok() && record->name == name) {
        list.members.push_back({std::move(*record), std::move(text)});
      } else {
        list.unreadable.push_back(
            {name, record.ok() ? "the record has another name" : record.error()});
      }
    }
    more = page->more && !page->entries.empty();
    // The next page begins after the last key.
    if (more) from = page->entries.back().key + '\0';
  }
  return list;
}

Result<std::optional<std::string>> read_member_text(ConsensusStore& store, const std::string& key) {
  Result<StoreRange> range = store.read(key, key + '\0', 1);
  if (!range.ok()) return Error{range.error()};
  if (range->entries.empty()) return std::optional<std::string>();
  return std::optional<std::string>(std::move(range->entries.front().value));
}

}  // namespace frontrow
