// Cost of HTTP per request without sockets: the parser, the route, the token, the body, the
// response.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/allocations.h"
#include "engine/base/check.h"
#include "engine/base/uuid.h"
#include "net/api/api_decode.h"
#include "net/api/api_render.h"
#include "net/api/api_routes.h"
#include "net/auth/token.h"
#include "net/auth/token_cache.h"
#include "net/http/http_date.h"
#include "net/http/http_parser.h"
#include "net/http/http_response.h"

namespace frontrow {
namespace {

constexpr std::string_view kBody = R"({"date":"2026-12-24","seats":[12345]})";
constexpr std::string_view kPath = "/v1/concerts/1/holds";

TokenSigner make_signer() {
  const TokenKey key{"k1", std::string(32, 's')};
  auto signer = TokenSigner::create({&key, 1});
  FR_CHECK(signer.ok());
  return std::move(*signer);
}

TokenClaims claims() {
  return {.user = *parse_uuid("01234567-89ab-4cde-8f01-23456789abcd"),
          .concert = ConcertId{1},
          .number = TicketNumber{123'456},
          .issued_s = 1'790'000'000,
          .expires_s = 1'790'604'800,
          .epoch = 0};
}

std::string hold_request() {
  TokenBuffer buffer;
  std::string text =
      "POST " + std::string(kPath) + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ";
  text += make_signer().sign(claims(), buffer);
  text += "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(kBody.size()) +
          "\r\n\r\n";
  return text.append(kBody);
}

void parse_request(benchmark::State& state) {
  const HttpLimits limits;
  HttpParser parser(limits);
  ParseProgress progress;
  const std::string text = hold_request();
  const CountAllocations count(state);
  for (auto _ : state) FR_CHECK(parser.parse(text, progress) == ParseOutcome::kRequest);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse_request);

void match_hold_route(benchmark::State& state) {
  const CountAllocations count(state);
  for (auto _ : state) benchmark::DoNotOptimize(match_route(Method::kPost, kPath));
}
BENCHMARK(match_hold_route);

void sign_token(benchmark::State& state) {
  const TokenSigner signer = make_signer();
  TokenBuffer buffer;
  const CountAllocations count(state);
  for (auto _ : state) benchmark::DoNotOptimize(signer.sign(claims(), buffer));
}
BENCHMARK(sign_token);

void verify_token(benchmark::State& state) {
  const TokenSigner signer = make_signer();
  TokenBuffer buffer;
  const std::string token(signer.sign(claims(), buffer));
  const CountAllocations count(state);
  for (auto _ : state) FR_CHECK(signer.verify(token).check == TokenCheck::kOk);
}
BENCHMARK(verify_token);

// Tokens of `count` users, each with a number of its own.
std::vector<std::string> tokens_of(const TokenSigner& signer, std::size_t count) {
  std::vector<std::string> tokens;
  TokenBuffer buffer;
  for (std::size_t i = 0; i < count; ++i) {
    TokenClaims c = claims();
    c.number.value += static_cast<std::uint32_t>(i);
    tokens.emplace_back(signer.sign(c, buffer));
  }
  return tokens;
}

// range(0) users poll in turn: one (all data in the CPU's nearest cache), a crowd that fits the
// token cache, one slightly too large, and one that never hits it.
void verify_token_cached(benchmark::State& state) {
  const TokenSigner signer = make_signer();
  TokenCache cache(signer);
  const std::vector<std::string> tokens =
      tokens_of(signer, static_cast<std::size_t>(state.range(0)));
  for (const std::string& token : tokens) FR_CHECK(cache.verify(token).check == TokenCheck::kOk);
  const std::uint64_t before = cache.hits();
  std::size_t next = 0;
  const CountAllocations count(state);
  for (auto _ : state) {
    FR_CHECK(cache.verify(tokens[next]).check == TokenCheck::kOk);
    if (++next == tokens.size()) next = 0;
  }
  state.counters["hits"] =
      static_cast<double>(cache.hits() - before) / static_cast<double>(state.iterations());
}
BENCHMARK(verify_token_cached)->Arg(1)->Arg(4'000)->Arg(12'000)->Arg(100'000);

// The same crowds without the cache.
void verify_token_of_many(benchmark::State& state) {
  const TokenSigner signer = make_signer();
  const std::vector<std::string> tokens =
      tokens_of(signer, static_cast<std::size_t>(state.range(0)));
  std::size_t next = 0;
  for (auto _ : state) {
    FR_CHECK(signer.verify(tokens[next]).check == TokenCheck::kOk);
    if (++next == tokens.size()) next = 0;
  }
}
BENCHMARK(verify_token_of_many)->Arg(4'000)->Arg(100'000);

void refuse_forged_token(benchmark::State& state) {
  const TokenSigner signer = make_signer();
  TokenCache cache(signer);
  std::string token = tokens_of(signer, 1).front();
  FR_CHECK(cache.verify(token).check == TokenCheck::kOk);
  token.back() = token.back() == 'A' ? 'B' : 'A';
  for (auto _ : state) FR_CHECK(cache.verify(token).check == TokenCheck::kBadSignature);
}
BENCHMARK(refuse_forged_token);

void decode_hold_body(benchmark::State& state) {
  const RouteMatch match = match_route(Method::kPost, kPath);
  Request request;
  request.body = kBody;
  JsonReader reader;
  CommandBody body;
  const SaleDefaults defaults;
  JoinTerms terms;
  const CountAllocations count(state);
  for (auto _ : state)
    FR_CHECK(decode_request(match, request, defaults, terms, reader, body).fault ==
             DecodeFault::kNone);
}
BENCHMARK(decode_hold_body);

void render_hold_answer(benchmark::State& state) {
  const HoldView hold{.hold = make_hold_id(ConcertId{1}, 77),
                      .concert = ConcertId{1},
                      .date = Date{20'811},
                      .seats = {SeatNumber{12'345}},
                      .amount = Money{50'000},
                      .expires_at = Instant{1'790'000'300'000}};
  HttpDate date;
  date.set(0, Instant{1'790'000'000'000});
  std::string body;
  std::string out;
  const CountAllocations count(state);
  for (auto _ : state) {
    body.clear();
    out.clear();
    render(body, hold);
    append_response_head(out, {.status = 201, .location = "/v1/concerts/1/holds/4294967373"},
                         {"0123456789ab-77", date.line()}, BodyFraming::kSized, body.size());
    out += body;
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(render_hold_answer);

void render_queue_entry(benchmark::State& state) {
  const TokenClaims c = claims();
  const QueueEntry entry{
      .concert = c.concert, .user = c.user, .number = c.number, .position = 17, .waiting = 5321};
  std::string body;
  const CountAllocations count(state);
  for (auto _ : state) {
    body.clear();
    render(body, entry);
    benchmark::DoNotOptimize(body.data());
  }
}
BENCHMARK(render_queue_entry);

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
