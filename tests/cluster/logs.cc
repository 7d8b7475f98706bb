#include "tests/cluster/logs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace frontrow::cluster {

using simdjson::dom::element;

namespace {

std::int64_t number(const element& of, const char* name) {
  std::int64_t value = -1;
  EXPECT_EQ(of[name].get(value), simdjson::SUCCESS) << name << " in " << of;
  return value;
}

std::string text(const element& of, const char* name) {
  std::string_view value;
  EXPECT_EQ(of[name].get(value), simdjson::SUCCESS) << name << " in " << of;
  return std::string(value);
}

// Calls take(line, parsed line) for each line of JSON.
template <class Take>
void read_lines(std::istream& in, const Take& take) {
  simdjson::dom::parser parser;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    element parsed;
    const auto error = parser.parse(line).get(parsed);
    ASSERT_EQ(error, simdjson::SUCCESS) << line;
    take(line, parsed);
  }
}

}  // namespace

// Takes the events of all logs, those of one slot in the order of its sequence, from all its
// owners.
class Logs::Reader {
 public:
  explicit Reader(Logs& logs) : logs_(logs) {}

  void take(const Line& line, const element& event) {
    const std::string name = text(event, "event");
    instance_ = line.instance;
    if (take_tenure(line, name)) return;
    if (name == "token_joined") {
      const auto key = std::pair(number(event, "concert"), text(event, "user"));
      EXPECT_TRUE(logs_.joins_.try_emplace(key, number(event, "number")).second)
          << key.second << " joined " << key.first << " twice";
    } else if (name == "seats_held") {
      EXPECT_TRUE(logs_.holds_.insert(number(event, "hold")).second);
      remember_seats(event);
    } else if (name == "wallet_charged") {
      const ClusterLedger::Charge charge{text(event, "user"), number(event, "amount")};
      EXPECT_TRUE(logs_.charges_.try_emplace(number(event, "charge"), charge).second)
          << "charge " << number(event, "charge") << " twice";
    } else {
      take_payment(name, event);
    }
  }

 private:
  using Seat = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  // concert, date, number

  // Whether the event concerns ownership of the slot; any other event must come from the slot's
  // owner. A slot that has not moved has no such event. In a static cluster the state came with
  // slot_adopted, and the earlier owner released it later.
  bool take_tenure(const Line& line, const std::string& name) {
    const auto [at, is_new] =
        tenures_.try_emplace(line.slot, Tenure{line.instance, line.seq - 1, line.seq});
    Tenure& tenure = at->second;
    if (name == "slot_released") return true;
    if (name == "slot_taken" || name == "slot_adopted") {
      if (!is_new && line.instance != tenure.holder) ++logs_.moves_;
      tenure.holder = line.instance;
      tenure.before = tenure.newest;
      return true;
    }
    EXPECT_EQ(line.instance, tenure.holder)
        << "of slot " << line.slot << " at sequence " << line.seq << ": " << line.json;
    EXPECT_GT(line.seq, tenure.before)
        << "slot " << line.slot << " has two records of this sequence: " << line.json;
    tenure.newest = line.seq;
    return false;
  }

  void remember_seats(const element& event) {
    simdjson::dom::array seats;
    ASSERT_EQ(event["seats"].get(seats), simdjson::SUCCESS);
    std::vector<Seat>& held = seats_[number(event, "hold")];
    for (const element seat : seats)
      held.emplace_back(number(event, "concert"), number(event, "dateIndex"), seat.get_int64());
  }

  PaymentSteps& steps(std::int64_t payment) {
    logs_.touched_[payment].insert(instance_);
    return logs_.payments_[payment];
  }

