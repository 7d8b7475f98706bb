#include "tools/frontrow/serve/demo.h"

#include <fmt/format.h>

#include <chrono>

#include "engine/base/calendar.h"
#include "tools/frontrow/common/http_once.h"

namespace frontrow {
namespace {

// The number after the first `"concertId":` of a response; empty if there is none.
std::string concert_id_in(const std::string& answer) {
  constexpr std::string_view kName = "\"concertId\":";
  const std::size_t at = answer.find(kName);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + kName.size();
  return answer.substr(begin, answer.find_first_not_of("0123456789", begin) - begin);
}

// Two evenings next month, 50 seats each.
std::string demo_concert() {
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())
                         .time_since_epoch()
                         .count();
  const auto date = [today](int ahead) {
    return to_string(Date{static_cast<std::int32_t>(today + ahead)});
  };
  constexpr std::string_view kSections =
      R"([{"name":"VIP","seats":10,"price":150000},{"name":"R","seats":15,"price":110000},{"name":"S","seats":25,"price":80000}])";
  return fmt::format(
      R"({{"title":"Demo night","dates":[{{"date":"{}","sections":{}}},{{"date":"{}","sections":{}}}]}})",
      date(30), kSections, date(31), kSections);
}

}  // namespace

Result<std::string> ensure_demo_concert(const std::string& base_url, const std::string& ops_url,
                                        const std::string& admin_key) {
  const auto fault = [&base_url](const std::string& what) {
    return Error{fmt::format("demo: {}: {}", base_url, what)};
  };
  const auto listed = ask_once({.base_url = base_url, .path = "/v1/concerts"});
  if (!listed.ok()) return fault(listed.error());
  if (const std::string id = concert_id_in(listed->body); !id.empty()) return id;
  const auto created = ask_once({.base_url = ops_url,
                                 .method = "POST",
                                 .path = "/v1/admin/concerts",
                                 .bearer = admin_key,
                                 .json = demo_concert()});
  if (!created.ok()) return fault(created.error());
  const std::string id = concert_id_in(created->body);
  if (id.empty()) return fault("the concert was not created: " + created->body);
  return id;
}

std::string demo_walk(const std::string& base_url, const std::string& concert) {
  constexpr std::string_view kWalk =
      R"sh(B=@BASE@; C=@CONCERT@; U=$(cat /proc/sys/kernel/random/uuid); J='Content-Type: application/json'
T=$(curl -sS $B/v1/concerts/$C/queue/tokens -H "$J" -d '{"userId":"'$U'"}' | sed 's/.*"token":"\([^"]*\)".*/\1/'); A="Authorization: Bearer $T"
curl -sS $B/v1/concerts/$C/queue/token -H "$A"; echo
D=$(curl -sS $B/v1/concerts/$C/dates -H "$A" | sed 's/.*"dates":\[{"date":"\([^"]*\)".*/\1/'); echo "date $D"
S=$(curl -sS $B/v1/concerts/$C/dates/$D/seats -H "$A" | grep -o '"available":\[[0-9][0-9]*' | head -n 1 | grep -o '[0-9]*$'); echo "seat $S"
H=$(curl -sS $B/v1/concerts/$C/holds -H "$A" -H "$J" -d '{"date":"'$D'","seats":['$S']}' | sed 's/.*"holdId":\([0-9]*\).*/\1/'); echo "hold $H"
curl -sS $B/v1/users/$U/balance/charges -H "$A" -H "$J" -d '{"amount":200000}'; echo
curl -sS $B/v1/concerts/$C/payments -H "$A" -H "$J" -d '{"holdId":'$H'}'; echo
curl -sS $B/v1/users/$U/payments -H "$A"; echo
)sh";
  std::string walk(kWalk);
  walk.replace(walk.find("@BASE@"), 6, base_url);
  walk.replace(walk.find("@CONCERT@"), 9, concert);
  return walk;
}

}  // namespace frontrow
