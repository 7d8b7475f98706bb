// A function with a stack of its own, which gives up the processor where it blocks: so blocking
// code of several instances runs interleaved on one thread, in an order that a seed decides.
//
//   Fiber fiber([&] { ...; fiber.pause(); ... });
//   while (!fiber.is_done()) fiber.resume();
//
// One thread. A fiber runs to its end before it is destroyed.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "engine/base/check.h"

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace frontrow {

class Fiber {
 public:
  explicit Fiber(std::function<void()> body) : body_(std::move(body)), stack_(kStackBytes) {
    ::getcontext(&inside_);
    inside_.uc_stack.ss_sp = stack_.data();
    inside_.uc_stack.ss_size = stack_.size();
    inside_.uc_link = nullptr;  // the end is in enter()
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    ::makecontext(&inside_, reinterpret_cast<void (*)()>(&enter), 2,
                  static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
#if defined(__SANITIZE_THREAD__)
    tsan_inside_ = __tsan_create_fiber(0);
#endif
  }
  ~Fiber() {
    FR_CHECK(!has_begun_ || is_done_);
#if defined(__SANITIZE_THREAD__)
    __tsan_destroy_fiber(tsan_inside_);
#endif
  }
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs the function to its next pause() or to its end.
  void resume() {
    FR_CHECK(!is_done_);
    has_begun_ = true;
#if defined(__SANITIZE_THREAD__)
    tsan_outside_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(tsan_inside_, 0);
#endif
#if defined(__SANITIZE_ADDRESS__)
    void* fake_stack = nullptr;
    __sanitizer_start_switch_fiber(&fake_stack, stack_.data(), stack_.size());
#endif
    ::swapcontext(&outside_, &inside_);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
  }

  // Called by the function itself.
  void pause() {
    leave(false);
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(tsan_outside_, 0);  // in the function that swaps: it has a shadow stack
#endif
    ::swapcontext(&inside_, &outside_);
    arrive();
  }

  bool is_done() const { return is_done_; }

 private:
  static constexpr std::size_t kStackBytes = std::size_t{256} << 10;

  static void enter(unsigned high, unsigned low) {
    auto* const fiber =
        reinterpret_cast<Fiber*>((static_cast<std::uintptr_t>(high) << 32) | low);  // NOLINT
    fiber->arrive();
    fiber->body_();
    fiber->is_done_ = true;
    fiber->leave(true);
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(fiber->tsan_outside_, 0);
#endif
    ::setcontext(&fiber->outside_);
  }

  void arrive() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack_, &outside_stack_, &outside_size_);
#endif
  }
  void leave([[maybe_unused]] bool for_good) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack_, outside_stack_,
                                   outside_size_);
#endif
  }

  std::function<void()> body_;
  std::vector<char> stack_;
  ucontext_t inside_{};
  ucontext_t outside_{};
  bool has_begun_ = false;
  bool is_done_ = false;
#if defined(__SANITIZE_THREAD__)
  void* tsan_inside_ = nullptr;
  void* tsan_outside_ = nullptr;
#endif
#if defined(__SANITIZE_ADDRESS__)
  void* fake_stack_ = nullptr;
  const void* outside_stack_ = nullptr;
  std::size_t outside_size_ = 0;
#endif
};

}  // namespace frontrow
