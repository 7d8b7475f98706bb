// The keys by which an instance recognizes operators and fans and by which it signs, with the
// settings of challenges, and their change while it serves.
//
// One KeyRing a process, a copy of its keys in every thread. A request compares one number with
// that of its thread's copy; after a change the thread takes the lock and makes a new copy. A
// change takes effect for all threads at once: a token that is signed by the first thread to see
// the change is accepted by every thread.
//
// set(), version() and current() may be called by any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "net/auth/challenge.h"
#include "net/auth/identity.h"
#include "net/auth/jws_signer.h"
#include "net/auth/service_key.h"
#include "net/auth/token.h"

namespace frontrow {

// The shop's tokens for fans.
struct IdentitySettings {
  IdentityRules rules;
  JwkSet keys;
};

// Signatures for other services.
struct PassSettings {
  JwsSigner signer;
  std::string issuer;
  std::string audience;
};

struct LiveKeys {
  std::string admin_key;
  std::vector<ServiceKey> service_keys;  // the admin key is one of them
  TokenSigner signer;
  ChallengeMaker challenges = {};
  std::optional<ChallengeSettings> challenge = {};  // none: a join needs no challenge
  std::shared_ptr<const PassSettings> passes = {};
  // None: a user is who the request says.
  std::shared_ptr<const IdentitySettings> identity = {};
};

class KeyRing {
 public:
  explicit KeyRing(LiveKeys keys) : keys_(std::move(keys)) {}

  // `keeps_identity`: the shop's keys stay as they are at this moment.
  void set(LiveKeys keys, bool keeps_identity = false) {
    {
      const std::lock_guard lock(mutex_);
      if (keeps_identity) keys.identity = keys_.identity;
      keys_ = std::move(keys);
    }
    // After the keys, so that a reader of the new number finds the new keys.
    version_.fetch_add(1, std::memory_order_release);
  }

  // Replaces the shop's public keys only; has no effect without [identity].
  void set_identity_keys(JwkSet keys) {
    {
      const std::lock_guard lock(mutex_);
      if (keys_.identity == nullptr) return;
      keys_.identity = std::make_shared<const IdentitySettings>(
          IdentitySettings{keys_.identity->rules, std::move(keys)});
    }
    version_.fetch_add(1, std::memory_order_release);
  }

  // A different number after each change.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  // Returns a copy. The caller must read version() before, never after: the next comparison then
  // finds a change between the two calls.
  LiveKeys current() const {
    const std::lock_guard lock(mutex_);
    return keys_;
  }

 private:
  mutable std::mutex mutex_;
  LiveKeys keys_;
  std::atomic<std::uint64_t> version_{1};
};

}  // namespace frontrow
