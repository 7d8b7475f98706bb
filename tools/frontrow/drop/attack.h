// The bots of `frontrow drop --attack`: a crowd that buys under names of its own, from few
// addresses and without a pause, and pests (pests.h). They have connections of their own, so that
// they take none from the fans. One thread.
#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/frontrow/drop/crowd.h"
#include "tools/frontrow/drop/pests.h"
#include "tools/frontrow/drop/pool.h"
#include "tools/frontrow/drop/report.h"
#include "tools/frontrow/drop/sale.h"

namespace frontrow::drop {

// Of the network for benchmarks (RFC 2544), three fans behind each.
inline constexpr ClientAddresses kFanAddresses{198U << 24 | 18U << 16 | 1, 131'000, 3};
// Four of a network for documentation (RFC 5737).
inline constexpr ClientAddresses kBotAddresses{203U << 24 | 113U << 8 | 1, 4, 1};

// Connections of the bots.
inline constexpr std::uint32_t kBuyerConnections = 64;
inline constexpr std::uint32_t kPestConnections = 16;

// Arguments of the own server.
std::vector<std::string> arguments_of_attack(const AttackOptions& options);

class Attack {
 public:
  // `fans`: the plan of the fans, beside whom the bots arrive. All arguments outlive it.
  Attack(asio::io_context& io, const AttackOptions& options, const std::vector<Target>& targets,
         Crowd::Plan fans, const SaleView& sale, Violations& violations);

  // The pests join; blocking.
  Status join(const Target& target);
  void open_all();
  bool all_tried() const { return pool_.all_tried() && pest_pool_.all_tried(); }
  void start();
  void tick();
  void sweep(std::int64_t now_us);
  void stop();
  void spread_word_of_sell_out() { crowd_.spread_word_of_sell_out(true); }
  std::uint32_t busy() const { return pool_.busy() + pest_pool_.busy(); }
  void abandon_all();
  AttackReport finish();
  // For the check of the books.
  const Crowd& crowd() const { return crowd_; }
  std::uint64_t seed() const { return seed_; }

 private:
  const std::uint64_t seed_;
  Tally tally_;
  Crowd crowd_;
  Pests pests_;
  ConnectionPool pool_;
  ConnectionPool pest_pool_;
};

}  // namespace frontrow::drop
