// The operator's view of the sale: created and read over the admin API. Blocking, for the beginning
// and the end of a run; during the run the crowd sends the requests and only parse_sale() is used.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/calendar.h"
#include "engine/base/result.h"
#include "tools/frontrow/drop/pool.h"
#include "tools/frontrow/drop/tally.h"
#include "tools/frontrow/workload/options.h"

namespace frontrow::drop {

struct SaleDate {
  Date date;
  std::uint64_t seats = 0;
  std::uint64_t free = 0;
  std::uint64_t held = 0;
  std::uint64_t sold = 0;
};

struct SaleView {
  std::uint32_t concert = 0;
  std::string title;
  std::string currency;
  std::uint32_t max_active = 0;
  std::uint32_t admit_per_second = 0;
  std::uint32_t session_s = 0;
  std::uint32_t idle_s = 0;
  std::uint32_t hold_s = 0;
  std::uint32_t offer_s = 0;
  std::uint32_t seats_per_user = 0;
  std::uint64_t waiting = 0;
  std::uint64_t active = 0;
  std::int64_t revenue = 0;
  std::uint64_t payments = 0;
  std::uint64_t refunds = 0;
  std::vector<SaleDate> dates;  // rising

  ServerFigures figures() const;
  std::uint64_t seats() const;
  double sold_percent() const;  // of the seats
  bool sold_out() const;        // no seat is free, and no held one could become free
};

// Parses the response to GET /v1/admin/concerts/{c}, or to the creation of a concert.
Result<SaleView> parse_sale(std::string_view body);

Result<Target> resolve(const Url& url);

struct Operator {
  Target target;
  std::string admin_key;
};
Result<SaleView> create_sale(const Operator& op, const SaleOptions& options);
Result<SaleView> read_sale(const Operator& op, std::uint32_t concert);
std::string sale_path(std::uint32_t concert);
// Whether a join needs a solved challenge.
bool asks_for_challenges(const Operator& op, std::uint32_t concert);

// An instance of a cluster that serves the sale, by its own account.
struct InstanceView {
  std::uint64_t instance = 0;
  std::uint64_t slots = 0;
  std::uint64_t forwarded = 0;  // commands to other instances since its start
};
// Empty if the target is the only instance, or if it gives no valid response.
std::optional<InstanceView> read_instance(const Operator& op);

}  // namespace frontrow::drop
