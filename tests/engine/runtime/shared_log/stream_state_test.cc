#include "engine/runtime/shared_log/stream_state.h"

#include <gtest/gtest.h>

#include "engine/runtime/shared_log/shared_log_keys.h"

namespace frontrow {
namespace {

TEST(StreamState, IsALineOfText) {
  const StreamState state{.instance = "box-1",
                          .writer = 0x5d1f0c44a90be273,
                          .epoch = 3,
                          .last = 18231,
                          .hash = 0x7c0a91d2b34e55f0,
                          .trimmed = 18102,
                          .sealed_by = ""};
  EXPECT_EQ(encode_stream_state(state),
            "v1 instance=box-1 writer=5d1f0c44a90be273 epoch=3 last=18231 hash=7c0a91d2b34e55f0 "
            "trimmed=18102 sealed_by=");
  const Result<StreamState> read = decode_stream_state(encode_stream_state(state));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, state);
}

TEST(StreamState, KeepsWhoSealedIt) {
  const StreamState state{.instance = "a", .epoch = 2, .sealed_by = "b"};
  const Result<StreamState> read = decode_stream_state(encode_stream_state(state));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, state);
  EXPECT_TRUE(read->is_sealed());
}

TEST(StreamState, RejectsEveryOtherText) {
  const std::string good = encode_stream_state({.instance = "a", .epoch = 2, .last = 5});
  ASSERT_TRUE(decode_stream_state(good).ok());
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_FALSE(decode_stream_state(good.substr(0, cut)).ok()) << good.substr(0, cut);
  EXPECT_FALSE(decode_stream_state(good + " ").ok());
  EXPECT_FALSE(decode_stream_state("v2" + good.substr(2)).ok());
  for (const char* bad :
       {"v1 instance= writer=0000000000000000 epoch=1 last=0 hash=0000000000000000 trimmed=0 "
        "sealed_by=",
        "v1 instance=a writer=0000000000000000 epoch=01 last=0 hash=0000000000000000 trimmed=0 "
        "sealed_by=",
        "v1 instance=a writer=0000000000000000 epoch=1 last=0 hash=0 trimmed=0 sealed_by=",
        "v1 instance=a writer=0000000000000000 epoch=1 last=2 hash=0000000000000000 trimmed=3 "
        "sealed_by="}) {
    EXPECT_FALSE(decode_stream_state(bad).ok()) << bad;
  }
}

TEST(SharedLogKeys, OrderAsTheirNumbers) {
  const SharedLogKeys keys("autumn-tour");
  EXPECT_EQ(keys.stream(0xab), "/frontrow/autumn-tour/stream/00000000000000ab");
  EXPECT_EQ(keys.group(1, 16), "/frontrow/autumn-tour/log/0000000000000001/0000000000000010");
  EXPECT_LT(keys.group(1, 9), keys.group(1, 10));
  EXPECT_LT(keys.group(1, ~std::uint64_t{0}), end_of_prefix(keys.groups(1)));
  EXPECT_GE(keys.group(2, 0), end_of_prefix(keys.groups(1)));
}

TEST(SharedLogKeys, TakePlainNamesOnly) {
  EXPECT_TRUE(is_cluster_name("autumn-tour-2"));
  for (const char* name : {"", "Autumn", "a/b", "a b", "\xc3\xa4"})
    EXPECT_FALSE(is_cluster_name(name));
  EXPECT_TRUE(is_cluster_name(std::string(48, 'a')));
  EXPECT_FALSE(is_cluster_name(std::string(49, 'a')));
}

}  // namespace
}  // namespace frontrow
