// Who may call what: every operation of the OpenAPI document against every kind of caller. A row
// for each operation; one without a row, and a row without an operation, fail.

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "tests/api/support/shop.h"
#include "tests/api/support/test_issuer.h"
#include "tests/support/temp_directory.h"
#include "tools/frontrow/config/config_values.h"
#include "tools/frontrow/config/service_keys.h"

namespace frontrow::api {
namespace {

enum class Who : std::uint8_t {
  kNobody,
  kMalformed,
  kForged,
  kForeignConcert,  // an active token of another concert
  kForeignUser,     // an active token of the same concert; the path names another user
  kWaiting,
  kActive,
  kCompleted,
  kExpired,
  kLeft,
  kIdentity,  // the shop's token for the user
  kOtherIdentity,
  kOperate,
  kBoxOffice,
  kCharge,
  kRead,
  kMetrics,
  kCheckIn,
  kLimited,  // all scopes, for another concert
  kAdmin,
};
constexpr std::array kNames = {"nobody",       "malformed",  "forged",   "foreign concert",
                               "foreign user", "waiting",    "active",   "completed",
                               "expired",      "left",       "identity", "other identity",
                               "operate",      "box-office", "charge",   "read",
                               "metrics",      "check-in",   "limited",  "admin"};

struct Row {
  std::string_view operation;
  std::string_view body;
  // A letter for each caller, in the order of Who:
  //   y served, or refused for another reason than the caller
  //   t 401 invalid-token   j 401 invalid-identity   e 401 token-expired
  //   w 403 wrong-token     a 403 not-admitted       k 403 key-not-allowed
  std::string_view expected;
};

constexpr std::string_view kEverybody = "yyyyyyyyyy yy yyyyyyyy";
constexpr std::string_view kInTheShop = "tttwyayeee tt tttttttt";
constexpr std::string_view kOwnThings = "tttwyyyyyy yy tttttttt";
constexpr std::string_view kOwnWallet = "tttwwyyyyy yw kyyykkky";
constexpr std::string_view kPlan =
    R"({"name":"P","categories":["A"],)"
    R"("sections":[{"name":"S","kind":"general","capacity":5,"category":"A"}]})";

// clang-format off
constexpr Row kRows[] = {
    //                         nmffFwaceL io obcrmgla
    {"readChallenge", "",     kEverybody},
    {"join", "{}",            "jjjjjjjjjj yy jjjjjjjj"},
    {"readToken", "",         "tttwyyyyyy tt tttttttt"},
    {"watchToken", "",        "tttwyyyyyy tt tttttttt"},
    {"readPass", "",          "tttwyayeee tt tttttttt"},
    {"leave", "",             "tttwyyyeee tt tttttttt"},
    {"listConcerts", "",      kEverybody},
    {"readConcert", "",       kEverybody},
    {"readLine", "",          kEverybody},
    {"readLineBlock", "",     kEverybody},
    {"listDates", "",         kInTheShop},
    {"readSeats", "",         kInTheShop},
    {"watchSeats", "",        kInTheShop},
    {"placeHold", R"({"date":"2047-05-01","seats":[7]})", kInTheShop},
    {"listHolds", "",         kOwnThings},
    {"readHold", "",          kInTheShop},
    {"releaseHold", "",       kInTheShop},
    {"extendHold", "",        kInTheShop},
    {"joinWaitlist", R"({"date":"2047-05-01","quantity":1})", "tttwyayyyy tt tttttttt"},
    {"readWaitlist", "",      kOwnThings},
    {"leaveWaitlist", "",     "tttwyyyyyy tt tttttttt"},
    {"pay", R"({"holdId":1})", kInTheShop},
    {"readPayment", "",       kOwnThings},
    {"readBalance", "",       kOwnWallet},
    {"listPayments", "",      kOwnWallet},
    {"listTickets", "",       "tttwwyyyyy yw kykkkkky"},
    {"charge", R"({"amount":10})",                     "tttwwayyee tt kkykkkky"},
    {"adjustBalance", R"({"amount":10,"reason":"r"})", "tttttttttt tt kkykkkky"},
    {"createConcert", R"({"title":"T","dates":[{"date":"2047-05-01"}]})", "tttttttttt tt ykkkkkky"},
    {"readConcertAdmin", "",  "tttttttttt tt yykykkky"},
    {"changeConcert", R"({"holdSeconds":100})",        "tttttttttt tt ykkkkkky"},
    {"blockSeat", "",         "tttttttttt tt yykkkkky"},
    {"unblockSeat", "",       "tttttttttt tt yykkkkky"},
    {"blockSeats", R"({"ranges":[[5,6]]})",            "tttttttttt tt yykkkkky"},
    {"cancelDate", R"({"reason":"r"})",                "tttttttttt tt kykkkkky"},
    {"readDateCancellation", "",                       "tttttttttt tt kykykkky"},
    {"cancelConcert", "",     "tttttttttt tt kykkkkky"},
    {"readCancellation", "",  "tttttttttt tt kykykkky"},
    {"addAccessCodes", R"({"count":1,"uses":1,"opensAt":"2040-01-01T00:00:00Z"})",
                              "tttttttttt tt kykkkkky"},
    {"readAccessCodes", "",   "tttttttttt tt kykykkky"},
    {"refund", "",            "tttttttttt tt kykkkkky"},
    {"sellSeats", R"({"date":"2047-05-01","seats":[9],"note":"n"})",
                              "tttttttttt tt kykkkkky"},
    {"findPayments", "",      "tttttttttt tt kykykkky"},
    {"findHolds", "",         "tttttttttt tt kykykkky"},
    {"dropHold", "",          "tttttttttt tt kykkkkky"},
    {"readSeatStates", "",    "tttttttttt tt kykykkky"},
    {"readSeat", "",          "tttttttttt tt kykykkky"},
    {"readVisitor", "",       "tttttttttt tt kykykkky"},
    {"exportConcert", "",     "tttttttttt tt kykykkky"},
    {"endToken", "",          "tttttttttt tt kykkkkky"},
    {"readTicket", "",        "tttttttttt tt kykykyky"},
    {"checkIn", "",           "tttttttttt tt kykkkyky"},
    {"createPlan", kPlan,     "tttttttttt tt ykkkkkky"},
    {"listPlans", "",         "tttttttttt tt yykykkky"},
    {"readPlan", "",          kEverybody},
    {"readCluster", "",       "tttttttttt tt ykkykkky"},
    {"readAudit", "",         "tttttttttt tt kkkykkky"},
    {"readKey", "",           "tttttttttt tt yyyyyyyy"},
    {"readHistory", "",       "tttttttttt tt ykkykkky"},
    {"readConcertHistory", "",  "tttttttttt tt ykkykkky"},
    {"metrics", "",           "tttttttttt tt kkkkykky"},
    {"live", "",              kEverybody},
    {"ready", "",             kEverybody},
    {"jwks", "",              kEverybody},
    {"openapi", "",           kEverybody},
    {"pages", "",             kEverybody},
    {"board", "",             kEverybody},
    {"pageFile", "",          kEverybody},
    {"worker", "",            kEverybody},
    {"manifest", "",          kEverybody},
    {"readProblem", "",       kEverybody},
};
// clang-format on

std::string secret_of(Who who) {
  return fmt::format("frk_secret-of-the-key-number-{}", static_cast<int>(who));
}

std::string key_table(Who who, std::string_view scopes, std::string_view concerts = {}) {
  const Sha256Digest digest = sha256(secret_of(who));
  return fmt::format(
      "[[keys]]\nid = \"k{}\"\nsha256 = \"{}\"\nscopes = [{}]\n{}\n", static_cast<int>(who),
      format_hex({reinterpret_cast<const char*>(digest.data()), digest.size()}), scopes, concerts);
}

// A user, the concert of the request, and the caller's bearer token.
struct Scene {
  std::int64_t concert = 0;
  std::string user;
  std::string bearer;
};

class Matrix : public testing::Test {
 protected:
  Matrix()
      : server_((write_config(), std::vector<std::string>{"--config", config_})), shop(server_) {}

