#include "tests/cluster/patient_client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace frontrow::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(90);
constexpr int kPauseMsMax = 100;  // where no Retry-After is given

// Keys are unique among all clients of this process.
std::string new_key() {
  static std::atomic<std::uint64_t> next{1};
  return fmt::format("ask-{}", next++);
}

// Retry-After plus jitter, so that clients don't retry at once.
milliseconds pause_after(const api::Response& response, Prng& random) {
  const auto jitter = milliseconds(1 + random.below(kPauseMsMax));
  const std::string told = response.header("Retry-After");
  return told.empty() ? jitter : milliseconds(1'000 * std::atoi(told.c_str())) + jitter;
}

}  // namespace

std::string Encounters::text() const {
  return fmt::format(
      "{} answers; {} times no answer, {} unavailable, {} unknown, {} otherwise not now; {} "
      "replayed",
      answers.load(), unanswered.load(), unavailable.load(), unknown.load(), refused.load(),
      replayed.load());
}

PatientClient::PatientClient(const std::vector<api::HttpPlace>& places, std::uint64_t seed,
                             Encounters& encounters)
    : random_(seed), encounters_(encounters) {
  for (const api::HttpPlace& place : places)
    instances_.push_back(std::make_unique<api::HttpClient>(place));
}

api::Response PatientClient::ask(std::string_view method, std::string_view target,
                                 api::Headers headers, std::string_view body) {
  if (method == "POST") headers.push_back({"Idempotency-Key", new_key()});
  const auto end = steady_clock::now() + kPatience;
  while (true) {
    api::HttpClient& instance = *instances_[random_.below(instances_.size())];
    api::Response response = instance.request(method, target, headers, body);
    if (stands(response)) return response;
    if (steady_clock::now() > end) {
      ADD_FAILURE() << method << " " << target << " has no answer that stands; the last was "
                    << response.status << " " << response.body;
      return response;
    }
    std::this_thread::sleep_for(pause_after(response, random_));
  }
}

bool PatientClient::stands(const api::Response& response) {
  if (response.status == 0) {
    ++encounters_.unanswered;
    return false;
  }
  const bool not_now = response.status == 503 || response.status == 429;
  const std::string slug = response.status < 400 ? "" : response.slug();
  if (!not_now && slug != "payment-in-progress") {
    ++encounters_.answers;
    if (response.header("Idempotency-Replayed") == "true") ++encounters_.replayed;
    return true;
  }
  if (not_now) {
    EXPECT_FALSE(response.header("Retry-After").empty()) << response.body;
  }
  ++(slug == "instance-unavailable" ? encounters_.unavailable
     : slug == "outcome-unknown"    ? encounters_.unknown
                                    : encounters_.refused);
  return false;
}

}  // namespace frontrow::cluster
