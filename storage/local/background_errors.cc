#include "storage/local/background_errors.h"

#include <utility>

namespace frontrow {

std::string BackgroundErrors::message() const {
  const std::lock_guard guard(mutex_);
  return message_;
}

void BackgroundErrors::latch(std::string message) {
  const std::lock_guard guard(mutex_);
  if (failed_.load(std::memory_order_relaxed)) return;
  message_ = std::move(message);
  failed_.store(true, std::memory_order_release);
}

void BackgroundErrors::OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) {
  latch(error != nullptr ? error->ToString() : "unknown");
}

void BackgroundErrors::OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status error,
                                            bool* auto_recovery) {
  error.PermitUncheckedError();
  *auto_recovery = false;
}

}  // namespace frontrow
