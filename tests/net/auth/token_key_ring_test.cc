// Every thread sees a change of keys at once, and no thread sees half of one.
#include "net/auth/key_ring.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace frontrow {
namespace {

LiveKeys keys_of(const std::vector<std::string>& ids, const std::string& admin_key) {
  std::vector<TokenKey> keys;
  keys.reserve(ids.size());
  for (const std::string& id : ids) keys.push_back({id, "0123456789abcdef0123456789abcdef" + id});
  return {admin_key, {admin_service_key(admin_key)}, *TokenSigner::create(keys)};
}

TEST(TokenKeyIds, begin_with_the_one_that_signs) {
  EXPECT_EQ(keys_of({"new", "old"}, "").signer.key_ids(), (std::vector<std::string>{"new", "old"}));
  EXPECT_EQ(keys_of({"one"}, "").signer.key_ids(), std::vector<std::string>{"one"});
}

TEST(KeyRing, set_changes_the_version_and_the_keys) {
  KeyRing ring(keys_of({"a"}, "admin-1"));
  const std::uint64_t first = ring.version();
  EXPECT_EQ(ring.version(), first);
  EXPECT_EQ(ring.current().admin_key, "admin-1");
  ring.set(keys_of({"b", "a"}, "admin-2"));
  EXPECT_NE(ring.version(), first);
  EXPECT_EQ(ring.current().admin_key, "admin-2");
  EXPECT_EQ(ring.current().signer.key_ids(), (std::vector<std::string>{"b", "a"}));
}

TEST(KeyRing, copies_are_whole_and_no_older_than_the_version_that_was_seen) {
  KeyRing ring(keys_of({"k0"}, "0"));
  std::atomic<bool> stop{false};
  std::atomic<int> copies{0};
  std::vector<std::jthread> readers;
  readers.reserve(2);
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const std::uint64_t version = ring.version();
        const LiveKeys keys = ring.current();
        ASSERT_EQ(keys.signer.key_ids().front(), "k" + keys.admin_key);
        // The first version is 1, and each set() below raises both by one.
        ASSERT_GE(std::stoull(keys.admin_key) + 1, version);
        ++copies;
      }
    });
  }
  int set = 0;
  while (set < 2'000 || copies < 2'000) {
    ++set;
    ring.set(keys_of({"k" + std::to_string(set)}, std::to_string(set)));
  }
  stop = true;
}

}  // namespace
}  // namespace frontrow
