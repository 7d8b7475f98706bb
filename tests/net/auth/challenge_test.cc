// Challenges against the solutions of the npm package altcha-lib (make_altcha_solutions.mjs), and
// against changed ones.
#include "net/auth/challenge.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <iterator>

#include "engine/core/protocol/limits.h"
#include "net/auth/token_base64.h"
#include "tests/source_tree.h"

namespace frontrow {
namespace {

constexpr ConcertId kConcert{7};
constexpr Instant kSolvedAt{1'800'000'000'500};
constexpr ChallengeSettings kSettings{2000, 300};
constexpr ChallengeMaker::Seed kSeed{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

std::string text_of_file(std::string_view name) {
  std::ifstream in(source_tree() / "tests/net/auth" / name);
  return {std::istreambuf_iterator<char>(in), {}};
}

TokenKey key_of(std::string_view id) {
  return {std::string(id), "0123456789abcdef0123456789abcdef" + std::string(id)};
}

std::string base64(std::string_view text) {
  return base64url_encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

class ChallengeSolutions : public testing::Test {
 protected:
  ChallengeSolutions() : document_(maker_.make(kConcert, kSolvedAt, kSettings, kSeed)) {
    simdjson::dom::parser parser;
    const auto solutions = parser.parse(text_of_file("altcha_solutions.json"));
    for (const char* name : {"pow2", "pow2_whole", "pow1"})
      payloads_.emplace_back(std::string_view(solutions[name]));
  }

  ChallengeFault fault_of(std::string_view payload, Instant now = kSolvedAt,
                          ConcertId concert = kConcert) {
    return maker_.check(payload, concert, now).fault;
  }
  std::string member(std::string_view name) {
    simdjson::dom::parser parser;
    return std::string(std::string_view(parser.parse(document_)[name]));
  }
  // A payload of the older format.
  std::string payload(std::string_view salt, std::string_view number, std::string_view signature) {
    return base64(R"({"salt":")" + std::string(salt) + R"(","number":)" + std::string(number) +
                  R"(,"signature":")" + std::string(signature) + "\"}");
  }

  ChallengeMaker maker_{std::vector<TokenKey>{key_of("k1")}};
  std::string document_;
  std::vector<std::string> payloads_;
};

TEST_F(ChallengeSolutions, are_solved_by_both_generations_of_altcha) {
  // The solutions are those of this document.
  ASSERT_EQ(document_ + "\n", text_of_file("altcha_challenge.json"));
  std::vector<std::uint64_t> hashes;
  for (const std::string& payload : payloads_) {
    const ChallengeCheck check = maker_.check(payload, kConcert, kSolvedAt);
    EXPECT_EQ(name_of(check.fault), "none");
    hashes.push_back(check.hash);
  }
  EXPECT_NE(hashes[0], 0U);
  EXPECT_EQ(hashes, std::vector<std::uint64_t>(3, hashes[0])) << "one challenge, two formats";
}

TEST_F(ChallengeSolutions, are_good_until_they_expire_and_for_their_concert_only) {
  const Instant end{(1'800'000'000 + 300) * std::int64_t{1000}};
  for (const std::string& payload : payloads_) {
    EXPECT_EQ(fault_of(payload, end - milliseconds(1)), ChallengeFault::kNone);
    EXPECT_EQ(fault_of(payload, end), ChallengeFault::kExpired);
    EXPECT_EQ(maker_.check(payload, kConcert, end).hash,
              maker_.check(payload, kConcert, kSolvedAt).hash);
    // By a clock that is ten minutes behind that of its maker.
    EXPECT_EQ(fault_of(payload, end - seconds(kChallengeSecondsMax)), ChallengeFault::kNone);
    EXPECT_EQ(fault_of(payload, end - seconds(kChallengeSecondsMax) - milliseconds(1)),
              ChallengeFault::kExpired);
    EXPECT_EQ(fault_of(payload, kSolvedAt, ConcertId{8}), ChallengeFault::kOtherConcert);
  }
}

TEST_F(ChallengeSolutions, changed_solutions_are_refused_by_their_fault) {
  const std::string salt = member("salt");
  const std::string signature = member("signature");
  const std::string core = salt.substr(0, 64);
  int solved = 0;
  for (int number = 0; number <= 2000; ++number) {
    const ChallengeFault fault = fault_of(payload(salt, std::to_string(number), signature));
    solved += fault == ChallengeFault::kNone ? 1 : 0;
    EXPECT_TRUE(fault == ChallengeFault::kNone || fault == ChallengeFault::kSolution) << number;
  }
  EXPECT_EQ(solved, 1);
  EXPECT_EQ(fault_of(payload(salt, "99999999999", signature)), ChallengeFault::kSolution);
  // Each digit of the signed bytes, the expiry and the difficulty among them.
  for (std::size_t i = 0; i < core.size(); ++i) {
    std::string changed = salt;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_EQ(fault_of(payload(changed, "1", signature)), ChallengeFault::kSignature) << i;
  }
  std::string forged = signature;
  forged[5] = forged[5] == '0' ? '1' : '0';
  EXPECT_EQ(fault_of(payload(salt, "1", forged)), ChallengeFault::kSignature);
}

TEST_F(ChallengeSolutions, nonsense_is_malformed) {
  const std::string salt = member("salt");
  const std::string signature = member("signature");
  for (const std::string& bad :
       {std::string(), std::string("%"), std::string("AAAA"), base64("[]"), base64("7"),
        base64("{}"), base64(R"({"challenge":7})"), base64(R"({"challenge":{"parameters":[]}})"),
        payload(salt, "-1", signature), payload(salt, "1.5", signature),
        payload(salt, "\"1\"", signature), payload(salt.substr(1), "1", signature),
        payload("g" + salt.substr(1), "1", signature), payload("", "1", signature),
        payload(salt, "1", signature.substr(2)), payload(salt, "1", ""),
        std::string(kChallengePayloadMax + 4, 'A')})
    EXPECT_EQ(fault_of(bad), ChallengeFault::kMalformed) << bad;
}

TEST_F(ChallengeSolutions, of_the_previous_key_stay_good_and_those_of_a_stranger_never_were) {
  const ChallengeMaker renewed(std::vector<TokenKey>{key_of("k2"), key_of("k1")});
  const ChallengeMaker later(std::vector<TokenKey>{key_of("k3"), key_of("k2")});
  for (const std::string& payload : payloads_) {
    EXPECT_EQ(renewed.check(payload, kConcert, kSolvedAt).fault, ChallengeFault::kNone);
    EXPECT_EQ(later.check(payload, kConcert, kSolvedAt).fault, ChallengeFault::kSignature);
  }
}

TEST_F(ChallengeSolutions, differ_by_their_seed_and_by_nothing_else) {
  ChallengeMaker::Seed other = kSeed;
  other[15] ^= 1;
  EXPECT_EQ(maker_.make(kConcert, kSolvedAt, kSettings, kSeed), document_);
  EXPECT_NE(maker_.make(kConcert, kSolvedAt, kSettings, other), document_);
}

}  // namespace
}  // namespace frontrow
