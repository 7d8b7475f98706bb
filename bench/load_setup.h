// Setup for the scenarios of http_load: concerts on sale and users with tokens, made through the
// same HTTP interface. Any refusal throws SetupError, because a measurement is impossible then.
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
// ISO text of date number `index` of a sale, counted from 0, in ascending order.
std::string date_text(std::uint32_t index);
// The request line and the headers, with `bearer` as bearer token unless empty; no blank line.
std::string request_head(std::string_view method, std::string_view path, std::string_view bearer);
void append_request(std::string& out, std::string_view head, std::string_view body);
// The number or text behind "name": in flat JSON; empty when the name is missing.
std::string_view json_field(std::string_view body, std::string_view name);
// The same as a number; throws SetupError when there is none.
std::uint64_t json_number(std::string_view body, std::string_view name);

std::uint32_t create_concert(const ScenarioOptions& options, const SaleSpec& spec);
// Joins `count` users to the concerts in turn and returns when `active` users more than before are
// active. Returns every `step`th user, so that a line can be longer than the memory of this process
// allows.
struct Crowd {
  std::uint32_t count = 0;
  std::uint32_t active = 0;
  std::uint32_t step = 1;
};
std::vector<Fan> join_fans(const ScenarioOptions& options,
                           const std::vector<std::uint32_t>& concerts, const Crowd& crowd);
// Charges the wallets of the fans, who must be active, with the price of one seat each.
void charge_fans(const ScenarioOptions& options, const std::vector<Fan>& fans);
// Sends one request on a connection of its own and returns the body; throws on another status.
std::string ask_once(const ScenarioOptions& options, int status, std::string_view head,
                     std::string_view body);

}  // namespace frontrow::bench
