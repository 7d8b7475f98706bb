#include "engine/base/check.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "engine/base/check_failed.h"

namespace frontrow {
namespace {

std::atomic<bool> has_failed{false};
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

void check_failed(const char* file, int line, const char* condition) {
  has_failed.store(true);
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

bool check_has_failed() { return has_failed.load(); }

}  // namespace frontrow
