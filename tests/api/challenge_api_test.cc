// Challenges over HTTP: a join needs one that was solved, each serves once, and they are switched
// on, off and made harder while the sale runs.

#include <fmt/format.h>

#include <csignal>
#include <fstream>

#include "tests/api/support/altcha.h"
#include "tests/api/support/shop.h"
#include "tests/support/temp_directory.h"

namespace frontrow::api {
namespace {

constexpr const char* kEasy = "[challenge]\nalgorithm = \"altcha\"\nmax_number = 100\n";

class ChallengeApi : public testing::Test {
 protected:
  ChallengeApi()
      : file_(directory_.path() / "frontrow.toml"),
        server_((put(kEasy), std::vector<std::string>{"--config", file_.string()})),
        shop(server_) {}

  void put(const std::string& text) { std::ofstream(file_) << text; }
  void renew(const std::string& text, const std::string& said) {
    put(text);
    server_.send_signal(SIGHUP);
    EXPECT_TRUE(await([&] { return server_.log().find(said) != std::string::npos; }))
        << server_.log();
  }
  Json challenge(std::int64_t concert) {
    const Response response = shop.http.request("GET", Shop::path(concert, "/challenge"));
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.header("Cache-Control"), "no-store");
    return response.json();
  }
  Response join(std::int64_t concert, std::string_view user, std::string_view payload,
                Headers headers = {}) {
    return shop.http.request("POST", Shop::path(concert, "/queue/tokens"), headers,
                             fmt::format(R"({{"userId":"{}","challenge":"{}"}})", user, payload));
  }

  TempDirectory directory_;
  std::filesystem::path file_;
  ServerProcess server_;
  Shop shop;
};

TEST_F(ChallengeApi, join_needs_a_solution_which_serves_once) {
  const std::int64_t c = shop.create_concert();
  expect_problem(shop.post_join(c, new_user()), 403, "challenge-required");
  const Json document = challenge(c);
  document.expect_shape("algorithm:s challenge:s maxnumber:i salt:s signature:s parameters:o");
  document["parameters"].expect_shape(
      "algorithm:s cost:i expiresAt:i keyLength:i keyPrefix:s nonce:s salt:s");
  const std::string payload = solve(document);
  const std::string user = new_user();
  EXPECT_EQ(join(c, user, payload).status, 201);
  const Response replayed = join(c, new_user(), payload);
  expect_problem(replayed, 403, "challenge-failed");
  EXPECT_EQ(replayed.json()["reason"].text(), "spent");
  // The response to the join may be lost on its way.
  EXPECT_EQ(join(c, user, payload).status, 200);
}

TEST_F(ChallengeApi, faults_have_their_reason_and_spend_nothing) {
  const std::int64_t c = shop.create_concert();
  const std::int64_t other = shop.create_concert();
  const std::string payload = solve(challenge(c));
  const auto reason = [&](std::int64_t concert, std::string_view text) {
    const Response refused = join(concert, new_user(), text);
    expect_problem(refused, 403, "challenge-failed");
    return refused.json()["reason"].text();
  };
  EXPECT_EQ(reason(other, payload), "other-concert");
  EXPECT_EQ(reason(c, "nonsense"), "malformed");
  EXPECT_EQ(reason(c, std::string(2000, 'A')), "malformed");
  expect_problem(join(c, new_user(), std::string(2049, 'A')), 422, "invalid-field");
  expect_problem(join(c, new_user(), ""), 422, "invalid-field");
  EXPECT_EQ(join(1'000'000, new_user(), payload).json()["reason"].text(), "other-concert");
  EXPECT_EQ(join(c, new_user(), payload).status, 201);
  const std::string unknown = solve(challenge(1'000'000));
  expect_problem(join(1'000'000, new_user(), unknown), 404, "not-found");
}

TEST_F(ChallengeApi, spent_ones_stay_spent_over_a_crash) {
  const std::int64_t c = shop.create_concert();
  const std::string payload = solve(challenge(c));
  ASSERT_EQ(join(c, new_user(), payload).status, 201);
  server_.kill();
  ASSERT_TRUE(server_.start());
  Shop after(server_);
  const Response again =
      after.http.request("POST", Shop::path(c, "/queue/tokens"), {},
                         fmt::format(R"({{"userId":"{}","challenge":"{}"}})", new_user(), payload));
  expect_problem(again, 403, "challenge-failed");
  EXPECT_EQ(again.json()["reason"].text(), "spent");
}

TEST_F(ChallengeApi, one_solution_sent_by_many_at_once_makes_one_place) {
  const std::int64_t c = shop.create_concert();
  const std::string payload = solve(challenge(c));
  std::atomic<int> joined{0};
  in_parallel(8, [&](int) {
    Shop mine(server_);
    const Response response = mine.http.request(
        "POST", Shop::path(c, "/queue/tokens"), {},
        fmt::format(R"({{"userId":"{}","challenge":"{}"}})", new_user(), payload));
    if (response.status == 201) ++joined;
  });
  EXPECT_EQ(joined, 1);
}

TEST_F(ChallengeApi, difficulty_changes_and_all_ends_while_the_sale_runs) {
  const std::int64_t c = shop.create_concert();
  const std::string easy = solve(challenge(c));
  renew("[challenge]\nalgorithm = \"altcha\"\nmax_number = 5000\n",
        "a join needs a challenge of up to 5000 hashes");
  EXPECT_EQ(challenge(c)["maxnumber"].integer(), 5000);
  EXPECT_EQ(join(c, new_user(), easy).status, 201) << "made before the change";
  renew("", "a join needs no challenge");
  expect_problem(shop.http.request("GET", Shop::path(c, "/challenge")), 404, "not-found");
  EXPECT_EQ(shop.post_join(c, new_user()).status, 201);
  EXPECT_EQ(join(c, new_user(), easy).status, 201) << "nobody looks at it";
}

}  // namespace
}  // namespace frontrow::api
