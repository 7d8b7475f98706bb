#include "engine/runtime/membership/member_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/runtime/membership/members.h"
#include "tests/engine/runtime/membership/support/member_fixtures.h"
#include "tests/engine/runtime/shared_log/support/model_store.h"

namespace frontrow {
namespace {

TEST(MemberRecord, is_a_line_of_text) {
  const MemberRecord record{.name = "box-1",
                            .process = 0x5d1f0c44a90be273,
                            .stream = 0x7c0a91d2b34e55f0,
                            .beat = 18231,
                            .state = MemberState::kServing,
                            .weight = 100,
                            .http = "10.0.0.1:8080",
                            .peer = "[fd00::1]:9080",
                            .version = "0.1.0"};
  EXPECT_EQ(encode_member_record(record),
            "v1 name=box-1 process=5d1f0c44a90be273 stream=7c0a91d2b34e55f0 beat=18231 "
            "state=serving weight=100 http=10.0.0.1:8080 peer=[fd00::1]:9080 version=0.1.0");
  const Result<MemberRecord> read = decode_member_record(encode_member_record(record));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, record);
}

TEST(MemberRecord, keeps_every_state_and_the_bounds) {
  MemberRecord record = member_record("a", 1);
  for (const MemberState state :
       {MemberState::kJoining, MemberState::kServing, MemberState::kStopping, MemberState::kLeaving,
        MemberState::kDead}) {
    record.state = state;
    record.beat = ~std::uint64_t{0};
    record.process = ~std::uint64_t{0};
    record.weight = 10'000;
    record.version = std::string(kMemberVersionLengthMax, 'v');
    record.http.assign(kMemberAddressLengthMax - 6, 'h');
    record.http.append(":65535");
    const Result<MemberRecord> read = decode_member_record(encode_member_record(record));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, record);
  }
}

TEST(MemberRecord, with_a_fault_is_not_written) {
  const auto fault = [](auto change) {
    MemberRecord record = member_record("a", 1);
    change(record);
    return !fault_of(record).empty();
  };
  EXPECT_FALSE(fault([](MemberRecord&) {}));
  for (const char* name : {"", "A", "a b", "a/b", "a=b"})
    EXPECT_TRUE(fault([&](MemberRecord& record) { record.name = name; })) << name;
  for (const char* address : {"", "host", ":80", "host:", "host:0", "host:65536", "ho st:80",
                              "host:80 ", "host\n:80", "h\xc3\xb6st:80", "host:+80"}) {
    EXPECT_TRUE(fault([&](MemberRecord& record) { record.http = address; })) << address;
    EXPECT_TRUE(fault([&](MemberRecord& record) { record.peer = address; })) << address;
  }
  const std::string long_host = std::string(kMemberAddressLengthMax, 'h') + ":80";
  EXPECT_TRUE(fault([&](MemberRecord& record) { record.http = long_host; }));
  EXPECT_TRUE(fault([](MemberRecord& record) { record.weight = 10'001; }));
  for (const std::string& version :
       {std::string(), std::string("0 1"), std::string("1\t"), std::string(65, 'v')})
    EXPECT_TRUE(fault([&](MemberRecord& record) { record.version = version; })) << version;
}

TEST(MemberRecord, rejects_every_other_text) {
  const std::string good = encode_member_record(member_record("a", 1));
  ASSERT_TRUE(decode_member_record(good).ok());
  // Cut within the last value it is another record.
  for (std::size_t cut = 0; cut <= good.rfind('=') + 1; ++cut)
    EXPECT_FALSE(decode_member_record(good.substr(0, cut)).ok()) << good.substr(0, cut);
  for (const char* more : {" ", " x=1", "\n"}) EXPECT_FALSE(decode_member_record(good + more).ok());
  EXPECT_FALSE(decode_member_record("v2" + good.substr(2)).ok());
  EXPECT_FALSE(decode_member_record(good.substr(3)).ok());
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  ASSERT_TRUE(decode_member_record(replaced("beat=1", "beat=2")).ok());
  EXPECT_FALSE(decode_member_record(replaced("beat=1", "beat=01")).ok());
  EXPECT_FALSE(decode_member_record(replaced("beat=1", "beat=+1")).ok());
  EXPECT_FALSE(decode_member_record(replaced("beat=1", "beat=18446744073709551616")).ok());
  EXPECT_FALSE(decode_member_record(replaced("state=joining", "state=asleep")).ok());
  EXPECT_FALSE(decode_member_record(replaced("state=joining", "state=")).ok());
  EXPECT_FALSE(decode_member_record(replaced("weight=100", "weight=10001")).ok());
  EXPECT_FALSE(decode_member_record(replaced("weight=100", "weight=4294967396")).ok());
  EXPECT_FALSE(decode_member_record(replaced("process=0", "process=")).ok());
  EXPECT_FALSE(decode_member_record(replaced("name=a", "name=A")).ok());
  EXPECT_FALSE(decode_member_record(replaced("weight=100 http", "http")).ok());
}

TEST(ReadMembers, reads_every_page_and_names_records_that_it_can_t_read) {
  const SharedLogKeys keys("test");
  std::map<std::string, std::string> content;
  for (int i = 0; i < 150; ++i) {
    const std::string name = "box-" + std::to_string(1000 + i);
    content[keys.member(name)] = encode_member_record(member_record(name, 1));
  }
  content[keys.member("box-1005")] = "v2 of a later version";
  content[keys.member("box-1006")] = encode_member_record(member_record("other", 1));
  content[keys.map()] = "a map";
  content[keys.stream(1)] = "a stream";
  ModelStore store;
  store.restore(content);
  const Result<MemberList> list = read_members(store, keys);
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->members.size(), 148U);
  EXPECT_EQ(list->members.front().record.name, "box-1000");
  EXPECT_EQ(list->members.back().record.name, "box-1149");
  EXPECT_EQ(*list->members.back().text, content[keys.member("box-1149")]);
  ASSERT_EQ(list->unreadable.size(), 2U);
  EXPECT_EQ(list->unreadable[0].name, "box-1005");
  EXPECT_THAT(list->unreadable[0].reason, testing::HasSubstr("v2 of a later version"));
  EXPECT_THAT(list->unreadable[1].reason, testing::HasSubstr("another name"));
  store.set_majority(false);
  EXPECT_FALSE(read_members(store, keys).ok());
}

}  // namespace
}  // namespace frontrow