  void write_config() {
    std::ofstream(jwks_) << issuer_.jwks();
    std::ofstream(config_)
        << "[identity]\nissuer = \"https://shop.example\"\naudience = \"frontrow\"\njwks_file = \""
        << jwks_ << "\"\n[metrics]\nneed_key = true\n"
        << key_table(Who::kOperate, "\"operate\"") << key_table(Who::kBoxOffice, "\"box-office\"")
        << key_table(Who::kCharge, "\"charge\"") << key_table(Who::kRead, "\"read\"")
        << key_table(Who::kMetrics, "\"metrics\"") << key_table(Who::kCheckIn, "\"check-in\"")
        << key_table(Who::kLimited,
                     R"("operate", "box-office", "charge", "read", "metrics", "check-in")",
                     "concerts = [1000000]");
  }

  Fan join(std::int64_t concert) {
    const std::string user = new_user();
    const Response joined = shop.http.request("POST", Shop::path(concert, "/queue/tokens"),
                                              {bearer(issuer_.token_of(user))});
    EXPECT_EQ(joined.status, 201) << joined.body;
    return {user, joined.json()["token"].text(), joined.json()["number"].integer()};
  }

  Scene scene_of(const Fan& fan, std::int64_t concert) { return {concert, fan.user, fan.token}; }

