#include "tools/frontrow/cluster/status_answer.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "engine/base/text.h"
#include "engine/base/time.h"
#include "tools/frontrow/common/http_once.h"

namespace frontrow::cluster {
namespace {

namespace dom = simdjson::dom;

constexpr Duration kAnswerWithin = seconds(2);

// Reads members of a JSON object; one that is missing or of another type is zero or empty.
class LenientObject {
 public:
  explicit LenientObject(dom::element element) : element_(element) {}

  std::string text(const char* name) const {
    std::string_view value;
    return element_[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  }
  std::optional<std::uint64_t> count(const char* name) const {
    std::uint64_t value = 0;
    if (element_[name].get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
  }
  std::uint64_t number(const char* name) const { return count(name).value_or(0); }
  std::int64_t signed_number(const char* name) const {
    std::int64_t value = 0;
    return element_[name].get(value) == simdjson::SUCCESS ? value : 0;
  }
  double fraction(const char* name) const {
    double value = 0;
    return element_[name].get(value) == simdjson::SUCCESS ? value : 0;
  }
  bool flag(const char* name) const {
    bool value = false;
    return element_[name].get(value) == simdjson::SUCCESS && value;
  }
  // This object itself if there is none: its members have other names.
  std::optional<LenientObject> object(const char* name) const {
    dom::element value;
    dom::object is_object;
    if (element_[name].get(value) != simdjson::SUCCESS ||
        value.get(is_object) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    return LenientObject(value);
  }
  std::vector<dom::element> list(const char* name) const {
    dom::array value;
    if (element_[name].get(value) != simdjson::SUCCESS) return {};
    return {value.begin(), value.end()};
  }

 private:
  dom::element element_;
};

void read_lists(const LenientObject& root, InstanceAnswer& answer) {
  for (const dom::element key : root.list("tokenKeys")) {
    std::string_view id;
    if (key.get(id) == simdjson::SUCCESS) answer.token_keys.emplace_back(id);
  }
  for (const dom::element entry : root.list("followers")) {
    const LenientObject o(entry);
    answer.followers.push_back({.instance = o.text("instance"),
                                .sent = o.number("sent"),
                                .synced = o.number("synced"),
                                .snapshots_left = o.number("snapshotsLeft")});
  }
  for (const dom::element entry : root.list("follows")) {
    const LenientObject o(entry);
    answer.follows.push_back({.stream = o.text("stream"),
                              .instance = o.text("instance"),
                              .newest = o.number("newest"),
                              .synced = o.number("synced"),
                              .slots = o.number("slots"),
                              .warm = o.number("warm")});
  }
  for (const dom::element entry : root.list("links")) {
    const LenientObject o(entry);
    answer.links.push_back({.instance = o.number("instance"),
                            .name = o.text("name"),
                            .is_up = o.flag("up"),
                            .round_trip_ms = o.fraction("roundTripMs"),
                            .last_refusal = o.text("lastRefusal")});
  }
}

}  // namespace

Result<InstanceAnswer> parse_instance_answer(const std::string& json) {
  dom::parser parser;
  dom::element element;
  dom::object is_object;
  if (parser.parse(json).get(element) != simdjson::SUCCESS ||
      element.get(is_object) != simdjson::SUCCESS) {
    return Error{"its answer is not a JSON object: does another program listen there?"};
  }
  const LenientObject root(element);
  InstanceAnswer answer;
  answer.cluster = root.text("cluster");
  answer.instance = root.text("instance");
  answer.state = root.text("state");
  answer.map_revision = root.count("mapRevision");
  if (const auto slots = root.object("slots")) {
    answer.serving = slots->number("serving");
    answer.awaited = slots->number("awaited");
    answer.lonely = slots->number("lonely");
  }
  if (const auto store = root.object("store")) {
    answer.lease_ms = store->signed_number("leaseMs");
    answer.unanswered_ms = store->number("unansweredMs");
    answer.tail_groups = store->number("tailGroups");
    answer.tail_bytes = store->number("tailBytes");
  }
  read_lists(root, answer);
  return answer;
}

Result<std::string> ask_instance(const std::string& http, const std::string& admin_key) {
  const std::size_t colon = http.rfind(':');
  std::string host = colon == http.npos ? "" : http.substr(0, colon);
  const auto port = parse_number<std::uint16_t>(
      colon == http.npos ? std::string_view() : std::string_view(http).substr(colon + 1));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || !port) return Error{fmt::format("\"{}\" is not HOST:PORT", http)};
  asio::io_context io;
  asio::error_code error;
  const auto found = asio::ip::tcp::resolver(io).resolve(host, std::to_string(*port), error);
  if (error || found.empty())
    return Error{fmt::format("the name {} is not found: {}", host, error.message())};
  const auto answer =
      send_once(found.begin()->endpoint(),
                fmt::format("GET /v1/admin/cluster HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n"
                            "Authorization: Bearer {}\r\n\r\n",
                            http, admin_key),
                kAnswerWithin);
  if (!answer.ok()) return Error{answer.error()};
  if (answer->status == 200) return answer->body;
  if (answer->status == 401) return Error{"401: it has a different admin key"};
  if (answer->status == 404) return Error{"404: it does not run as an instance of a cluster"};
  return Error{fmt::format("it answers {}", answer->status)};
}

}  // namespace frontrow::cluster
