#include "tools/frontrow/drop/pests.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "engine/base/uuid.h"
#include "tools/frontrow/common/http_once.h"
#include "tools/frontrow/drop/request.h"
#include "tools/frontrow/workload/draws.h"

namespace frontrow::drop {
namespace {

constexpr std::string_view kHoldId = "\"holdId\":";

// The digits behind "holdId" in a body that is a hold.
std::string hold_in(std::string_view body) {
  const std::size_t at = body.find(kHoldId);
  if (at == body.npos) return {};
  const std::size_t from = at + kHoldId.size();
  return std::string(body.substr(from, body.find_first_not_of("0123456789", from) - from));
}

}  // namespace

Status Pests::join(const Target& target) {
  for (std::uint32_t i = 0; i < bots_.size(); ++i) {
    const std::string address = address_of(plan_.addresses, i);
    const auto ask = [&](std::string_view method, const std::string& path,
                         const std::string& body) {
      RequestHead head{method, path, target.host};
      head.forwarded_for = address;
      return send_once(target.endpoint, whole_request(head, {}, body), seconds(5));
    };
    const std::string concert = fmt::format("/v1/concerts/{}", plan_.concert);
    std::string challenge;
    if (plan_.solves) {
      const auto given = ask("GET", concert + "/challenge", {});
      if (!given.ok()) return Error{given.error()};
      std::uint64_t hashes = 0;
      challenge = fmt::format(R"(,"challenge":"{}")",
                              solve_challenge(given->body, std::atomic<bool>(false), hashes));
    }
    const auto joined =
        ask("POST", concert + "/queue/tokens",
            fmt::format(R"({{"userId":"{}"{}}})", to_string(user_of(plan_.seed, i)), challenge));
    if (!joined.ok()) return Error{joined.error()};
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    std::string_view token;
    if (parser.parse(joined->body).get(root) != simdjson::SUCCESS ||
        root["token"].get(token) != simdjson::SUCCESS) {
      return Error{fmt::format("a bot could not join: {} {}", joined->status, joined->body)};
    }
    bots_[i].token = token;
    // A forged one: its signature is another's.
    if (i >= 2 * kEach) bots_[i].token.back() = token.back() == 'A' ? 'Q' : 'A';
  }
  return {};
}

void Pests::start(ConnectionPool& pool) {
  pool_ = &pool;
  start_us_ = monotonic_us();
}

void Pests::tick() {
  const auto due =
      static_cast<std::uint64_t>((monotonic_us() - start_us_) * plan_.rate / 1'000'000);
  while (!is_stopped_ && turn_ < due) {
    if (bots_[turn_ % bots_.size()].is_waiting) {
      ++turn_;
      continue;
    }
    const auto connection = pool_->take();
    if (!connection) {
      turn_ = due;  // as many as there are connections
      return;
    }
    send(*connection);
  }
}

void Pests::send(std::uint32_t connection) {
  const auto index = static_cast<std::uint32_t>(turn_ % bots_.size());
  Bot& bot = bots_[index];
  if (connection >= bot_of_.size()) bot_of_.resize(connection + 1);
  bot_of_[connection] = index;
  const bool holds = index / kEach == 1;
  const std::string concert = fmt::format("/v1/concerts/{}", plan_.concert);
  std::string path = concert + (holds ? "/holds" : "/queue/token");
  std::string body;
  if (holds && bot.hold.empty()) {
    const std::uint64_t seat = draw(plan_.seed, index, Purpose::kSeat, turn_) % plan_.seats + 1;
    body = fmt::format(R"({{"date":"{}","seats":[{}]}})", to_string(plan_.date), seat);
  } else if (holds) {
    path += "/" + bot.hold;
  }
  bot.is_waiting = holds;
  const std::string address = address_of(plan_.addresses, index);
  RequestHead head{!body.empty() ? "POST"
                   : holds       ? "DELETE"
                                 : "GET",
                   path, pool_->host_of(connection)};
  head.forwarded_for = address;
  ++turn_;
  ++counts_.requests;
  pool_->send(connection, whole_request(head, bot.token, body), false);
}

void Pests::on_answer(std::uint32_t connection, Fault fault, const HttpAnswer& answer) {
  Bot& bot = bots_[bot_of_[connection]];
  bot.is_waiting = false;
  if (fault != Fault::kNone) return;
  if (answer.status == 429) {
    ++counts_.told_429;
  } else if (answer.status == 201) {
    ++counts_.holds;
    bot.hold = hold_in(answer.body);
  } else {
    // Released, or over.
    if (answer.status == 204 || answer.status == 404 || answer.status == 410) bot.hold.clear();
    if (answer.status >= 400) ++counts_.refused;
  }
}

}  // namespace frontrow::drop
