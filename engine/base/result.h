// Result<T>: a value, or a message for the person who must act. For failures that can happen;
// check.h covers mistakes of the programmer. (std::expected is C++23.)
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "engine/base/check.h"

namespace frontrow {

struct Error {
  std::string message;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : value_(std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return value_.index() == 0; }
  T& operator*() {
    FR_CHECK(ok());
    return std::get<0>(value_);
  }
  const T& operator*() const {
    FR_CHECK(ok());
    return std::get<0>(value_);
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }
  const std::string& error() const {
    FR_CHECK(!ok());
    return std::get<1>(value_).message;
  }

 private:
  std::variant<T, Error> value_;
};

// Success, or a message.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error)
      : message_(std::move(error.message)), ok_(false) {}  // NOLINT: implicit by design

  bool ok() const { return ok_; }
  const std::string& error() const {
    FR_CHECK(!ok_);
    return message_;
  }

 private:
  std::string message_;
  bool ok_ = true;
};

}  // namespace frontrow
