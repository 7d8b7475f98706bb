#include "tests/storage/shared/shared_etcd.h"

#include "storage/shared/etcd_store.h"
#include "tests/storage/shared/etcd_members.h"

namespace frontrow {

std::unique_ptr<ConsensusStore> open_shared_etcd() {
  if (!EtcdMembers::available()) return nullptr;
  static EtcdMembers members(1);
  EtcdOptions options;
  options.endpoints = members.endpoints();
  options.deadline = seconds(5);  // for a machine that runs other tests beside
  return std::move(*EtcdStore::open(options));
}

}  // namespace frontrow
