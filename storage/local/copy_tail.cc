#include "storage/local/copy_tail.h"

#include <fmt/format.h>

#include <memory>

#include "storage/local/group_key.h"
#include "storage/local/read_error.h"
#include "storage/local/rocks_options.h"
#include "storage/local/slices.h"

namespace frontrow {
namespace {

Status check_is_there(const RocksArchive& archive, const ChainPosition& durable) {
  if (durable.number == archive.log_start().number) return {};
  const auto header = archive.header_of(durable.number);
  if (!header.ok()) return Error{header.error()};
  if (header->chain_hash == durable.hash) return {};
  return Error{fmt::format("group {}: chain hash: {:016x} was on disk, now it is {:016x}{}",
                           durable.number, durable.hash, header->chain_hash, kKeepACopy)};
}

// Whether key and value are those of the group after `last`, whose place they then take.
bool takes_next(rocksdb::Iterator& it, ChainPosition& last) {
  const auto key = decode_group_key(it.key().ToStringView());
  const auto group = decode_group(bytes_of(it.value()));
  if (!key || !group.ok() || key->number != group->header.number) return false;
  if (!check_follows(last, group->header).ok()) return false;
  last = position_of(group->header);
  return true;
}

}  // namespace

Result<CopyTail> find_copy_tail(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* copies,
                                const RocksArchive& archive, const ChainPosition& durable) {
  if (Status s = check_is_there(archive, durable); !s.ok()) return Error{s.error()};
  CopyTail tail{.newest = durable};
  const auto first = encode_group_key({durable.stream, durable.number + 1});
  const auto behind = encode_group_key({durable.stream, ~std::uint64_t{0}});
  const rocksdb::Slice bound = slice_of(behind);
  rocksdb::ReadOptions options = scan_options();
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(options, copies));
  it->Seek(slice_of(first));
  while (it->Valid() && takes_next(*it, tail.newest)) it->Next();
  tail.has_more = it->Valid();
  if (it->status().ok()) return tail;
  return Error{
      with_sign(fmt::format("group {}: {}", tail.newest.number + 1, it->status().ToString()))};
}

}  // namespace frontrow
