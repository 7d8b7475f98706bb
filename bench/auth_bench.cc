// Cost of telling callers apart: the shop's tokens and challenges (once a join), service keys (once
// an operator's request), limits (twice a request of a fan); and of signing passes and tickets. The
// tokens and solutions are those of the tests.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <filesystem>
#include <string>

#include "engine/base/check.h"
#include "net/api/rate_limits.h"
#include "net/auth/challenge.h"
#include "net/auth/identity.h"
#include "net/auth/jws_signer.h"
#include "net/auth/service_key.h"

namespace frontrow {
namespace {

struct JoseTokens {
  simdjson::dom::parser parser;
  simdjson::dom::element document =
      parser.load((std::filesystem::path(__FILE__).parent_path().parent_path() /
                   "tests/net/auth/jose_tokens.json")
                      .string());
  JwkSet keys = *JwkSet::parse(simdjson::minify(document["jwks"]));
  IdentityRules rules{.issuer = std::string(std::string_view(document["issuer"])),
                      .audience = std::string(std::string_view(document["audience"]))};
  Instant now{std::int64_t(document["now"]) * 1000};
};

void identity(benchmark::State& state, const char* algorithm) {
  const JoseTokens tokens;
  const std::string token(std::string_view(tokens.document["good"][algorithm]));
  for (auto _ : state) {
    const Identity found = verify_identity(tokens.keys, tokens.rules, token, tokens.now);
    FR_CHECK(found.fault == IdentityFault::kNone);
  }
}
BENCHMARK_CAPTURE(identity, rs256, "rs256");
BENCHMARK_CAPTURE(identity, es256, "es256");
BENCHMARK_CAPTURE(identity, eddsa, "eddsa");

void service_key(benchmark::State& state) {
  std::vector<ServiceKey> keys;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    keys.push_back(
        {.id = std::to_string(i), .digest = sha256("secret-of-key-" + std::to_string(i))});
  const std::string secret = "secret-of-key-0";
  for (auto _ : state) benchmark::DoNotOptimize(find_key(keys, secret + "-"));
}
BENCHMARK(service_key)->Arg(1)->Arg(kServiceKeysMax);

ChallengeMaker challenge_maker() {
  return ChallengeMaker(std::vector<TokenKey>{{"k1", "0123456789abcdef0123456789abcdefk1"}});
}
constexpr Instant kChallengeTime{1'800'000'000'500};

void challenge_make(benchmark::State& state) {
  const ChallengeMaker maker = challenge_maker();
  for (auto _ : state)
    benchmark::DoNotOptimize(maker.make(ConcertId{7}, kChallengeTime, {50'000, 300}, {}));
}
BENCHMARK(challenge_make);

void challenge_check(benchmark::State& state, const char* format) {
  simdjson::dom::parser parser;
  const auto solutions = parser.load((std::filesystem::path(__FILE__).parent_path().parent_path() /
                                      "tests/net/auth/altcha_solutions.json")
                                         .string());
  const std::string payload(std::string_view(solutions[format]));
  const ChallengeMaker maker = challenge_maker();
  for (auto _ : state) {
    const ChallengeCheck check = maker.check(payload, ConcertId{7}, kChallengeTime);
    FR_CHECK(check.fault == ChallengeFault::kNone);
  }
}
BENCHMARK_CAPTURE(challenge_check, pow1, "pow1");
BENCHMARK_CAPTURE(challenge_check, pow2, "pow2");

void sign_ticket(benchmark::State& state, JwsAlgorithm algorithm) {
  const JwsSigner signer = *JwsSigner::from_pem(*new_signing_key(algorithm));
  const std::string claims =
      R"({"iss":"frontrow","aud":"frontrow","jti":"4294967297-7","con":1,"dat":"2027-05-01","sea":7,"iat":1800000000})";
  for (auto _ : state) benchmark::DoNotOptimize(signer.sign(JwsType::kTicket, claims));
}
BENCHMARK_CAPTURE(sign_ticket, eddsa, JwsAlgorithm::kEdDsa);
BENCHMARK_CAPTURE(sign_ticket, es256, JwsAlgorithm::kEs256);

// state.range(0) clients in turn.
void rate_limit(benchmark::State& state) {
  constexpr RateRule kRule{1'000'000, 1'000'000};
  RateLimits limits({{kRule, kRule, kRule}}, 65'536);
  const auto clients = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t client = 0;
  std::int64_t now_us = 1;
  for (auto _ : state) {
    client = client % clients + 1;
    now_us += 3;
    benchmark::DoNotOptimize(limits.take(client << 24, LimitedKind::kPoll, now_us));
  }
}
BENCHMARK(rate_limit)->Arg(1)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
