#include "tools/frontrow/cluster/status.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <future>

#include "net/json/json_writer.h"
#include "tools/frontrow/cluster/commands.h"
#include "tools/frontrow/cluster/plan.h"
#include "tools/frontrow/common/http_once.h"

namespace frontrow::cluster {
namespace {

namespace dom = simdjson::dom;

// Reads members of a JSON object and records whether any was missing or of another type.
class Members {
 public:
  explicit Members(dom::element object) : object_(object) {}
  std::string text(const char* name) {
    std::string_view value;
    failed_ = failed_ || object_[name].get(value) != simdjson::SUCCESS;
    return std::string(value);
  }
  std::uint64_t number(const char* name) {
    std::uint64_t value = 0;
    failed_ = failed_ || object_[name].get(value) != simdjson::SUCCESS;
    return value;
  }
  bool flag(const char* name) {
    bool value = false;
    failed_ = failed_ || object_[name].get(value) != simdjson::SUCCESS;
    return value;
  }
  // Returns this object itself if the member is missing.
  dom::element object(const char* name) {
    dom::element value = object_;
    failed_ = failed_ || object_[name].get(value) != simdjson::SUCCESS;
    return value;
  }
  double fraction_or(const char* name, double otherwise) const {
    double value = 0;
    return object_[name].get(value) == simdjson::SUCCESS ? value : otherwise;
  }
  std::string text_or_none(const char* name) const {
    std::string_view value;
    return object_[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  }
  std::vector<dom::element> list(const char* name) {
    dom::array value;
    if (object_[name].get(value) == simdjson::SUCCESS) return {value.begin(), value.end()};
    failed_ = true;
    return {};
  }
  bool failed() const { return failed_; }

 private:
  dom::element object_;
  bool failed_ = false;
};

// Reports slots that are not on the instance that the map assigns.
template <class Fault>
void compare_handover(const InstanceStatus& s, const Fault& fault) {
  const InstanceStatus::Handover& h = s.handover;
  if (h.awaited > 0 && !h.awaited_from.empty()) {
    fault(fmt::format("awaits {} of its slots, until instance {} has told what it has of them",
                      h.awaited, fmt::join(h.awaited_from, ", ")));
  } else if (h.awaited > 0) {
    fault(
        fmt::format("has not got {} of its slots: no instance of the map has them; did one leave "
                    "that still had slots?",
                    h.awaited));
  }
  if (h.leaving > 0)
    fault(fmt::format("has {} slots of other instances, which it migrates to them", h.leaving));
  if (h.refused > 0)
    fault(fmt::format("has {} slots that another instance does not take: its log says why",
                      h.refused));
}

// Compares the status of one instance with the file.
void compare(const ClusterFile& file, const SlotMap& map, InstanceId id, const InstanceStatus& s,
             std::vector<std::string>& faults) {
  const auto fault = [&](const std::string& what) {
    faults.push_back(fmt::format("instance {}: {}", id, what));
  };
  if (s.cluster != file.name)
    fault(fmt::format("is of the cluster \"{}\", not \"{}\"", s.cluster, file.name));
  if (s.instance != id) fault(fmt::format("says that it is instance {}", s.instance));
  if (s.map_revision != map.revision() || s.map_hash != hash_text(map)) {
    fault(fmt::format("has the map of revision {} ({}), the file is revision {} ({})",
                      s.map_revision, s.map_hash, map.revision(), hash_text(map)));
  }
  if (s.state != "ready") fault("is " + s.state);
  compare_handover(s, fault);
  for (const LinkStatus& link : s.links) {
    if (link.up) continue;
    fault(fmt::format("its link to instance {} is down{}{}", link.peer,
                      link.last_refusal.empty() ? "" : ": ", link.last_refusal));
  }
}

// Every instance must know the key with which each other instance signs tokens.
void compare_keys(const Answers& answers, const ClusterFile& file,
                  std::vector<std::string>& faults) {
  for (std::size_t a = 0; a < answers.size(); ++a) {
    if (!answers[a].ok() || answers[a]->token_keys.empty()) continue;
    const std::string& signing = answers[a]->token_keys.front();
    for (std::size_t b = 0; b < answers.size(); ++b) {
      if (!answers[b].ok()) continue;
      const auto& known = answers[b]->token_keys;
      if (std::find(known.begin(), known.end(), signing) != known.end()) continue;
      faults.push_back(
          fmt::format("instance {} signs tokens with the key {}, which instance {} "
                      "does not know",
                      file.instances[a].id, signing, file.instances[b].id));
    }
  }
}

std::string links_text(const InstanceStatus& status) {
  std::vector<std::string> links;
  for (const LinkStatus& link : status.links) {
    links.push_back(link.up ? fmt::format("{} {:.2f} ms, {} open", link.peer, link.round_trip_ms,
                                          link.outstanding)
                            : fmt::format("{} DOWN", link.peer));
  }
  return fmt::format("{}", fmt::join(links, "; "));
}

Result<std::string> ask(const ClusterInstance& instance, const std::string& admin_key) {
  const auto answer = ask_once({.base_url = "http://" + format_address(instance.operators()),
                                .path = "/v1/admin/cluster",
                                .bearer = admin_key,
                                .patience = seconds(2)});
  if (!answer.ok()) return Error{answer.error()};
  if (answer->status == 200) return answer->body;
  if (answer->status == 401) return Error{"401: it has a different admin key"};
  if (answer->status == 404) return Error{"404: it does not run as an instance of a cluster"};
  return Error{fmt::format("it answers {}", answer->status)};
}

}  // namespace

Result<InstanceStatus> parse_instance_status(const std::string& json) {
  dom::parser parser;
  dom::element root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS) return Error{"its answer is not JSON"};
  Members m(root);
  InstanceStatus status;
  status.cluster = m.text("cluster");
  status.instance = static_cast<InstanceId>(m.number("instance"));
  status.state = m.text("state");
  status.map_revision = m.number("mapRevision");
  status.map_hash = m.text("mapHash");
  status.slots = m.number("slots");
  status.groups = m.number("groups");
  bool failed = false;
  Members h(m.object("handover"));
  status.handover.awaited = h.number("awaited");
  status.handover.leaving = h.number("leaving");
  status.handover.refused = h.number("refused");
  for (const dom::element peer : h.list("awaitedFrom")) {
    std::uint64_t id = 0;
    failed = failed || peer.get(id) != simdjson::SUCCESS;
    status.handover.awaited_from.push_back(static_cast<InstanceId>(id));
  }
  failed = failed || h.failed();
  for (const dom::element key : m.list("tokenKeys")) {
    std::string_view id;
    failed = failed || key.get(id) != simdjson::SUCCESS;
    status.token_keys.emplace_back(id);
  }
  for (const dom::element entry : m.list("links")) {
    Members l(entry);
    status.links.push_back({static_cast<InstanceId>(l.number("instance")), l.flag("up"),
                            l.fraction_or("roundTripMs", 0), l.number("outstanding"),
                            l.text_or_none("lastRefusal")});
    failed = failed || l.failed();
  }
  if (failed || m.failed())
    return Error{"its answer does not have the fields of GET /v1/admin/cluster"};
  return status;
}

std::vector<std::string> faults_of(const ClusterFile& file, const SlotMap& map,
                                   const Answers& answers) {
  std::vector<std::string> faults;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const InstanceId id = file.instances[i].id;
    if (answers[i].ok()) {
      compare(file, map, id, *answers[i], faults);
    } else {
      faults.push_back(fmt::format("instance {} at {}: {}", id,
                                   format_address(file.instances[i].http), answers[i].error()));
    }
  }
  compare_keys(answers, file, faults);
  return faults;
}

