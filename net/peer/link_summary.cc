#include "net/peer/link_summary.h"

#include <utility>

namespace frontrow {
namespace {

void add(LinkSummary& sum, const PeerStats& s) {
  if (s.up.get() != 0) {
    sum.up = true;
    sum.since = Instant{static_cast<std::int64_t>(s.up_since_s.get()) * 1000};
    sum.rtt_us = s.rtt_us.get();
  }
  sum.connections += s.connections.get();
  sum.outstanding += s.outstanding.get();
  sum.unanswered += s.unanswered.get();
  sum.output_bytes += s.output_bytes.get();
  sum.requests_out += s.requests_out.get();
  sum.requests_in += s.requests_in.get();
  sum.messages_out += s.messages_out.get();
  sum.messages_in += s.messages_in.get();
  sum.bytes_out += s.bytes_out.get();
  sum.bytes_in += s.bytes_in.get();
  sum.copied_out += s.copied_out.get();
  sum.copied_in += s.copied_in.get();
  sum.refused_overloaded += s.refused_overloaded.get();
  sum.refused_unavailable += s.refused_unavailable.get();
  sum.outcome_unknown += s.outcome_unknown.get();
  sum.refused_late += s.refused_late.get();
  sum.messages_dropped += s.messages_dropped.get();
  sum.handshakes_refused += s.handshakes_refused.get();
  if (std::string refusal = s.last_refusal.get(); !refusal.empty())
    sum.last_refusal = std::move(refusal);
}

}  // namespace

std::vector<LinkSummary> summarize_links(const PeerNames& peers,
                                         const std::vector<const ThreadLinks*>& threads) {
  std::vector<LinkSummary> links;
  for (const auto& [id, name] : peers) {
    LinkSummary& link = links.emplace_back();
    link.peer = id;
    link.name = name;
    for (const ThreadLinks* thread : threads) {
      if (const PeerStats* stats = thread->find(id)) add(link, *stats);
    }
    if (link.up) link.last_refusal.clear();
  }
  return links;
}

}  // namespace frontrow
