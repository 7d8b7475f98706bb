// What the scenarios of http_load need to be there first: concerts on sale and users with tokens,
// made through the same HTTP interface. Any refusal throws SetupError, as nothing can be measured
// then.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/http_load.h"
#include "bench/load_scenarios.h"

namespace frontrow::bench {

struct SetupError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline constexpr std::uint32_t kSeatPrice = 1000;

struct SaleSpec {
  std::uint32_t dates = 1;
  std::uint32_t seats_per_date = 50;
  std::uint32_t max_active = 1'000'000;
  std::uint32_t hold_seconds = 3600;
  std::uint32_t seats_per_user = 4;
};

struct Fan {
  std::uint32_t concert = 0;
  std::string user;
  std::string token;
};

// A UUID that differs for every number and process.
std::string user_id(std::uint64_t number);
// ISO text of the day so many days after the first that a sale has.
std::string date_text(std::uint32_t index);
// "Header: value" lines of `token`, without the blank line.
std::string request_head(std::string_view method, std::string_view path, std::string_view bearer);
void append_request(std::string& out, std::string_view head, std::string_view body);
// The number or text behind "name": in flat JSON; empty when it isn't there.
std::string_view json_field(std::string_view body, std::string_view name);

std::uint32_t create_concert(const ScenarioOptions& options, const SaleSpec& spec);
// Joins `count` users to the concerts in turn and returns when as many are active as `active`.
// Those returned are every `step`th of them, so that a line can be longer than what this process
// holds.
struct Crowd {
  std::uint32_t count = 0;
  std::uint32_t active = 0;
  std::uint32_t step = 1;
};
std::vector<Fan> join_fans(const ScenarioOptions& options,
                           const std::vector<std::uint32_t>& concerts, const Crowd& crowd);
// Gives each of them, who must be active, the price of one seat.
void charge_fans(const ScenarioOptions& options, const std::vector<Fan>& fans);
// One request on a connection of its own; the body, if the status is the expected one.
std::string ask_once(const ScenarioOptions& options, int status, std::string_view head,
                     std::string_view body);

}  // namespace frontrow::bench
