// FR_CHECK: an always-on check for mistakes of the programmer. Wrong input and failed I/O return
// values instead (result.h); no condition is reported through both.
#pragma once

namespace frontrow {

// Prints file, line and the failed condition to stderr and aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace frontrow

#define FR_CHECK(condition)                                     \
  do {                                                          \
    if (!(condition)) [[unlikely]] {                            \
      ::frontrow::check_failed(__FILE__, __LINE__, #condition); \
    }                                                           \
  } while (false)
