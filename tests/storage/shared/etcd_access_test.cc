// etcd behind TLS and a password: who has both gets in, and everybody else is told why not, in one
// line and without the password.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "tests/storage/shared/etcd_members.h"
#include "tests/support/temp_directory.h"

namespace frontrow {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "correct-horse";

// Two authorities, each with a certificate for 127.0.0.1 that servers and clients may use.
class Certificates {
 public:
  Certificates() {
    for (const char* name : {"ours", "others"}) {
      run(fmt::format("openssl req -x509 {} -subj /CN={} -days 2 -keyout {} -out {}", kNewKey, name,
                      file(name, "ca.key"), file(name, "ca.pem")));
      run(fmt::format("openssl req {} -subj /CN=frontrow -keyout {} -out {}", kNewKey,
                      file(name, "key.pem"), file(name, "request")));
      run(
          fmt::format("echo subjectAltName=IP:127.0.0.1 > {0}; openssl x509 -req -in {1} -CA {2} "
                      "-CAkey {3} -CAcreateserial -days 2 -extfile {0} -out {4}",
                      file(name, "extension"), file(name, "request"), file(name, "ca.pem"),
                      file(name, "ca.key"), file(name, "cert.pem")));
    }
  }
  std::string file(const std::string& name, const std::string& kind) const {
    return (directory_.path() / (name + "-" + kind)).string();
  }
  // A client of the first authority's, with a certificate of that or of another one.
  EtcdOptions client(const std::string& authority, const std::string& certificate) const {
    EtcdOptions options;
    options.ca_file = file(authority, "ca.pem");
    if (certificate.empty()) return options;
    options.certificate_file = file(certificate, "cert.pem");
    options.key_file = file(certificate, "key.pem");
    return options;
  }

 private:
  static constexpr const char* kNewKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  static void run(const std::string& command) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs
    ASSERT_EQ(std::system(("(" + command + ") 2>/dev/null").c_str()), 0) << command;
  }

  TempDirectory directory_;
};

// Why a commit and a read were refused; empty if they were not.
std::string refusal(EtcdOptions options) {
  options.deadline = seconds(1);
  const auto store = EtcdStore::open(options);
  if (!store.ok()) return store.error();
  const Commit commit = (*store)->commit({.expected = {}, .puts = {{"a", "1"}}, .erased = {}});
  const auto range = (*store)->read("a", "b", 1);
  if (commit.outcome != CommitOutcome::kCommitted)
    return commit.reason + (range.ok() ? ", but it could be read" : "");
  if (!range.ok()) return range.error();
  return range->entries.size() == 1 && range->entries[0].value == "1" ? "" : "another value";
}

class EtcdAccess : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!EtcdMembers::available()) GTEST_SKIP() << "etcd is not installed (package etcd-server)";
  }
  // Runs etcdctl with these words towards the members.
  static void control(const EtcdMembers& members, const std::string& words) {
    const std::string command = fmt::format("ETCDCTL_API=3 etcdctl --endpoints={} {} >/dev/null",
                                            members.endpoint(0), words);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs it
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
};

TEST_F(EtcdAccess, ClientsAndServersWithCertificatesOfOneAuthorityTrustEachOther) {
  const Certificates certificates;
  const EtcdMembers members(
      1,
      {"--cert-file=" + certificates.file("ours", "cert.pem"),
       "--key-file=" + certificates.file("ours", "key.pem"), "--client-cert-auth",
       "--trusted-ca-file=" + certificates.file("ours", "ca.pem")},
      certificates.client("ours", "ours"));
  EXPECT_EQ(refusal(members.options()), "");
  const auto with = [&](EtcdOptions options) {
    options.endpoints = members.endpoints();
    return options;
  };
  const EtcdMembers plain(1);
  EtcdOptions to_plain = certificates.client("ours", "ours");
  to_plain.endpoints = plain.endpoints();
  const std::pair<EtcdOptions, const char*> refused[] = {
      {with({}), "if etcd expects TLS"},
      {with(certificates.client("ours", "")), "it expects a certificate of its clients"},
      {with(certificates.client("ours", "others")), "it expects a certificate of its clients"},
      {with(certificates.client("others", "ours")), "not of the authority"},
      {to_plain, "either etcd does not expect TLS"}};
  for (const auto& [wrong, advice] : refused) {
    const std::string said = refusal(wrong);
    EXPECT_THAT(said, HasSubstr(advice));
    EXPECT_THAT(said, HasSubstr("etcd at " + wrong.endpoints[0]));
    EXPECT_THAT(said, Not(HasSubstr("\n")));
  }
}

TEST_F(EtcdAccess, UserNeedsThePasswordAndTheRights) {
  const EtcdMembers members(1);
  for (const char* words :
       {"user add root:root", "user grant-role root root", "role add shop",
        "role grant-permission shop readwrite a b", "user add frontrow:correct-horse",
        "user grant-role frontrow shop", "user add guest:correct-horse", "auth enable"})
    control(members, words);
  const auto as = [&](const std::string& user, const std::string& password) {
    EtcdOptions options = members.options();
    options.user = user;
    options.password = password;
    return refusal(options);
  };
  EXPECT_EQ(as("frontrow", kSecret), "");
  const std::string wrong = as("frontrow", "wrong-horse");
  EXPECT_THAT(wrong, HasSubstr("etcd at " + members.endpoint(0)));
  EXPECT_THAT(wrong, HasSubstr("password"));
  EXPECT_THAT(as("guest", kSecret), HasSubstr("permission denied"));
  EXPECT_THAT(as("", ""), HasSubstr("user name is empty"));
  for (const std::string& said : {wrong, as("guest", kSecret), as("", "")}) {
    EXPECT_THAT(said, Not(HasSubstr("horse")));
    EXPECT_THAT(said, Not(HasSubstr("\n")));
  }
}

}  // namespace
}  // namespace frontrow
