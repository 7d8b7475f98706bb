// A well-behaved client: it asks any instance, and without a response, or on a temporary rejection,
// it waits for the requested time and retries at any instance with the same key until it has a
// final answer.
//
// One thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/prng.h"
#include "tests/api/support/http_client.h"

namespace frontrow::cluster {

// Counts of the clients' responses; any thread.
struct Encounters {
  std::atomic<std::uint64_t> answers{0};      // final
  std::atomic<std::uint64_t> unanswered{0};   // no connection, or no whole response in time
  std::atomic<std::uint64_t> unavailable{0};  // 503 instance-unavailable
  std::atomic<std::uint64_t> unknown{0};      // 503 outcome-unknown
  std::atomic<std::uint64_t> refused{0};      // any other temporary rejection
  std::atomic<std::uint64_t> replayed{0};     // a stored answer

  // All counts as one line of text.
  std::string text() const;
};

class PatientClient {
 public:
  // One place for each instance.
  PatientClient(const std::vector<api::HttpPlace>& places, std::uint64_t seed,
                Encounters& encounters);

  // Fails the test without a final answer within a minute. A POST gets a key.
  api::Response ask(std::string_view method, std::string_view target, api::Headers headers,
                    std::string_view body = {});

  Prng& random() { return random_; }

 private:
  // Whether the answer is final; counts it otherwise.
  bool stands(const api::Response& response);

  std::vector<std::unique_ptr<api::HttpClient>> instances_;
  Prng random_;
  Encounters& encounters_;
};

}  // namespace frontrow::cluster
