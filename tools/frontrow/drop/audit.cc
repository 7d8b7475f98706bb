#include "tools/frontrow/drop/audit.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "engine/base/uuid.h"
#include "tools/frontrow/drop/request.h"
#include "tools/frontrow/workload/draws.h"

namespace frontrow::drop {
namespace {

namespace dom = simdjson::dom;

constexpr int kFailuresMax = 50;
constexpr std::int64_t kAgainMs = 100;

std::string user_text(std::uint64_t seed, std::uint32_t fan) {
  return to_string(user_of(seed, fan));
}

ToldFan told_of(const Buyer& buyer, std::uint64_t seed, const std::vector<Date>& dates) {
  ToldFan told{.fan = buyer.fan, .user = user_text(seed, buyer.fan)};
  told.payment = buyer.payment;
  told.amount = buyer.amount;
  told.date = dates[buyer.date];
  told.seats.assign(buyer.seats.begin(), buyer.seats.begin() + count_of(buyer.seats));
  told.unsure = buyer.payment == 0 && buyer.pay_unsure;
  if (buyer.charge != 0 && !told.unsure)
    told.balance = buyer.balance - (buyer.payment != 0 ? buyer.amount : 0);
  return told;
}

// False if the element does not have the expected members.
bool read_payment(dom::element element, std::uint32_t concert, BookedFan& booked) {
  std::uint64_t of = 0;
  std::string_view state;
  std::string_view date;
  BookedPayment payment;
  dom::array seats;
  if (element["concertId"].get(of) != simdjson::SUCCESS ||
      element["state"].get(state) != simdjson::SUCCESS ||
      element["paymentId"].get(payment.payment) != simdjson::SUCCESS ||
      element["amount"].get(payment.amount) != simdjson::SUCCESS ||
      element["date"].get(date) != simdjson::SUCCESS ||
      element["seats"].get(seats) != simdjson::SUCCESS) {
    return false;
  }
  if (of != concert || state != "completed") return true;
  const auto parsed = parse_date(date);
  if (!parsed) return false;
  payment.date = *parsed;
  for (const dom::element seat : seats) {
    std::uint64_t number = 0;
    if (seat.get(number) != simdjson::SUCCESS) return false;
    payment.seats.push_back(static_cast<std::uint32_t>(number));
  }
  booked.payments.push_back(std::move(payment));
  return true;
}

}  // namespace

struct Audit::Reader {
  dom::parser parser;
};

Audit::Audit(Plan plan, const Crowd& crowd, BooksCheck& check, std::function<void()> done)
    : plan_(std::move(plan)),
      crowd_(crowd),
      check_(check),
      done_(std::move(done)),
      reader_(std::make_unique<Reader>()),
      total_(crowd.buyers().size()) {}
Audit::~Audit() = default;

void Audit::start(ConnectionPool& pool) {
  pool_ = &pool;
  pool.set_user(*this);
  pump();
}

bool Audit::retry_is_due() const {
  return !retries_.empty() && retries_.front().not_before_us <= monotonic_us();
}

void Audit::pump() {
  while (!ended_ && (retry_is_due() || next_ < total_)) {
    const auto connection = pool_->take();
    if (!connection) return;
    if (retry_is_due()) {
      Job job = std::move(retries_.front());
      retries_.pop_front();
      send(*connection, std::move(job));
    } else {
      send(*connection, {.buyer = next_++});
    }
  }
  if (!ended_ && next_ == total_ && jobs_.empty() && retries_.empty()) end();
}

void Audit::send(std::uint32_t connection, Job job) {
  const std::string user = user_text(plan_.seed, crowd_.buyers()[job.buyer].fan);
  const std::string target = job.page == Page::kPayments
                                 ? fmt::format("/v1/users/{}/payments?limit=100", user)
                                 : fmt::format("/v1/users/{}/balance", user);
  jobs_[connection] = std::move(job);
  const RequestHead head{"GET", target, pool_->host_of(connection)};
  pool_->send(connection, whole_request(head, plan_.admin_key, {}), false);
}

void Audit::on_answer(std::uint32_t connection, Fault fault, const HttpAnswer& answer) {
  const auto found = jobs_.find(connection);
  Job job = std::move(found->second);
  jobs_.erase(found);
  if (ended_) return;
  if (fault != Fault::kNone) return again(std::move(job), kAgainMs, name_of(fault));
  if (answer.status == 429 || answer.status == 503)
    return again(std::move(job), std::max(answer.retry_after_ms, kAgainMs), "overloaded");
  if (answer.status != 200 || !read(job, answer)) {
    failure_ = fmt::format("the books of {} can't be read: {} {}",
                           user_text(plan_.seed, crowd_.buyers()[job.buyer].fan), answer.status,
                           answer.body.substr(0, 200));
    return end();
  }
  if (job.page == Page::kBalance) return finish(job);
  job.page = Page::kBalance;
  job.failures = 0;
  retries_.push_back(std::move(job));
}

void Audit::again(Job job, std::int64_t after_ms, const std::string& why) {
  if (++job.failures == kFailuresMax) {
    failure_ = "the books can't be read: " + why;
    return end();
  }
  job.not_before_us = monotonic_us() + after_ms * 1000;
  retries_.push_back(std::move(job));
}

bool Audit::read(Job& job, const HttpAnswer& answer) {
  dom::element root;
  if (reader_->parser.parse(answer.body.data(), answer.body.size()).get(root) != simdjson::SUCCESS)
    return false;
  if (job.page == Page::kBalance)
    return root["balance"].get(job.booked.balance) == simdjson::SUCCESS;
  dom::array payments;
  if (root["payments"].get(payments) != simdjson::SUCCESS) return false;
  return std::all_of(payments.begin(), payments.end(), [&](dom::element element) {
    return read_payment(element, plan_.concert, job.booked);
  });
}

void Audit::finish(const Job& job) {
  ++checked_;
  check_.check(told_of(crowd_.buyers()[job.buyer], plan_.seed, plan_.dates), job.booked);
}

void Audit::end() {
  ended_ = true;
  done_();
}

}  // namespace frontrow::drop
