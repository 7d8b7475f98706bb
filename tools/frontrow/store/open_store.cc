#include "tools/frontrow/store/open_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "tools/frontrow/config/admin_key.h"
#ifdef FRONTROW_HAS_ETCD
#include "storage/shared/etcd_store.h"
#endif

namespace frontrow {
namespace {

std::vector<std::string> split_lists(const std::vector<std::string>& lists) {
  std::vector<std::string> all;
  for (std::string_view list : lists) {
    while (!list.empty()) {
      const std::size_t comma = list.find(',');
      const std::string_view one = list.substr(0, comma);
      if (!one.empty()) all.emplace_back(one);
      list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
    }
  }
  return all;
}

}  // namespace

std::string endpoints_text(const StoreConfig& config) {
  return fmt::format("{}", fmt::join(split_lists(config.endpoints), ", "));
}

#ifdef FRONTROW_HAS_ETCD

Result<std::unique_ptr<ConsensusStore>> open_store(const StoreConfig& config, Duration deadline) {
  EtcdOptions options{.endpoints = split_lists(config.endpoints),
                      .ca_file = config.ca_file,
                      .certificate_file = config.certificate_file,
                      .key_file = config.key_file,
                      .user = config.user,
                      .password = {},
                      .deadline = deadline};
  if (config.user.empty() != config.password_file.empty())
    return Error{"etcd: the user and the file of its password are given together"};
  if (!config.password_file.empty()) {
    auto password = read_secret_file(config.password_file);
    if (!password.ok()) return Error{password.error()};
    options.password = std::move(*password);
  }
  auto store = EtcdStore::open(options);
  if (!store.ok()) return Error{store.error()};
  return std::unique_ptr<ConsensusStore>(std::move(*store));
}

#else

Result<std::unique_ptr<ConsensusStore>> open_store(const StoreConfig&, Duration) {
  return Error{
      "this program was built without etcd, so it has no clusters: install libgrpc++-dev, "
      "libprotobuf-dev and protobuf-compiler-grpc, and build it again"};
}

#endif

}  // namespace frontrow
