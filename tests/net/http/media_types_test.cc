#include "net/http/media_types.h"

#include <gtest/gtest.h>

namespace frontrow {
namespace {

TEST(MediaTypes, table_is_accepted_as_csv_or_as_ndjson) {
  for (const std::string_view accept :
       {"", "*/*", "text/csv", "text/*", "application/x-ndjson", "text/csv;q=0, application/*"})
    EXPECT_TRUE(accepts(accept, Produces::kTable)) << accept;
  for (const std::string_view accept : {"application/json", "text/html", "*/*;q=0"})
    EXPECT_FALSE(accepts(accept, Produces::kTable)) << accept;
}

}  // namespace
}  // namespace frontrow
