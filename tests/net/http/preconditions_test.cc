// Lists of entity tags, and Accept-Encoding.
#include "net/http/preconditions.h"

#include <zlib.h>
#include <zstd.h>

#include <set>

#include <string>

#include <gtest/gtest.h>

#include "net/api/constant_bodies.h"
#include "net/http/gzip.h"
#include "net/http/media_types.h"

namespace frontrow {
namespace {

TEST(Preconditions, lists_match_whole_tags_only) {
  const std::string tag = "\"a,b\"";
  for (const char* list :
       {"\"a,b\"", " \"a,b\"\t", "\"x\", \"a,b\"", "\"x\",,\"a,b\",", "*", " * "}) {
    EXPECT_TRUE(matches_strongly(list, tag)) << list;
    EXPECT_TRUE(matches_weakly(list, tag)) << list;
  }
  for (const char* list : {"", ",", "\"a\"", "a,b", "\"a,b", "a,b\"", "\"xa,b\"", "\"a,b\"x",
                           "x\"a,b\"", "\"A,B\"", "\"x\" \"a,b\"", "*, \"a,b\"", "w/\"a,b\""}) {
    EXPECT_FALSE(matches_strongly(list, tag)) << list;
    EXPECT_FALSE(matches_weakly(list, tag)) << list;
  }
}

TEST(Preconditions, weak_tags_match_weakly_only) {
  EXPECT_TRUE(matches_weakly("W/\"a\"", "\"a\""));
  EXPECT_TRUE(matches_weakly("\"a\"", "W/\"a\""));
  EXPECT_FALSE(matches_strongly("W/\"a\"", "\"a\""));
  EXPECT_FALSE(matches_strongly("W/\"a\"", "W/\"a\""));
}

TEST(Preconditions, without_a_tag_only_the_star_matches) {
  EXPECT_TRUE(matches_strongly("*", {}));
  EXPECT_FALSE(matches_strongly("", {}));
  EXPECT_FALSE(matches_strongly("\"\"", {}));
}

TEST(Preconditions, strong_bits_are_those_of_our_own_strong_tags) {
  EXPECT_EQ(tag_of(0xab), "\"00000000000000ab\"");
  EXPECT_EQ(strong_bits(tag_of(~std::uint64_t{0}) + ", \"x\", " + tag_of(1)),
            (std::vector<std::uint64_t>{~std::uint64_t{0}, 1}));
  EXPECT_TRUE(strong_bits("W/" + tag_of(1)).empty());
  EXPECT_TRUE(strong_bits("\"00000000000000AB\"").empty());
  EXPECT_TRUE(strong_bits("\"00000000000000a\"").empty());
  EXPECT_TRUE(strong_bits("\"000000000000000g\"").empty());
  EXPECT_TRUE(strong_bits("").empty());
}

TEST(AcceptEncoding, gzip_goes_to_those_who_take_it_as_gladly_as_nothing) {
  for (const char* value : {"gzip", "GZIP", "x-gzip", "br, gzip", "gzip;q=0.5", "gzip;q=0.001", "*",
                            "gzip;q=1, identity", "deflate, *;q=0.3", "identity;q=0, gzip;q=0.1",
                            "gzip ; Q=1.000", "identity;q=0, *;q=0.5"}) {
    EXPECT_TRUE(prefers_gzip(value)) << value;
  }
  for (const char* value : {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "gzip;q=0, *",
                            "*;q=0", "gzip;q=0.5, identity", "gzip;q=0.5, identity;q=0.6",
                            "gzip;q=x", "gzip;q=", "gzipped", "identity;q=1, *;q=0.5"}) {
    EXPECT_FALSE(prefers_gzip(value)) << value;
  }
}

std::string unpacked(std::string_view packed) {
  std::string out(1 << 20, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(ConstantBodies, gzip_and_zstd_are_the_same_text) {
  const auto& plain = openapi_body().form_for("");
  const auto& packed = openapi_body().form_for("gzip");
  const auto& smallest = openapi_body().form_for("gzip, zstd");
  EXPECT_EQ(unpacked(packed.body), plain.body);
  EXPECT_LT(packed.body.size() * 3, plain.body.size());
  EXPECT_LT(smallest.body.size(), packed.body.size());
  std::string text(plain.body.size(), '\0');
  EXPECT_EQ(ZSTD_decompress(text.data(), text.size(), smallest.body.data(), smallest.body.size()),
            text.size());
  EXPECT_EQ(text, plain.body);
  EXPECT_EQ(std::set({plain.etag, packed.etag, smallest.etag}).size(), 3U);
  EXPECT_EQ(unpacked(gzip("")), "");
}

TEST(ConstantBodies, what_gzip_makes_larger_stays_as_it_is) {
  const ConstantBody body("short", "text/plain", "no-cache");
  EXPECT_EQ(body.form_for("gzip").body, "short");
  EXPECT_EQ(body.form_for("gzip").etag, body.form_for("").etag);
}

}  // namespace
}  // namespace frontrow
