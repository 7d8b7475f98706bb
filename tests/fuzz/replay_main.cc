// Runs a fuzz program on the inputs of a folder, in place of libFuzzer: its committed corpus, in
// every build. An input that it can't take ends the program, as it does under libFuzzer
// (tools/fuzz).
//
//   NAME_fuzz FOLDER   prints the number of inputs; exit code 1 if there are none
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::string bytes_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::vector<std::filesystem::path> inputs;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1], failed))
    inputs.push_back(entry.path());
  if (inputs.empty()) {
    std::fprintf(stderr, "no input in %s: %s\n", argv[1], failed.message().c_str());
    return 1;
  }
  std::ranges::sort(inputs);
  for (const auto& input : inputs) {
    const std::string bytes = bytes_of_file(input);
    std::printf("%s\n", input.filename().c_str());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  std::printf("%zu inputs\n", inputs.size());
  return 0;
}
