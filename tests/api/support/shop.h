#pragma once

// The API's operations as functions, for tests whose subject is not a single request; and the
// fixture that runs one server for a suite. A Shop is one connection: one thread.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/api/support/http_client.h"
#include "tests/api/support/server_process.h"

namespace frontrow::api {

struct Fan {
  std::string user;
  std::string token;
  std::int64_t number = 0;
};

// A user id that is unique in this process.
std::string new_user();
Header bearer(std::string_view token);
// Whether the condition became true in time; polled every few milliseconds.
bool await(const std::function<bool()>& condition, int timeout_ms = 5'000);
// Runs `work(i)` for each i in a thread of its own; all start at once.
void in_parallel(int threads, const std::function<void(int)>& work);
std::string time_from_now(int ms);

class Shop {
 public:
  explicit Shop(const ServerProcess& server)
      : http(server.port()), admin_key_(server.admin_key()) {}
  Shop(HttpPlace place, std::string admin_key)
      : http(std::move(place)), admin_key_(std::move(admin_key)) {}

  HttpClient http;

  Response admin(std::string_view method, std::string_view path, std::string_view body = {},
                 Headers headers = {});
  Response fan(const Fan& fan, std::string_view method, std::string_view path,
               std::string_view body = {}, Headers headers = {});

  // Adds `members` to the object; without "dates" the concert has one: 2047-05-01 with 50 seats at
  // 1000.
  std::int64_t create_concert(std::string_view members = {});
  Json concert(std::int64_t concert);
  void change(std::int64_t concert, std::string_view body);

  Response post_join(std::int64_t concert, std::string_view user, Headers headers = {});
  Fan join(std::int64_t concert, const std::string& user = new_user());
  // Joins and waits for admission.
  Fan enter(std::int64_t concert, const std::string& user = new_user());
  Json entry(std::int64_t concert, const Fan& fan);
  std::string state(std::int64_t concert, const Fan& fan);

  Response post_hold(std::int64_t concert, const Fan& fan, const std::vector<int>& seats,
                     Headers headers = {});
  std::int64_t hold(std::int64_t concert, const Fan& fan, const std::vector<int>& seats);
  Response post_payment(std::int64_t concert, const Fan& fan, std::int64_t hold,
                        Headers headers = {});
  std::int64_t pay(std::int64_t concert, const Fan& fan, std::int64_t hold);
  Response post_charge(const Fan& fan, std::int64_t amount, Headers headers = {});
  void charge(const Fan& fan, std::int64_t amount);
  std::int64_t balance(std::string_view user);
  // Retries while the payment is not settled with the wallet.
  Response refund(std::int64_t concert, std::int64_t payment, Headers headers = {});

  static std::string path(std::int64_t concert, std::string_view rest);

 private:
  std::string admin_key_;
};

// Checks the whole form of a problem: status, type, content type, request id, title.
void expect_problem(const Response& response, int status, std::string_view slug);

class ApiTest : public testing::Test {
 public:
  static void SetUpTestSuite() { server_ = std::make_unique<ServerProcess>(); }
  // After the suite the server must still run, and stop cleanly.
  static void TearDownTestSuite();

 protected:
  ApiTest() : shop(*server_) {}
  static ServerProcess& server() { return *server_; }

  Shop shop;

  static inline std::unique_ptr<ServerProcess> server_;
};

}  // namespace frontrow::api
