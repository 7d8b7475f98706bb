// Shared by the tests of copies: the groups of another instance's stream, byte by byte, and reading
// copies back.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/runtime/journal/archive.h"
#include "engine/runtime/journal/copies.h"
#include "storage/local/group_codec.h"

namespace frontrow {

// The owner of a stream: encodes its groups, each with group_text() of its number.
class StreamOwner {
 public:
  explicit StreamOwner(std::uint64_t stream, std::size_t bytes = 300);

  const ByteBuffer& group(std::uint64_t number);  // makes all groups up to it
  ChainPosition position(std::uint64_t number);
  std::uint64_t stream() const { return stream_; }

 private:
  std::uint64_t stream_;
  std::size_t bytes_;
  std::vector<ChainPosition> positions_;  // from number 0
  std::vector<ByteBuffer> groups_;        // from number 1
};

// Adds the owner's groups behind the copy's newest one up to number `last`.
void add_up_to(Copies& copies, StreamOwner& owner, std::uint64_t last);
// The state of a copy; fails the test if there is none.
CopyState copy_of(const Copies& copies, std::uint64_t stream);
// Expects that the archive reads the owner's groups after+1 to through.
void expect_copied(Copies& copies, const StreamOwner& owner, std::uint64_t after,
                   std::uint64_t through, std::size_t bytes = 300);
// Writes a snapshot of one part.
Status write_part(Archive& archive, SlotId slot, std::uint64_t group, std::uint64_t seq,
                  std::string_view text);
// The parts of the slot's snapshot, one after the other; "none" without one.
std::string read_parts(Archive& archive, SlotId slot);

}  // namespace frontrow
