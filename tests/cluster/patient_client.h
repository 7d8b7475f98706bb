// A client as it should be: it asks any of the instances, and where it hears nothing, or "not now",
// it waits as long as it was told to and asks again - any instance, with the same key - until it
// has an answer that stands.
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

// What clients met on their way; any thread.
struct Encounters {
  std::atomic<std::uint64_t> answers{0};      // that stand
  std::atomic<std::uint64_t> unanswered{0};   // no connection, or no whole answer in time
  std::atomic<std::uint64_t> unavailable{0};  // 503 instance-unavailable
  std::atomic<std::uint64_t> unknown{0};      // 503 outcome-unknown
  std::atomic<std::uint64_t> refused{0};      // any other "not now"
  std::atomic<std::uint64_t> replayed{0};     // answered from what was stored under the key
};

class PatientClient {
 public:
  // One place for each instance.
  PatientClient(const std::vector<api::HttpPlace>& places, std::uint64_t seed,
                Encounters& encounters);

  // Fails the test if there is no answer that stands within a minute. A POST gets a key.
  api::Response ask(std::string_view method, std::string_view target, api::Headers headers,
                    std::string_view body = {});

  Prng& random() { return random_; }

 private:
  // Whether the answer stands; if not, it is counted.
  bool stands(const api::Response& response);

  std::vector<std::unique_ptr<api::HttpClient>> instances_;
  Prng random_;
  Encounters& encounters_;
};

}  // namespace frontrow::cluster
