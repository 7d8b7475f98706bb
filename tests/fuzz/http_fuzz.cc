// Bytes of a connection. The first byte selects where they are cut in two; cut and whole input
// yield the same messages, or the same rejection.
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "net/http/http_parser.h"

namespace frontrow {
namespace {

struct Seen {
  std::vector<std::string> requests;
  int refusal = 0;
  bool operator==(const Seen&) const = default;
};

class Connection {
 public:
  void add(std::string_view bytes) {
    buffer_.append(bytes);
    while (seen_.refusal == 0 && !buffer_.empty()) {
      const ParseOutcome outcome = parser_.parse(buffer_, progress_);
      if (outcome == ParseOutcome::kError) {
        seen_.refusal = parser_.error().type->status;
      } else if (outcome == ParseOutcome::kRequest) {
        const Request& r = parser_.request();
        FR_CHECK(parser_.consumed() > 0 && parser_.consumed() <= buffer_.size());
        seen_.requests.push_back(std::string(r.path) + '\n' + std::string(r.query) + '\n' +
                                 std::string(r.authorization) + '\n' + std::string(r.host) + '\n' +
                                 std::string(r.accept) + '\n' +
                                 std::string(r.if_match.value_or("none")) + '\n' +
                                 (r.keep_alive ? "keep\n" : "close\n") + std::string(r.body));
        buffer_.erase(0, parser_.consumed());
      } else {
        return;
      }
    }
  }
  const Seen& seen() const { return seen_; }

 private:
  HttpLimits limits_;
  HttpParser parser_{limits_};
  ParseProgress progress_;
  std::string buffer_;
  Seen seen_;
};

}  // namespace
}  // namespace frontrow

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = text.size() * data[0] / 255;
  frontrow::Connection whole, parted;
  whole.add(text);
  parted.add(text.substr(0, cut));
  parted.add(text.substr(cut));
  FR_CHECK(whole.seen() == parted.seen());
  return 0;
}