std::string status_text(const ClusterFile& file, const SlotMap& map, const Answers& answers,
                        const std::vector<std::string>& faults) {
  std::string text =
      fmt::format("cluster {}, revision {}, map {}\n\n", file.name, map.revision(), hash_text(map));
  text += fmt::format("{:>8}  {:<21}  {:<10}  {:>8}  {:<16}  {:>5}  {:<12}  {}\n", "instance",
                      "http", "state", "revision", "map", "slots", "keys", "links");
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const ClusterInstance& instance = file.instances[i];
    text += fmt::format("{:>8}  {:<21}  ", instance.id, format_address(instance.http));
    if (!answers[i].ok()) {
      text += fmt::format("no answer: {}\n", answers[i].error());
      continue;
    }
    const InstanceStatus& s = *answers[i];
    text += fmt::format("{:<10}  {:>8}  {:<16}  {:>5}  {:<12}  {}\n", s.state, s.map_revision,
                        s.map_hash, s.slots, fmt::format("{}", fmt::join(s.token_keys, ",")),
                        links_text(s));
  }
  text += '\n';
  for (const std::string& fault : faults) text += fmt::format("NOT WELL: {}\n", fault);
  if (faults.empty()) text += "all is well\n";
  return text;
}

std::string status_json(const ClusterFile& file, const Answers& answers,
                        const std::vector<std::string>& bodies,
                        const std::vector<std::string>& faults) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("cluster", file.name).member("well", faults.empty());
  json.array("faults");
  for (const std::string& fault : faults) json.value(fault);
  json.end_array().array("instances");
  for (std::size_t i = 0; i < answers.size(); ++i) {
    json.begin_object().member("instance", file.instances[i].id);
    json.member("http", format_address(file.instances[i].http));
    json.key("status");
    answers[i].ok() ? json.raw(bodies[i]) : json.null();
    json.end_object();
  }
  json.end_array().end_object();
  return out + "\n";
}

int status(const StatusArgs& args) {
  const auto fail = [](int code, const std::string& why) {
    std::fputs(fmt::format("frontrow: {}\n", why).c_str(), stderr);
    return code;
  };
  const auto file = read_cluster_file(args.file);
  if (!file.ok()) return fail(2, file.error());
  const auto map = file->slot_map();
  if (!map.ok()) return fail(2, map.error());

  // Asks all instances concurrently, as each unreachable one may take the whole timeout.
  std::vector<std::future<Result<std::string>>> asked;
  for (const ClusterInstance& instance : file->instances)
    asked.push_back(std::async(std::launch::async, ask, instance, args.admin_key));
  Answers answers;
  std::vector<std::string> bodies;
  for (auto& future : asked) {
    const Result<std::string> body = future.get();
    answers.push_back(body.ok() ? parse_instance_status(*body)
                                : Result<InstanceStatus>(Error{body.error()}));
    bodies.push_back(body.ok() ? *body : "");
  }
  const auto faults = faults_of(*file, *map, answers);
  std::fputs(status_text(*file, *map, answers, faults).c_str(), stdout);
  if (!args.json.empty()) {
    std::ofstream out(args.json, std::ios::binary);
    out << status_json(*file, answers, bodies, faults);
    if (!out.flush()) return fail(1, fmt::format("{}: can't be written", args.json));
  }
  return faults.empty() ? 0 : 1;
}

}  // namespace frontrow::cluster
