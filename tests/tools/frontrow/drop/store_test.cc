// The containers of fans and tokens: the wheel and the token store.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/base/prng.h"
#include "engine/base/uuid.h"
#include "net/auth/token.h"
#include "net/auth/token_base64.h"
#include "tools/frontrow/drop/token_store.h"
#include "tools/frontrow/workload/draws.h"
#include "tools/frontrow/workload/wheel.h"

namespace frontrow::drop {
namespace {

TEST(FanWheel, everybody_is_due_in_their_millisecond) {
  Prng prng(11);
  std::vector<Fan> fans(2'000);
  FanWheel wheel(fans);
  std::multimap<std::uint32_t, std::uint32_t> expected;
  for (std::uint32_t i = 0; i < fans.size(); ++i) {
    fans[i].due_ms = static_cast<std::uint32_t>(1 + prng.below(300'000));  // several turns
    expected.emplace(fans[i].due_ms, i);
    wheel.add(i);
  }
  std::multimap<std::uint32_t, std::uint32_t> seen;
  for (std::uint32_t now = 0; now <= 300'000; now += 7) {
    wheel.advance(now, [&](std::uint32_t fan) {
      EXPECT_LE(fans[fan].due_ms, now);
      EXPECT_GT(fans[fan].due_ms + 7, now);
      seen.emplace(fans[fan].due_ms, fan);
    });
  }
  wheel.advance(300'001, [&](std::uint32_t fan) { seen.emplace(fans[fan].due_ms, fan); });
  EXPECT_EQ(seen.size(), expected.size());
  EXPECT_EQ(wheel.size(), 0U);
}

// The fans of one millisecond fill many chunks; chunks are reused.
TEST(FanWheel, holds_a_crowd_in_one_millisecond_again_and_again) {
  std::vector<Fan> fans(10'000);
  FanWheel wheel(fans);
  for (std::uint32_t i = 0; i < fans.size(); ++i) {
    fans[i].due_ms = 5;
    wheel.add(i);
  }
  const std::size_t memory = wheel.memory_bytes();
  for (std::uint32_t round = 1; round <= 20; ++round) {
    std::vector<int> times(fans.size());
    wheel.advance(round * 5, [&](std::uint32_t fan) {
      ++times[fan];
      fans[fan].due_ms = (round + 1) * 5;
      wheel.prefetch(fans[fan].due_ms);
      wheel.add(fan);
    });
    EXPECT_EQ(std::count(times.begin(), times.end(), 1), 10'000);
  }
  EXPECT_EQ(wheel.size(), fans.size());
  EXPECT_LE(wheel.memory_bytes(), 2 * memory);
}

TEST(FanWheel, who_is_added_while_due_comes_again) {
  std::vector<Fan> fans(1);
  FanWheel wheel(fans);
  wheel.add(0);
  int times = 0;
  wheel.advance(10, [&](std::uint32_t fan) {
    ++times;
    fans[fan].due_ms = 0;  // in the past: due in the next millisecond
    wheel.add(fan);
  });
  EXPECT_EQ(times, 10);
}

std::string stored(TokenStore& store, std::uint32_t handle, const std::string& user) {
  std::string out;
  store.append(handle, user, out);
  return out;
}

TEST(TokenStore, gives_back_real_tokens_in_half_of_their_size) {
  const TokenKey key{"k1", std::string(32, 's')};
  const auto signer = TokenSigner::create({&key, 1});
  ASSERT_TRUE(signer.ok());
  TokenStore store;
  std::map<std::uint32_t, std::pair<std::string, std::string>> tokens;
  std::size_t text_bytes = 0;
  for (std::uint32_t i = 1; i <= 5'000; ++i) {
    const UserId user = user_of(1, i);
    TokenBuffer buffer;
    const std::string token(signer->sign({.user = user,
                                          .concert = ConcertId{12},
                                          .number = TicketNumber{i},
                                          .issued_s = 1'790'000'000 + i,
                                          .expires_s = 1'790'604'800 + i},
                                         buffer));
    text_bytes += token.size();
    const std::uint32_t handle = store.put(token, to_string(user));
    ASSERT_NE(handle, 0U);
    ASSERT_TRUE(tokens.emplace(handle, std::pair(to_string(user), token)).second);
  }
  for (const auto& [handle, kept] : tokens)
    EXPECT_EQ(stored(store, handle, kept.first), kept.second);
  EXPECT_LT(store.memory_bytes(), text_bytes / 2);
}

TEST(TokenStore, gives_back_any_text) {
  TokenStore store;
  const std::string user = to_string(user_of(1, 1));
  const auto jws = [](std::string_view claims) {
    const auto part = [](std::string_view text) {
      return base64url_encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    };
    return part("{}") + "." + part(claims) + "." + part("mac");
  };
  for (const std::string& token :
       {std::string("opaque"), std::string("a.b.c"), std::string("!.?.*"), jws("{\"n\":007}"),
        jws("{\"n\":99999999999999999999}"), jws("\1\2"), jws("12" + user + "34"), jws(user + user),
        std::string(TokenStore::kTokenMax, 'x')}) {
    const std::uint32_t handle = store.put(token, user);
    ASSERT_NE(handle, 0U) << token;
    EXPECT_EQ(stored(store, handle, user), token);
  }
  EXPECT_EQ(store.put(std::string(TokenStore::kTokenMax + 1, 'x'), user), 0U);
  EXPECT_EQ(store.put("", user), 0U);
}

TEST(BlockStore, reuses_what_was_released) {
  BlockStore store;
  std::vector<std::uint32_t> handles;
  handles.reserve(10'000);
  for (int i = 0; i < 10'000; ++i) handles.push_back(store.put(std::string(40, 'a')));
  const std::size_t memory = store.memory_bytes();
  for (const std::uint32_t handle : handles) store.release(handle);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint32_t handle = store.put(std::string(48, static_cast<char>('a' + i % 26)));
    EXPECT_EQ(store.get(handle), std::string(48, static_cast<char>('a' + i % 26)));
  }
  EXPECT_EQ(store.memory_bytes(), memory);
}

}  // namespace
}  // namespace frontrow::drop
