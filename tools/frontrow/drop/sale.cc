#include "tools/frontrow/drop/sale.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <chrono>

#include "net/json/json_writer.h"
#include "tools/frontrow/common/http_once.h"
#include "tools/frontrow/drop/request.h"

namespace frontrow::drop {
namespace {

namespace dom = simdjson::dom;

constexpr Duration kPatience = seconds(15);
// The dates lie some weeks ahead; their values do not matter otherwise.
constexpr int kDaysAhead = 30;

// Reads members of a JSON object and remembers the first missing one.
class Members {
 public:
  explicit Members(dom::element object) : object_(object) {}
  template <class T>
  T get(std::string_view name) {
    T value{};
    if (object_[name].get(value) != simdjson::SUCCESS && missing_.empty()) missing_ = name;
    return value;
  }
  std::uint64_t count(std::string_view name) { return get<std::uint64_t>(name); }
  std::uint32_t count32(std::string_view name) { return static_cast<std::uint32_t>(count(name)); }
  const std::string& missing() const { return missing_; }

 private:
  dom::element object_;
  std::string missing_;
};

Result<OnceAnswer> call(const Target& target, const std::string& request) {
  auto reply = send_once(target.endpoint, request, kPatience);
  if (!reply.ok()) return Error{fmt::format("{}: {}", target.host, reply.error())};
  return reply;
}

std::string concert_body(const SaleOptions& options) {
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())
                         .time_since_epoch()
                         .count();
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("title", "Ticket drop").array("dates");
  for (const Date date : dates_of(options, static_cast<std::int32_t>(today) + kDaysAhead)) {
    json.begin_object().member("date", date).array("sections");
    json.begin_object().member("name", kHallName).member("seats", options.seats);
    json.member("price", options.price).end_object();
    if (options.standing != 0) {
      json.begin_object().member("name", kStandingName).member("kind", "general");
      json.member("capacity", options.standing);
      json.member("price", price_of_standing(options.price)).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().object("queue").member("maxActive", options.max_active);
  json.member("admitPerSecond", options.admit_per_second)
      .member("sessionSeconds", options.session_s)
      .member("idleSeconds", options.idle_s)
      .end_object();
  json.member("holdSeconds", options.hold_s).member("offerSeconds", options.offer_s).end_object();
  return body;
}

Result<SaleView> sale_of(const Result<OnceAnswer>& reply, const Operator& op, int expected) {
  if (!reply.ok()) return Error{reply.error()};
  if (reply->status != expected)
    return Error{fmt::format("{} answers {}: {}", op.target.host, reply->status, reply->body)};
  return parse_sale(reply->body);
}

std::string missing_in_dates(const dom::array& dates, SaleView& sale) {
  for (const dom::element element : dates) {
    Members members(element);
    SaleDate date;
    const auto parsed = parse_date(members.get<std::string_view>("date"));
    date.seats = members.count("seatsTotal");
    date.free = members.count("free");
    date.held = members.count("held");
    date.sold = members.count("sold");
    if (!members.missing().empty()) return members.missing();
    if (!parsed) return "date";
    date.date = *parsed;
    sale.dates.push_back(date);
  }
  std::sort(sale.dates.begin(), sale.dates.end(),
            [](const SaleDate& a, const SaleDate& b) { return a.date < b.date; });
  return {};
}

}  // namespace

ServerFigures SaleView::figures() const {
  ServerFigures figures{.waiting = waiting, .active = active};
  for (const SaleDate& date : dates) {
    figures.held += date.held;
    figures.sold += date.sold;
  }
  return figures;
}

std::uint64_t SaleView::seats() const {
  std::uint64_t seats = 0;
  for (const SaleDate& date : dates) seats += date.seats;
  return seats;
}

double SaleView::sold_percent() const {
  const std::uint64_t all = seats();
  return all == 0 ? 0 : 100.0 * static_cast<double>(figures().sold) / static_cast<double>(all);
}

bool SaleView::sold_out() const {
  return std::all_of(dates.begin(), dates.end(),
                     [](const SaleDate& date) { return date.free == 0 && date.held == 0; });
}

Result<SaleView> parse_sale(std::string_view body) {
  dom::parser parser;
  dom::element root;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS || !root.is_object())
    return Error{"the answer about the concert is no JSON object"};
  Members members(root);
  SaleView sale;
  sale.concert = members.count32("concertId");
  sale.title = members.get<std::string_view>("title");
  sale.currency = members.get<std::string_view>("currency");
  sale.hold_s = members.count32("holdSeconds");
  sale.offer_s = members.count32("offerSeconds");
  sale.seats_per_user = members.count32("maxSeatsPerUser");
  sale.waiting = members.count("waiting");
  sale.active = members.count("active");
  sale.revenue = members.get<std::int64_t>("revenue");
  sale.payments = members.count("payments");
  sale.refunds = members.count("refunds");
  std::string missing = members.missing();
  dom::element queue;
  if (root["queue"].get(queue) == simdjson::SUCCESS) {
    Members rules(queue);
    sale.max_active = rules.count32("maxActive");
    sale.admit_per_second = rules.count32("admitPerSecond");
    sale.session_s = rules.count32("sessionSeconds");
    sale.idle_s = rules.count32("idleSeconds");
    if (missing.empty()) missing = rules.missing();
  } else if (missing.empty()) {
    missing = "queue";
  }
  if (missing.empty()) missing = missing_in_dates(members.get<dom::array>("dates"), sale);
  if (!missing.empty())
    return Error{fmt::format("the answer about the concert has no `{}`", missing)};
  return sale;
}

Result<Target> resolve(const Url& url) {
  asio::io_context io;
  asio::ip::tcp::resolver resolver(io);
  asio::error_code error;
  const auto found = resolver.resolve(url.host, url.port, error);
  if (error || found.empty())
    return Error{fmt::format("{}: {}", url.authority, error ? error.message() : "no address")};
  return Target{found.begin()->endpoint(), url.authority};
}

std::string sale_path(std::uint32_t concert) {
  return fmt::format("/v1/admin/concerts/{}", concert);
}

Result<SaleView> create_sale(const Operator& op, const SaleOptions& options) {
  const RequestHead head{"POST", "/v1/admin/concerts", op.target.host};
  return sale_of(call(op.target, whole_request(head, op.admin_key, concert_body(options))), op,
                 201);
}

Result<SaleView> read_sale(const Operator& op, std::uint32_t concert) {
  const std::string path = sale_path(concert);
  const RequestHead head{"GET", path, op.target.host};
  return sale_of(call(op.target, whole_request(head, op.admin_key, {})), op, 200);
}

bool asks_for_challenges(const Operator& op, std::uint32_t concert) {
  const std::string path = fmt::format("/v1/concerts/{}/challenge", concert);
  const auto reply = call(op.target, whole_request({"GET", path, op.target.host}, {}, {}));
  return reply.ok() && reply->status == 200;
}

std::optional<InstanceView> read_instance(const Operator& op) {
  const RequestHead head{"GET", "/v1/admin/cluster", op.target.host};
  const auto reply = call(op.target, whole_request(head, op.admin_key, {}));
  if (!reply.ok() || reply->status != 200) return std::nullopt;
  dom::parser parser;
  dom::element root;
  if (parser.parse(reply->body).get(root) != simdjson::SUCCESS) return std::nullopt;
  Members members(root);
  InstanceView view{members.count("instance"), members.count("slots"), 0};
  const auto links = members.get<dom::array>("links");
  if (!members.missing().empty()) return std::nullopt;
  for (const dom::element link : links) {
    Members peer(link);
    view.forwarded += peer.count("requestsOut");
    if (!peer.missing().empty()) return std::nullopt;
  }
  return view;
}

}  // namespace frontrow::drop