  void take_payment(const std::string& name, const element& event) {
    if (name == "money_reserved") {
      ++steps(number(event["purchase"], "payment")).reserved;
      return;
    }
    static const std::map<std::string, int PaymentSteps::*> kSteps = {
        {"payment_started", &PaymentSteps::started},
        {"sold", &PaymentSteps::sold},
        {"payment_failed", &PaymentSteps::failed},
        {"payment_settled", &PaymentSteps::settled},
        {"refund_started", &PaymentSteps::refunds_started},
        {"refunded", &PaymentSteps::refunded},
        {"reserve_refused", &PaymentSteps::refused},
        {"money_posted", &PaymentSteps::posted},
        {"money_voided", &PaymentSteps::voided},
        {"money_returned", &PaymentSteps::returned}};
    const auto step = kSteps.find(name);
    if (step == kSteps.end()) return;
    const std::int64_t id = number(event, "payment");
    PaymentSteps& payment = steps(id);
    ++(payment.*step->second);
    if (name == "payment_started") payment.hold = number(event, "hold");
    for (const Seat& seat : seats_[payment.hold]) {
      if (name == "sold") {
        EXPECT_TRUE(sold_.insert(seat).second)
            << "seat " << std::get<2>(seat) << " of concert " << std::get<0>(seat)
            << " was sold by payment " << id << " when it was somebody's";
      }
      if (name == "refunded") sold_.erase(seat);
    }
  }

  struct Tenure {
    int holder = 0;
    std::int64_t before = 0;  // sequence of the last record of the holder before
    std::int64_t newest = 0;
  };

  Logs& logs_;
  int instance_ = 0;
  std::map<std::int64_t, Tenure> tenures_;           // by slot
  std::map<std::int64_t, std::vector<Seat>> seats_;  // by hold
  std::set<Seat> sold_;
};

Logs Logs::stop_and_check(Cluster& cluster, const ClusterLedger& books) {
  books.check(cluster);
  cluster.await_outboxes();
  cluster.stop();
  Logs logs(cluster);
  logs.check_payments();
  logs.check_books(books);
  logs.check_money(books);
  return logs;
}

Logs::Logs(Cluster& cluster) {
  std::vector<std::string> directories;
  std::vector<Line> all;
  for (int id = 1; id <= kInstances; ++id) {
    const std::string data = cluster.instance(id).data().string();
    if (!std::filesystem::exists(data)) continue;  // it was never started
    directories.insert(directories.end(), {"--data-dir", data});
    std::string said;
    EXPECT_EQ(Cluster::run({"recover", "log", "--format", "ndjson", "--data-dir", data}, said), 0);
    std::istringstream lines(said);
    read_lines(lines, [&](const std::string& line, const element& event) {
      // Imported states make up most of a log, and the checks don't use them.
      if (text(event, "event") == "slot_part") return;
      all.push_back({number(event, "slot"), number(event, "seq"), id, line});
    });
  }
  read(all);
  verify(directories);
  read_wallets(directories, cluster.instance(1).data().string() + ".books");
}

void Logs::read(std::vector<Line>& lines) {
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return std::pair(a.slot, a.seq) < std::pair(b.slot, b.seq);
  });
  Reader reader(*this);
  simdjson::dom::parser parser;
  for (const Line& line : lines) {
    element parsed;
    ASSERT_EQ(parser.parse(line.json).get(parsed), simdjson::SUCCESS) << line.json;
    reader.take(line, parsed);
  }
}

// Verifies all directories together by the program itself.
void Logs::verify(const std::vector<std::string>& directories) {
  std::vector<std::string> words = {"recover", "verify"};
  words.insert(words.end(), directories.begin(), directories.end());
  std::string said;
  EXPECT_EQ(Cluster::run(words, said), 0) << said;
}

void Logs::read_wallets(const std::vector<std::string>& directories, const std::string& to) {
  std::vector<std::string> words = {"recover", "export", "--format", "ndjson", "--to", to};
  words.insert(words.end(), directories.begin(), directories.end());
  std::string said;
  EXPECT_EQ(Cluster::run(words, said), 0) << said;
  std::ifstream file(to + "/wallets.ndjson");
  EXPECT_TRUE(file.good()) << said;
  read_lines(file, [&](const std::string&, const element& row) {
    const WalletRow wallet{number(row, "balance"), number(row, "reserved"), number(row, "charged")};
    EXPECT_TRUE(wallets_.try_emplace(text(row, "user"), wallet).second)
        << text(row, "user") << " has two wallets";
  });
}

