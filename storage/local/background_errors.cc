#include "storage/local/background_errors.h"

namespace frontrow {

std::string BackgroundErrors::message() const {
  const std::lock_guard guard(mutex_);
  return message_;
}

void BackgroundErrors::OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) {
  const std::lock_guard guard(mutex_);
  if (failed_.load(std::memory_order_relaxed)) return;
  message_ = error != nullptr ? error->ToString() : "unknown";
  failed_.store(true, std::memory_order_release);
}

void BackgroundErrors::OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status error,
                                            bool* auto_recovery) {
  error.PermitUncheckedError();
  *auto_recovery = false;
}

}  // namespace frontrow
