#include "net/api/request_pool.h"

#include "engine/runtime/shard/worker.h"

namespace frontrow {

void RequestPool::submit(const OpenRequest& request, const Command& command) {
  worker_.submit(command, worker_.reply_to(request.index(), request.generation()));
}

}  // namespace frontrow
