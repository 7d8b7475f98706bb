#include "tools/demo.h"

#include <fmt/format.h>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <chrono>

#include "engine/base/calendar.h"

namespace frontrow {
namespace {

constexpr std::string_view kScheme = "http://";

// One request on a connection of its own; the whole answer, head and body.
Result<std::string> send_request(const std::string& base_url, const std::string& request) {
  const std::string_view host_port = std::string_view(base_url).substr(kScheme.size());
  const std::size_t colon = host_port.rfind(':');
  std::string host(host_port.substr(0, colon));
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  asio::error_code error;
  // A server that does not answer must not keep the program from ending.
  const timeval patience{5, 0};
  socket.open(asio::ip::make_address(host).is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6());
  setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const auto port = static_cast<std::uint16_t>(std::stoi(std::string(host_port.substr(colon + 1))));
  socket.connect({asio::ip::make_address(host), port}, error);
  if (error) return Error{fmt::format("demo: can't connect to {}: {}", base_url, error.message())};
  asio::write(socket, asio::buffer(request), error);
  std::string answer;
  if (!error) asio::read(socket, asio::dynamic_buffer(answer), error);
  if (error && error != asio::error::eof)
    return Error{fmt::format("demo: {}: {}", base_url, error.message())};
  return answer;
}

std::string head(const std::string& base_url, std::string_view method, std::string_view path) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", method, path,
                     base_url.substr(kScheme.size()));
}

// The number behind the first `"concertId":` of an answer; empty if there is none.
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

Result<std::string> ensure_demo_concert(const std::string& base_url, const std::string& admin_key) {
  const auto listed = send_request(base_url, head(base_url, "GET", "/v1/concerts") + "\r\n");
  if (!listed.ok()) return listed;
  if (const std::string id = concert_id_in(*listed); !id.empty()) return id;
  const std::string body = demo_concert();
  const auto created =
      send_request(base_url, fmt::format("{}Authorization: Bearer {}\r\nContent-Type: "
                                         "application/json\r\nContent-Length: {}\r\n\r\n{}",
                                         head(base_url, "POST", "/v1/admin/concerts"), admin_key,
                                         body.size(), body));
  if (!created.ok()) return created;
  const std::string id = concert_id_in(*created);
  if (id.empty()) return Error{fmt::format("demo: the concert was not created: {}", *created)};
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
