// `frontrow shuffle verify`: repeats the shuffle of a line from public data alone, and compares its
// seed with the promise that was public before.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/sha256.h"

namespace frontrow::shuffle {

// The public data of a concert's shuffle.
struct Published {
  Bytes32 commitment{};
  Bytes32 seed{};
  std::uint32_t count = 0;
};

struct VerifyArgs {
  std::string concert;  // file with the concert's public document, "-" for stdin; empty: `given`
  Published given;
  std::optional<Bytes32> promised;      // noted before the opening; none: the published one
  std::optional<std::uint32_t> number;  // whose place is asked for
  bool all = false;                     // every place, as CSV
};

// From GET /v1/concerts/{c}. The error says why there is nothing to check yet.
Result<Published> parse_published(std::string_view document);

// The text for stdout; the error if the promise was broken.
Result<std::string> checked_text(const Published& published, const VerifyArgs& args);

// Prints the text. 1: the promise was broken, or the file has no shuffle to check.
int verify(const VerifyArgs& args);

}  // namespace frontrow::shuffle
