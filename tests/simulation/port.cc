#include "tests/simulation/port.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/core/codec/wire_codec.h"
#include "engine/runtime/shard/worker.h"
#include "tests/simulation/instance.h"
#include "tests/simulation/trace.h"

namespace frontrow::sim {
namespace {

// kind, then: a request's number and deadline, or an answer's request number; then the command or
// reply.
enum class Kind : std::uint8_t { kRequest = 1, kAnswer = 2, kMessage = 3 };

}  // namespace

void Port::open(InstanceId peer, std::shared_ptr<Connection> connection, std::size_t side) {
  EXPECT_FALSE(links_.contains(peer));
  links_[peer] = {.connection = std::move(connection), .side = side, .gathered = {}, .asked = {}};
  instance_.engine().link_is_up(peer, worker_);
}

void Port::close(InstanceId peer) {
  const auto node = links_.extract(peer);
  ASSERT_FALSE(node.empty());
  instance_.engine().link_is_down(peer);
  for (const auto& [number, asked] : node.mapped().asked) {
    const bool is_unknown = asked.is_sent && !asked.is_read;
    ++(is_unknown ? stats_.unknown : stats_.unsent);
    refuse(asked.reply_to, is_unknown ? Reject::kOutcomeUnknown : Reject::kInstanceUnavailable);
  }
}

void Port::refuse(const ReplyTo& to, Reject reject) {
  instance_.engine().worker(worker_).answer(to, Reply{reject, false, false, RejectDetail{}});
}

void Port::send(InstanceId to, const Command& command, const ReplyTo& reply_to) {
  const bool is_request = reply_to.expects_reply();
  const auto found = links_.find(to);
  if (found == links_.end()) {  // the link went down while the command was passed to this thread
    if (is_request) refuse(reply_to, Reject::kInstanceUnavailable);
    return;
  }
  Link& link = found->second;
  if (is_request && link.asked.size() >= options_.credit) {
    ++stats_.without_credit;
    return refuse(reply_to, Reject::kOverloaded);
  }
  if (!is_request && weather_.random.chance(weather_.faults.dropped)) {
    ++stats_.dropped;
    return;
  }
  Gathered out;
  ByteWriter writer(out.frame.bytes);
  writer.put(static_cast<std::uint8_t>(is_request ? Kind::kRequest : Kind::kMessage));
  if (is_request) {
    const Instant deadline = weather_.calm ? kNever : instance_.clock().now() + options_.patience;
    out.request = ++link.last_request;
    link.asked[out.request] = {reply_to, is_read(command.body), false, deadline};
    writer.put(out.request);
    writer.put(deadline);
  }
  encode_command(command, writer);
  link.gathered.push_back(std::move(out));
}

bool Port::flush(InstanceId peer) {
  Link& link = links_.at(peer);
  if (link.gathered.empty()) return false;
  Gathered out = std::move(link.gathered.front());
  link.gathered.pop_front();
  const auto asked = link.asked.find(out.request);
  if (asked != link.asked.end()) {
    asked->second.is_sent = true;
    ++stats_.forwarded;
  }
  // The kernel accepts frames that a broken connection will never carry.
  if (!link.connection->is_broken)
    link.connection->ways[link.side].frames.push_back(std::move(out.frame));
  return true;
}

bool Port::receive(InstanceId peer) {
  Link& link = links_.at(peer);
  Connection::Way& way = link.connection->ways[1 - link.side];
  if (way.frames.empty() || way.stands_still) return false;
  const Frame frame = std::move(way.frames.front());
  way.frames.pop_front();
  ByteReader in(frame.bytes);
  switch (static_cast<Kind>(in.get<std::uint8_t>())) {
    case Kind::kRequest:
      on_request(peer, link, in);
      break;
    case Kind::kAnswer:
      on_answer(link, in, frame.decided_by);
      break;
    case Kind::kMessage:
      on_message(in);
      break;
  }
  return true;
}

void Port::on_request(InstanceId peer, const Link& link, ByteReader& in) {
  const auto request = in.get<std::uint64_t>();
  const Instant deadline = in.get_instant();
  Command command;
  const Status decoded = decode_command(in, command);
  ASSERT_TRUE(decoded.ok() && in.at_end()) << "a request that can't be read";
  const SlotId slot = slot_of(command.body);
  ASSERT_TRUE(instance_.owns(slot)) << "asked of the wrong instance";
  const auto context = static_cast<std::uint32_t>(asked_of_us_.size());
  asked_of_us_.push_back({peer, link.connection, request, slot, true, {}});
  const ReplyTo to{
      .worker = worker_, .asker = Asker::kPeer, .context = context, .generation = instance_.life()};
  if (options_.heeds_deadlines && is_overdue(link, deadline)) {
    ++stats_.refused_late;
    return on_reply(to, Reply{Reject::kInstanceUnavailable, false, false, RejectDetail{}});
  }
  instance_.submit(worker_, command, to, asked_of_us_[context].decision);
}

// The deadline is by the asker's clock.
bool Port::is_overdue(const Link& link, Instant deadline) const {
  const auto& hello = link.connection->hello;
  if (deadline == kNever) return false;
  return instance_.clock().now() - hello[link.side] > deadline - hello[1 - link.side];
}

void Port::on_reply(const ReplyTo& to, Reply&& reply) {
  ASSERT_EQ(to.generation, instance_.life()) << "a peer's answer from an earlier life";
  AskedOfUs& asked = asked_of_us_.at(to.context);
  EXPECT_TRUE(asked.is_open) << "a peer is answered twice";
  asked.is_open = false;
  instance_.check_durable(asked.slot, asked.decision, reply);
  const auto link = links_.find(asked.peer);
  if (link == links_.end() || link->second.connection != asked.connection) {
    ++stats_.for_nobody;
    return;
  }
  Gathered out;
  out.frame.decided_by = instance_.time_of(asked.slot);
  ByteWriter writer(out.frame.bytes);
  writer.put(static_cast<std::uint8_t>(Kind::kAnswer));
  writer.put(asked.request);
  encode_reply(reply, writer);
  link->second.gathered.push_back(std::move(out));
}

void Port::on_answer(Link& link, ByteReader& in, Instant decided_by) {
  const auto asked = link.asked.find(in.get<std::uint64_t>());
  Reply reply;
  const Status decoded = decode_reply(in, reply);
  ASSERT_TRUE(decoded.ok() && in.at_end()) << "an answer that can't be read";
  if (asked == link.asked.end()) {  // given up meanwhile
    ++stats_.came_late;
    return;
  }
  ++stats_.answered;
  const ReplyTo to = asked->second.reply_to;
  link.asked.erase(asked);
  if (to.asker == Asker::kClient) instance_.request(to.context).decided_by = decided_by;
  instance_.engine().worker(worker_).answer(to, std::move(reply));
}

void Port::on_message(ByteReader& in) {
  Command message;
  const Status decoded = decode_command(in, message);
  ASSERT_TRUE(decoded.ok() && in.at_end()) << "a message that can't be read";
  ASSERT_TRUE(instance_.owns(slot_of(message.body))) << "sent to the wrong instance";
  ++stats_.messages;
  instance_.engine().deliver(std::move(message));
}

bool Port::idle() const {
  return std::all_of(links_.begin(), links_.end(),
                     [](const auto& each) { return each.second.asked.empty(); });
}

void Port::give_up_overdue() {
  const Instant now = instance_.clock().now();
  for (auto& [peer, link] : links_) {
    for (auto asked = link.asked.begin(); asked != link.asked.end();) {
      if (asked->second.deadline > now) {
        ++asked;
        continue;
      }
      const ReplyTo to = asked->second.reply_to;
      asked = link.asked.erase(asked);
      ++stats_.given_up;
      refuse(to, Reject::kOutcomeUnknown);
    }
  }
}

}  // namespace frontrow::sim
