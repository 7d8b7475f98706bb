#include "tools/frontrow/shuffle/verify.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>

#include "engine/base/seeded_shuffle.h"

namespace frontrow::shuffle {
namespace {

Result<Bytes32> bytes_member(const simdjson::dom::object& concert, const char* name) {
  std::string_view hex;
  if (concert[name].get(hex) != simdjson::SUCCESS)
    return Error{fmt::format("the concert has no \"{}\"", name)};
  const auto bytes = parse_bytes32(hex);
  if (!bytes) return Error{fmt::format("\"{}\" is no 64 hexadecimal digits", name)};
  return *bytes;
}

Result<std::string> read_document(const std::string& file) {
  if (file == "-") return std::string{std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return Error{fmt::format("{} can't be read", file)};
  return text;
}

Result<std::string> text_of(const VerifyArgs& args) {
  if (args.concert.empty()) return checked_text(args.given, args);
  const auto document = read_document(args.concert);
  if (!document.ok()) return document;
  const auto published = parse_published(*document);
  if (!published.ok()) return Error{published.error()};
  return checked_text(*published, args);
}

std::string place_text(const std::vector<std::uint32_t>& numbers, std::uint32_t number) {
  if (number > numbers.size())
    return fmt::format("number {0}: place {0}, as it joined after the opening\n", number);
  std::size_t place = 0;
  while (numbers[place] != number) ++place;
  return fmt::format("number {}: place {} of {}\n", number, place + 1, numbers.size());
}

}  // namespace

Result<Published> parse_published(std::string_view document) {
  simdjson::dom::parser parser;
  simdjson::dom::object concert;
  if (parser.parse(document.data(), document.size()).get(concert) != simdjson::SUCCESS)
    return Error{"this is no JSON document of a concert"};
  std::string_view order, shuffle;
  if (concert["order"].get(order) != simdjson::SUCCESS)
    return Error{"this is no JSON document of a concert"};
  if (order != "random") return Error{"the line of this concert is in the order of arrival"};
  if (concert["shuffle"].get(shuffle) != simdjson::SUCCESS || shuffle != "done")
    return Error{"the sale has not opened yet: its seed is told then"};
  Published published;
  const auto commitment = bytes_member(concert, "seedCommitment");
  if (!commitment.ok()) return Error{commitment.error()};
  const auto seed = bytes_member(concert, "seed");
  if (!seed.ok()) return Error{seed.error()};
  std::uint64_t count = 0;
  if (concert["shuffledCount"].get(count) != simdjson::SUCCESS ||
      count > std::numeric_limits<std::uint32_t>::max()) {
    return Error{"the concert has no \"shuffledCount\""};
  }
  return Published{*commitment, *seed, static_cast<std::uint32_t>(count)};
}

Result<std::string> checked_text(const Published& published, const VerifyArgs& args) {
  const Bytes32 promised = args.promised.value_or(published.commitment);
  const Bytes32 kept = commitment_of(published.seed);
  if (kept != promised) {
    return Error{fmt::format("the seed is not the one that was promised: its SHA-256 is {}, not {}",
                             to_hex(kept), to_hex(promised))};
  }
  const std::vector<std::uint32_t> numbers = shuffled_numbers(published.seed, published.count);
  std::string text;
  if (args.all) {
    text = "place,number\n";
    for (std::size_t i = 0; i < numbers.size(); ++i)
      fmt::format_to(std::back_inserter(text), "{},{}\n", i + 1, numbers[i]);
    return text;
  }
  text = fmt::format("the seed is the one that was promised\n{} numbers were shuffled\n",
                     published.count);
  if (args.number) text += place_text(numbers, *args.number);
  return text;
}

int verify(const VerifyArgs& args) {
  const auto text = text_of(args);
  if (!text.ok()) {
    std::fprintf(stderr, "frontrow shuffle: %s\n", text.error().c_str());
    return 1;
  }
  std::fputs(text->c_str(), stdout);
  return 0;
}

}  // namespace frontrow::shuffle
