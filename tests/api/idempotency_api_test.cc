// Each POST with an Idempotency-Key: a repeated request gets the stored answer and acts once.

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <set>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class Idempotency : public ApiTest {
 protected:
  // One POST of each kind, ready to act: sender, path, body, and another body for the same key.
  struct Post {
    std::string name;
    Headers headers;
    std::string path;
    std::string body;
    std::string other_body;
    int status;
  };

  static std::vector<Post> posts(Shop& shop, const ServerProcess& server) {
    const std::int64_t c = shop.create_concert();
    const Fan fan = shop.enter(c);
    shop.charge(fan, 9000);
    const Fan payer = shop.enter(c);
    shop.charge(payer, 9000);
    const std::int64_t hold = shop.hold(c, payer, {40});
    const Fan buyer = shop.enter(c);
    shop.charge(buyer, 9000);
    const std::int64_t payment = shop.pay(c, buyer, shop.hold(c, buyer, {41}));
    const auto with_key = [](const std::string& token) {
      return Headers{bearer(token), {"Idempotency-Key", "once"}};
    };
    const std::string user = new_user();
    const Headers admin = {bearer(server.admin_key()), {"Idempotency-Key", new_user()}};
    EXPECT_TRUE(await([&] {  // settled, so that a refund is accepted at once
      return shop.concert(c)["revenue"].integer() == 1000;
    }));
    return {
        {"join",
         {{"Idempotency-Key", "once"}},
         Shop::path(c, "/queue/tokens"),
         fmt::format(R"({{"userId":"{}"}})", user),
         "",
         201},
        {"hold", with_key(fan.token), Shop::path(c, "/holds"),
         R"({"date":"2047-05-01","seats":[7]})", R"({"date":"2047-05-01","seats":[8]})", 201},
        {"charge", with_key(fan.token), fmt::format("/v1/users/{}/balance/charges", fan.user),
         R"({"amount":70})", R"({"amount":71})", 201},
        {"pay", with_key(payer.token), Shop::path(c, "/payments"),
         fmt::format(R"({{"holdId":{}}})", hold), fmt::format(R"({{"holdId":{}}})", hold + 1), 201},
        {"create", admin, "/v1/admin/concerts",
         R"({"title":"one","dates":[{"date":"2047-05-01"}]})",
         R"({"title":"two","dates":[{"date":"2047-05-01"}]})", 201},
        {"refund",
         {admin[0], {"Idempotency-Key", new_user()}},
         fmt::format("/v1/admin/concerts/{}/payments/{}/refunds", c, payment),
         "",
         "",
         201},
    };
  }

  static Response send(HttpClient& http, const Post& post, const std::string& body) {
    Response answer;
    await([&] {
      answer = http.request("POST", post.path, post.headers, body);
      return post.name != "refund" || answer.slug() != "payment-in-progress";
    });
    return answer;
  }
};

TEST_F(Idempotency, same_key_and_body_is_the_stored_answer) {
  for (const Post& post : posts(shop, server())) {
    SCOPED_TRACE(post.name);
    const Response first = send(shop.http, post, post.body);
    ASSERT_EQ(first.status, post.status) << first.body;
    EXPECT_EQ(first.header("Idempotency-Replayed"), "");
    for (int i = 0; i < 2; ++i) {
      const Response again = send(shop.http, post, post.body);
      EXPECT_EQ(again.status, first.status);
      EXPECT_EQ(again.body, first.body);
      EXPECT_EQ(again.header("Location"), first.header("Location"));
      EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
    }
    if (post.other_body.empty()) continue;
    const Response other = send(shop.http, post, post.other_body);
    EXPECT_EQ(other.status, 422) << other.body;
    EXPECT_EQ(other.slug(), "idempotency-key-reused");
  }
}

TEST_F(Idempotency, parallel_requests_with_one_key_act_once) {
  for (const Post& post : posts(shop, server())) {
    SCOPED_TRACE(post.name);
    std::mutex mutex;
    std::set<std::string> bodies;
    int first = 0;
    in_parallel(8, [&](int) {
      HttpClient http(server().port());
      const Response answer = send(http, post, post.body);
      const std::lock_guard lock(mutex);
      EXPECT_EQ(answer.status, post.status) << answer.body;
      bodies.insert(answer.body);
      first += answer.header("Idempotency-Replayed").empty();
    });
    EXPECT_EQ(first, 1);
    EXPECT_EQ(bodies.size(), 1U);
  }
}

TEST_F(Idempotency, stored_answers_survive_a_crash) {
  ServerProcess other;
  Shop before(other);
  const std::vector<Post> all = posts(before, other);
  std::vector<Response> answers;
  for (const Post& post : all) answers.push_back(send(before.http, post, post.body));
  other.kill();
  ASSERT_TRUE(other.start());
  Shop after(other);
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(all[i].name);
    const Response again = send(after.http, all[i], all[i].body);
    EXPECT_EQ(again.status, answers[i].status);
    EXPECT_EQ(again.body, answers[i].body);
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
    if (all[i].other_body.empty()) continue;
    EXPECT_EQ(send(after.http, all[i], all[i].other_body).slug(), "idempotency-key-reused");
  }
}

TEST_F(Idempotency, keys_belong_to_their_user) {
  const std::int64_t c = shop.create_concert();
  const Fan one = shop.enter(c);
  const Fan two = shop.enter(c);
  EXPECT_EQ(shop.post_charge(one, 5, {{"Idempotency-Key", "k"}}).status, 201);
  const Response other = shop.post_charge(two, 6, {{"Idempotency-Key", "k"}});
  EXPECT_EQ(other.status, 201);
  EXPECT_EQ(other.header("Idempotency-Replayed"), "");
  EXPECT_EQ(shop.balance(two.user), 6);
}

TEST_F(Idempotency, newest_32_keys_of_a_user_are_kept) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  std::vector<std::string> bodies;
  for (int i = 0; i < 32; ++i)
    bodies.push_back(shop.post_charge(fan, 1, {{"Idempotency-Key", fmt::format("k{}", i)}}).body);
  for (int i = 0; i < 32; ++i) {
    EXPECT_EQ(shop.post_charge(fan, 1, {{"Idempotency-Key", fmt::format("k{}", i)}}).body,
              bodies[i]);
  }
  EXPECT_EQ(shop.balance(fan.user), 32);
}

TEST_F(Idempotency, key_must_be_visible_ascii_of_255_at_most) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  EXPECT_EQ(shop.post_charge(fan, 1, {{"Idempotency-Key", std::string(255, '~')}}).status, 201);
  for (const std::string& bad :
       {std::string(256, 'k'), std::string("a b"), std::string("caf\xc3\xa9")}) {
    const int status = shop.post_charge(fan, 1, {{"Idempotency-Key", bad}}).status;
    EXPECT_TRUE(status == 400 || status == 422) << status << bad;
  }
  EXPECT_EQ(shop.balance(fan.user), 1);
}

TEST_F(Idempotency, refusal_does_not_use_the_key_up) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const std::int64_t hold = shop.hold(c, fan, {1});
  const Headers key = {{"Idempotency-Key", "pay"}};
  EXPECT_EQ(shop.post_payment(c, fan, hold, key).slug(), "insufficient-balance");
  shop.charge(fan, 1000);
  EXPECT_EQ(shop.post_payment(c, fan, hold, key).status, 201);
}

}  // namespace
}  // namespace frontrow::api
