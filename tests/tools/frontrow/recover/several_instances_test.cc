// The directories of instances that served one sale together: one half of a payment is with its
// concert, the other with its wallet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

using testing::HasSubstr;

// Three stopped instances that have sold seats to fans whose wallets are on all of them.
class SeveralInstances : public testing::Test {
 protected:
  static constexpr int kFans = 12;

  static void SetUpTestSuite() {
    setenv("FRONTROW_INSTANCES", "3", 1);
    server_ = std::make_unique<ServerProcess>();
    unsetenv("FRONTROW_INSTANCES");
    Shop shop(*server_);
    const std::int64_t concert = shop.create_concert();
    for (int i = 1; i <= kFans; ++i) {
      const Fan fan = shop.enter(concert);
      shop.charge(fan, 5000);
      shop.pay(concert, fan, shop.hold(concert, fan, {i}));
    }
    ASSERT_EQ(server_->stop(), 0);
  }
  static void TearDownTestSuite() { server_.reset(); }

  static int recover(std::vector<std::string> arguments, const std::vector<std::string>& data_dirs,
                     std::string& output) {
    arguments.insert(arguments.begin(), "recover");
    for (const std::string& data_dir : data_dirs)
      arguments.insert(arguments.end(), {"--data-dir", data_dir});
    return ServerProcess::run_once(arguments, output);
  }

  static std::unique_ptr<ServerProcess> server_;
  std::string output_;
};

std::unique_ptr<ServerProcess> SeveralInstances::server_;

TEST_F(SeveralInstances, are_sound_together) {
  EXPECT_EQ(recover({"verify"}, server_->all_data(), output_), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("all 3 directories together"));
  EXPECT_THAT(output_, HasSubstr("12 payments fit their wallets"));
  EXPECT_THAT(output_, HasSubstr("charged 60000 = balance 48000 + reserved 0 + spent 12000"));
}

TEST_F(SeveralInstances, one_alone_says_that_the_others_are_missing) {
  EXPECT_EQ(recover({"verify"}, {server_->all_data().front()}, output_), 1);
  EXPECT_THAT(output_, HasSubstr("if this is one of several instances"));
  EXPECT_EQ(recover({"verify", "--part"}, {server_->all_data().front()}, output_), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("Sound by itself."));
}

TEST_F(SeveralInstances, without_one_of_them_do_not_fit) {
  std::vector<std::string> some = server_->all_data();
  some.pop_back();
  EXPECT_EQ(recover({"verify"}, some, output_), 1);
  EXPECT_THAT(output_, HasSubstr("NOT SOUND."));
}

TEST_F(SeveralInstances, slot_of_two_directories_is_named) {
  const std::string one = server_->all_data().front();
  EXPECT_EQ(recover({"verify"}, {one, one}, output_), 1);
  EXPECT_THAT(output_, HasSubstr("it had two owners"));
}

TEST_F(SeveralInstances, books_are_exported_together_and_balance) {
  const std::string to = server_->directory() / "books";
  EXPECT_EQ(recover({"export", "--to", to}, server_->all_data(), output_), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("payments.csv: 12 rows"));
  EXPECT_THAT(output_, HasSubstr("every balance holds over all 3 directories"));
}

}  // namespace
}  // namespace frontrow::api
