#include "tools/frontrow/store/open_store.h"

#include <gtest/gtest.h>

#include "tests/tools/frontrow/support/test_files.h"

namespace frontrow {
namespace {

constexpr Duration kDeadline = milliseconds(600);

TEST(OpenStore, endpoints_may_be_lists_with_commas) {
  EXPECT_EQ(endpoints_text({.endpoints = {"a:1"}}), "a:1");
  EXPECT_EQ(endpoints_text({.endpoints = {"a:1,b:2", "c:3"}}), "a:1, b:2, c:3");
  EXPECT_EQ(endpoints_text({.endpoints = {",a:1,,b:2,"}}), "a:1, b:2");
  EXPECT_EQ(endpoints_text({}), "");
}

std::string refusal_of(const StoreConfig& config) {
  const auto store = open_store(config, kDeadline);
  return store.ok() ? "opened" : store.error();
}

class OpenStoreOfEtcd : public testing::Test {
 protected:
  void SetUp() override {
    if (refusal_of({}).starts_with("this program was built without etcd")) GTEST_SKIP();
  }
};

// No member needs to be there.
TEST_F(OpenStoreOfEtcd, waits_for_no_member) {
  EXPECT_EQ(refusal_of({.endpoints = {"127.0.0.1:1", "box-1.invalid:2379,[::1]:2379"}}), "opened");
}

TEST_F(OpenStoreOfEtcd, malformed_endpoints_are_named) {
  EXPECT_EQ(refusal_of({}), "no etcd endpoint is given");
  EXPECT_EQ(refusal_of({.endpoints = {","}}), "no etcd endpoint is given");
  for (const char* bad : {"10.0.0.1", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:x",
                          "http://10.0.0.1:2379"}) {
    EXPECT_EQ(
        refusal_of({.endpoints = {"10.0.0.2:2379", bad}}),
        "etcd endpoint \"" + std::string(bad) + "\": expected host:port, such as 10.0.0.1:2379");
  }
}

TEST_F(OpenStoreOfEtcd, user_and_password_are_given_together) {
  const std::string together = "etcd: the user and the file of its password are given together";
  EXPECT_EQ(refusal_of({.endpoints = {"127.0.0.1:1"}, .user = "frontrow"}), together);
  EXPECT_EQ(refusal_of({.endpoints = {"127.0.0.1:1"}, .password_file = "password"}), together);
}

TEST_F(OpenStoreOfEtcd, files_that_can_not_be_read_are_named) {
  const TempDirectory dir;
  const std::string missing = (dir.path() / "missing").string();
  EXPECT_EQ(
      refusal_of({.endpoints = {"127.0.0.1:1"}, .user = "frontrow", .password_file = missing}),
      missing + ": is not there");
  const std::string shared = (dir.path() / "shared").string();
  write_file(shared, "open sesame\n", 0644);
  EXPECT_EQ(refusal_of({.endpoints = {"127.0.0.1:1"}, .user = "frontrow", .password_file = shared}),
            shared + ": others may read it (mode 0644); run: chmod 600 " + shared);
  const std::string no_ca = refusal_of({.endpoints = {"127.0.0.1:1"}, .ca_file = missing});
  EXPECT_NE(no_ca.find(missing), std::string::npos) << no_ca;
}

}  // namespace
}  // namespace frontrow