void Logs::check_payments() const {
  std::set<std::int64_t> paid_holds;
  for (const auto& [id, p] : payments_) {
    SCOPED_TRACE(fmt::format(
        "payment {}: started {}, sold {}, failed {}, settled {}, refunds {} and {}; reserved {}, "
        "refused {}, posted {}, voided {}, returned {}",
        id, p.started, p.sold, p.failed, p.settled, p.refunds_started, p.refunded, p.reserved,
        p.refused, p.posted, p.voided, p.returned));
    EXPECT_EQ(p.started, 1);
    EXPECT_EQ(p.sold + p.failed, 1) << "it has " << p.sold + p.failed << " ends";
    // A payment whose wallet refused needs no post, and a refund that overtakes the post stands for
    // it.
    const bool needs_no_post = (p.refused > 0 && p.failed > 0) || p.refunded > 0;
    EXPECT_TRUE(p.settled == 1 || (p.settled == 0 && needs_no_post));
    EXPECT_LE(p.reserved, 1);
    EXPECT_EQ(p.refunded, p.refunds_started);
    EXPECT_LE(p.refunded, p.sold);
    EXPECT_EQ(p.returned, p.refunded);
    // The return of the money may overtake the post, and then stands for it.
    EXPECT_TRUE(p.posted == p.sold || (p.posted == 0 && p.returned == 1)) << p.posted;
    if (p.sold == 1) {
      EXPECT_EQ(p.reserved, 1);
      EXPECT_EQ(p.refused + p.voided, 0);
      EXPECT_TRUE(paid_holds.insert(p.hold).second) << "hold " << p.hold << " was paid twice";
    }
  }
}

void Logs::check_books(const ClusterLedger& books) const {
  for (const auto& [id, charge] : books.charges) {
    const auto found = charges_.find(id);
    ASSERT_NE(found, charges_.end()) << "charge " << id << " was acknowledged and is not there";
    EXPECT_EQ(found->second.user, charge.user);
    EXPECT_EQ(found->second.amount, charge.amount);
  }
  EXPECT_EQ(charges_.size(), books.charges.size()) << "charges that nobody was told of";
  EXPECT_EQ(holds_, books.all_holds);

  std::set<std::int64_t> sold, refunded, told, told_refunded;
  for (const auto& [id, steps] : payments_) {
    if (steps.sold > 0) sold.insert(id);
    if (steps.refunded > 0) refunded.insert(id);
  }
  for (const auto& [id, payment] : books.payments) {
    told.insert(id);
    if (payment.refunded) told_refunded.insert(id);
  }
  EXPECT_EQ(sold, told);
  EXPECT_EQ(refunded, told_refunded);

  std::size_t joins = 0;
  for (const auto& [concert, line] : books.joins) {
    joins += line.size();
    for (const auto& [user, join] : line) {
      const auto found = joins_.find({concert, user});
      ASSERT_NE(found, joins_.end()) << user << " was told a place in the line of " << concert;
      EXPECT_EQ(found->second, join.number);
    }
  }
  EXPECT_EQ(joins_.size(), joins) << "joins that nobody was told of";
}

void Logs::check_money(const ClusterLedger& books) const {
  std::map<std::string, std::int64_t> expected;
  std::int64_t charged = 0;
  std::int64_t revenue = 0;
  std::int64_t balances = 0;
  for (const auto& [id, charge] : books.charges) {
    expected[charge.user] += charge.amount;
    charged += charge.amount;
  }
  for (const auto& [id, payment] : books.payments) {
    if (payment.refunded) continue;
    expected[payment.user] -= payment.amount;
    revenue += payment.amount;
  }
  for (const auto& [user, wallet] : wallets_) {
    EXPECT_EQ(wallet.reserved, 0) << user;
    EXPECT_EQ(wallet.balance, expected[user]) << user;
    balances += wallet.balance;
  }
  EXPECT_EQ(charged, balances + revenue);
}

std::size_t Logs::failed_payments() const {
  std::size_t count = 0;
  for (const auto& [id, steps] : payments_) count += steps.failed > 0 ? 1 : 0;
  return count;
}

std::size_t Logs::payments_between_instances() const {
  std::size_t count = 0;
  for (const auto& [id, instances] : touched_) count += instances.size() > 1 ? 1 : 0;
  return count;
}

}  // namespace frontrow::cluster