  Scene make_scene(Who who) {
    const std::int64_t concert = shop.create_concert(R"("queue":{"maxActive":2})");
    const Fan fan = join(concert);
    Scene scene = scene_of(fan, concert);
    switch (who) {
      case Who::kNobody:
        scene.bearer.clear();
        break;
      case Who::kMalformed:
        scene.bearer = "nonsense";
        break;
      case Who::kForged:
        scene.bearer[scene.bearer.rfind('.') + 5] ^= 1;
        break;
      case Who::kForeignConcert:
        scene.bearer = join(shop.create_concert()).token;
        break;
      case Who::kForeignUser:
        scene.bearer = join(concert).token;
        break;
      case Who::kWaiting: {
        join(concert);
        const Fan third = join(concert);
        return scene_of(third, concert);
      }
      case Who::kActive:
        break;
      case Who::kCompleted:
        shop.charge(fan, 5000);
        shop.pay(concert, fan, shop.hold(concert, fan, {1}));
        break;
      case Who::kExpired: {
        const std::int64_t brief = shop.create_concert(R"("queue":{"sessionSeconds":1})");
        const Fan late = join(brief);
        EXPECT_TRUE(await([&] { return shop.state(brief, late) == "expired"; }));
        return scene_of(late, brief);
      }
      case Who::kLeft:
        EXPECT_EQ(shop.fan(fan, "DELETE", Shop::path(concert, "/queue/token")).status, 204);
        break;
      case Who::kIdentity:
        scene.bearer = issuer_.token_of(fan.user);
        break;
      case Who::kOtherIdentity:
        scene.bearer = issuer_.token_of(new_user());
        break;
      case Who::kAdmin:
        scene.bearer = server_.admin_key();
        break;
      default:
        scene.bearer = secret_of(who);
    }
    return scene;
  }

  // Those that no request changes are made once.
  Scene scene(Who who) {
    const bool is_kept = who == Who::kCompleted || who == Who::kExpired || who == Who::kLeft;
    if (!is_kept) return make_scene(who);
    const auto [at, is_new] = kept_.try_emplace(who);
    if (is_new) at->second = make_scene(who);
    return at->second;
  }

  static std::string path_of(std::string path, const Scene& scene) {
    const std::map<std::string, std::string> parameters = {{"{c}", std::to_string(scene.concert)},
                                                           {"{b}", "0"},
                                                           {"{d}", "2047-05-01"},
                                                           {"{f}", "a.js"},
                                                           {"{n}", "5"},
                                                           {"{h}", "1"},
                                                           {"{l}", "1"},
                                                           {"{p}", "1"},
                                                           {"{t}", "1-1"},
                                                           {"{u}", scene.user},
                                                           {"{s}", "not-found"}};
    for (const auto& [name, value] : parameters) {
      const std::size_t at = path.find(name);
      if (at != std::string::npos) path.replace(at, name.size(), value);
    }
    EXPECT_EQ(path.find('{'), std::string::npos) << path;
    return path;
  }

  static char letter_of(const Response& response) {
    const std::map<std::string, char> letters = {{"invalid-token", 't'}, {"invalid-identity", 'j'},
                                                 {"token-expired", 'e'}, {"wrong-token", 'w'},
                                                 {"not-admitted", 'a'},  {"key-not-allowed", 'k'}};
    if (response.status != 401 && response.status != 403) return 'y';
    const auto found = letters.find(response.slug());
    return found == letters.end() ? '?' : found->second;
  }

  TempDirectory directory_;
  const std::string jwks_ = directory_ / "jwks.json";
  const std::string config_ = directory_ / "frontrow.toml";
  TestIssuer issuer_{"shop-1"};
  ServerProcess server_;
  Shop shop;
  std::map<Who, Scene> kept_;
};

TEST_F(Matrix, of_every_operation_and_every_caller) {
  const Json paths = shop.http.request("GET", "/openapi.json").json()["paths"];
  std::map<std::string, std::pair<std::string, std::string>> operations;  // method and path
  for (const std::string& path : paths.names()) {
    for (const std::string& method : paths[path].names())
      operations[paths[path][method]["operationId"].text()] = {method, path};
  }
  std::set<std::string> seen;
  std::size_t cells = 0;
  for (const Row& row : kRows) {
    const auto found = operations.find(std::string(row.operation));
    ASSERT_NE(found, operations.end()) << row.operation;
    seen.insert(found->first);
    std::string method = found->second.first;
    for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
    std::string expected(row.expected);
    std::erase(expected, ' ');
    ASSERT_EQ(expected.size(), kNames.size()) << row.operation;
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      const Scene scene = this->scene(static_cast<Who>(i));
      Headers headers;
      if (!scene.bearer.empty()) headers.push_back(bearer(scene.bearer));
      // The caller is checked before the form, so no stream begins.
      if (row.operation == "watchToken") headers.push_back({"Accept", "application/json"});
      // The slot of the concert checks this one: a stream would begin.
      const bool would_begin = row.operation == "watchSeats" && expected[i] == 'y';
      const Response response = shop.http.request(
          would_begin ? "HEAD" : method, path_of(found->second.second, scene), headers, row.body);
      const char letter = letter_of(response);
      EXPECT_EQ(letter, expected[i]) << row.operation << " by " << kNames[i] << ": "
                                     << response.status << " " << response.body.substr(0, 200);
      EXPECT_LT(response.status, 500) << row.operation << " by " << kNames[i];
      ++cells;
    }
  }
  for (const auto& [operation, where] : operations)
    EXPECT_TRUE(seen.contains(operation)) << operation << " has no row";
  EXPECT_EQ(cells, operations.size() * kNames.size());
}

}  // namespace
}  // namespace frontrow::api
