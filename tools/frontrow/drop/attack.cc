#include "tools/frontrow/drop/attack.h"

#include <algorithm>

namespace frontrow::drop {
namespace {

constexpr std::int64_t kTimeoutUs = 20'000'000;
// Of the own server: a twenty-fifth of the default, so that the fans' solutions, which this machine
// computes, leave it time for the load.
constexpr const char* kDifficulty = "2000";

Tally tally_for(std::size_t targets) {
  Tally tally;
  tally.targets.resize(targets);
  return tally;
}

Crowd::Plan plan_bots(Crowd::Plan plan, const AttackOptions& options) {
  plan.facts.seed = ~plan.facts.seed;
  plan.facts.think = plan.facts.pay = {Spread::kFixed, 0};
  plan.shares = {0, 0, 0, 0, 0, 0, 0};  // they buy one seat each, and wait for none
  plan.arrivals.fans = options.bots;
  plan.addresses = kBotAddresses;
  if (plan.hashes_per_s) plan.hashes_per_s = options.hashes;
  return plan;
}

Pests::Plan plan_pests(const Crowd::Plan& fans, const AttackOptions& options,
                       const SaleView& sale) {
  return {.concert = fans.concert,
          .date = sale.dates.front().date,
          .seats = static_cast<std::uint32_t>(sale.dates.front().seats),
          .seed = fans.facts.seed ^ 0x5bd1e995U,
          .rate = options.rate,
          .addresses = kBotAddresses,
          .solves = fans.hashes_per_s.has_value()};
}

}  // namespace

std::vector<std::string> arguments_of_attack(const AttackOptions& options) {
  if (options.bots == 0) return {};
  std::vector<std::string> arguments = {"--http-trusted-proxies", "127.0.0.0/8"};
  if (!options.bare) {
    arguments.insert(arguments.end(),
                     {"--challenge-algorithm", "altcha", "--challenge-max-number", kDifficulty});
    return arguments;
  }
  for (const char* of : {"address", "user"}) {
    for (const char* kind : {"joins", "polls", "writes"})
      arguments.insert(arguments.end(), {std::string("--limits-") + of + "-" + kind, "0"});
  }
  return arguments;
}

Attack::Attack(asio::io_context& io, const AttackOptions& options,
               const std::vector<Target>& targets, Crowd::Plan fans, const SaleView& sale,
               Violations& violations)
    : seed_(~fans.facts.seed),
      tally_(tally_for(targets.size())),
      crowd_(plan_bots(fans, options), tally_, violations),
      pests_(plan_pests(fans, options, sale)),
      pool_(io, targets, {kBuyerConnections, kTimeoutUs}, crowd_),
      pest_pool_(io, targets, {kPestConnections, kTimeoutUs}, pests_) {}

Status Attack::join(const Target& target) { return pests_.join(target); }

void Attack::open_all() {
  pool_.open_all();
  pest_pool_.open_all();
}

void Attack::start() {
  crowd_.start(pool_);
  pests_.start(pest_pool_);
}

void Attack::tick() {
  crowd_.tick();
  pests_.tick();
}

void Attack::sweep(std::int64_t now_us) {
  pool_.sweep(now_us);
  pest_pool_.sweep(now_us);
}

void Attack::stop() {
  crowd_.stop();
  pests_.stop();
}

void Attack::abandon_all() {
  pool_.abandon_all();
  pest_pool_.abandon_all();
}

AttackReport Attack::finish() {
  crowd_.end_visits();
  // With those whose response came after the end of the fans' visits.
  const auto bought = static_cast<std::uint64_t>(std::ranges::count_if(
      crowd_.buyers(), [](const Buyer& buyer) { return buyer.payment != 0; }));
  const Pests::Counts& pests = pests_.counts();
  return {.joined = tally_.joined,
          .bought = bought,
          .told_429 = tally_.told_429 + pests.told_429,
          .requests = tally_.requests + pests.requests,
          .refused = pests.refused,
          .pest_holds = pests.holds};
}

}  // namespace frontrow::drop
