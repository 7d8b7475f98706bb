// The fans' tokens. A million of them as text are 300 MB; here each takes about 80 bytes, so that
// the generator fits beside the server.
//
// A token of three base64url parts whose middle is text (a JWS) is taken apart. The first part, and
// the middle without its numbers and the user's id, are the same for all tokens and stored once;
// the numbers and the decoded last part are stored for each. A token that this does not reproduce
// exactly is stored as text, so that no format is assumed of another server's tokens.
//
// One thread. Memory is in blocks by size, and reused after release().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace frontrow::drop {

// Blocks of sizes of 16, 32 ... bytes; a handle is never 0.
class BlockStore {
 public:
  static constexpr std::size_t kSizeMax = 1024;

  std::uint32_t put(std::string_view bytes);  // at most kSizeMax
  // The whole block: the stored bytes, followed by undefined ones.
  std::string_view get(std::uint32_t handle) const;
  void release(std::uint32_t handle);
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  static constexpr std::size_t kStep = 16;
  static constexpr std::size_t kChunkBlocks = 4096;
  static constexpr unsigned kIndexBits = 26;
  struct Class {
    std::vector<std::unique_ptr<char[]>> chunks;
    std::uint32_t used = 0;
    std::vector<std::uint32_t> free;
  };
  char* at(std::uint32_t handle) const;

  std::array<Class, kSizeMax / kStep> classes_;
  std::size_t memory_bytes_ = 0;
};

class TokenStore {
 public:
  static constexpr std::size_t kTokenMax = 1000;

  // 0 if the token is longer than kTokenMax. `user` is the owner's id as the token spells it.
  std::uint32_t put(std::string_view token, std::string_view user);
  void append(std::uint32_t handle, std::string_view user, std::string& out) const;
  void release(std::uint32_t handle) { blocks_.release(handle); }
  std::size_t memory_bytes() const { return blocks_.memory_bytes(); }

 private:
  bool pack(std::string_view token, std::string_view user);
  void unpack(std::string_view packed, std::string_view user, std::string& out) const;

  BlockStore blocks_;
  std::vector<std::string> heads_;   // first parts, each once
  std::vector<std::string> shapes_;  // middles, each once
  std::string packed_;               // of pack()
};

}  // namespace frontrow::drop
