#include "tests/tools/frontrow/recover/salvage_support.h"

#include <rocksdb/db.h>

namespace frontrow::recover {

void History::add(const std::string& data) {
  auto log = StoppedLog::open(data);
  ASSERT_TRUE(log.ok()) << log.error();
  ReplayVisitor visitor;
  visitor.on_group = [this](const GroupView& group) { return add_group(group); };
  const auto read = (*log)->read(end, ~std::uint64_t{0}, visitor);
  ASSERT_TRUE(read.ok()) << read.error();
  end = read->number;
  newest = versions_of(slots);
}

Status History::add_group(const GroupView& group) {
  ByteReader reader(group.records);
  for (std::uint32_t i = 0; i < group.record_count; ++i) {
    const std::size_t begin = reader.position();
    const RecordView record = read_record(reader);
    GroupView one = group;
    one.record_count = 1;
    one.records = group.records.subspan(begin, reader.position() - begin);
    if (Status s = replay.apply_group(one); !s.ok()) return s;
    steps[{record.slot, record.seq}] = {slots.at(record.slot).state_hash(), group.number};
  }
  return {};
}

void spoil_group(const std::string& data, std::uint64_t group) {
  std::string bytes = group_bytes(data, group);
  bytes[bytes.size() - 1] ^= 1;
  const std::string key = group_key(data, group);
  through_rocksdb(data, [&](const Families& families) {
    ASSERT_TRUE(families.db.Put(rocksdb::WriteOptions(), families.groups, key, bytes).ok());
  });
}

SlotVersions versions_in(const std::string& data) {
  auto log = StoppedLog::open(data);
  EXPECT_TRUE(log.ok()) << (log.ok() ? "" : log.error());
  SlotTable slots;
  if (log.ok()) {
    const auto state = load_newest_state(**log, slots);
    EXPECT_TRUE(state.ok()) << (state.ok() ? "" : state.error());
  }
  return versions_of(slots);
}

void SalvageTest::SetUp() {
  {
    Sale sale(dir.data());
    played = sale.play();
    books = sale.books();
    sale.stop();
  }
  history.add(dir.data());
}

}  // namespace frontrow::recover
