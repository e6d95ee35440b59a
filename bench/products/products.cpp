// Prints the median speed of one product in GFLOP/s or, with --list, the libraries it was built with.
//   products_bench --shape 128x512x784 --kind nn --library glissade --precision float32 --isa avx512 --threads 2
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

#include "contestant.h"
#include "error.h"
#include "kernels/kernels.h"
#include "parallel/denormals.h"

namespace {

void list() {
  std::string libraries = "\"glissade\"", precisions = "\"glissade\": [\"float32\", \"bfloat16\"]", versions, sets;
#if defined(GLISSADE_ONEDNN)
  libraries += ", \"onednn\"";
  precisions += ", \"onednn\": [\"float32\", \"bfloat16\"]";
  versions += "\"onednn\": \"" + versionOfOneDnn() + "\"";
#endif
#if defined(GLISSADE_OPENBLAS)
  libraries += ", \"openblas\"";
  precisions += ", \"openblas\": [\"float32\"]";
  versions += (versions.empty() ? "" : ", ") + ("\"openblas\": \"" + versionOfOpenBlas() + "\"");
#endif
  for (const auto set : glissade::supportedInstructionSets())
    sets += (sets.empty() ? "\"" : ", \"") + std::string(glissade::nameOf(set)) + "\"";
  std::printf("{\"libraries\": [%s], \"precisions\": {%s}, \"versions\": {%s}, \"instructionSets\": [%s]}\n",
              libraries.c_str(), precisions.c_str(), versions.c_str(), sets.c_str());
}

Work workOf(const std::string& library, const Task& task, const std::string& instructionSet) {
#if defined(GLISSADE_ONEDNN)
  if (library == "onednn") return oneDnn(task);
#endif
#if defined(GLISSADE_OPENBLAS)
  if (library == "openblas" && !task.isBfloat16) return openBlas(task);
#endif
  if (library == "glissade") return glissadeProduct(task, instructionSet);
  std::fprintf(stderr, "products_bench was built without %s in this precision\n", library.c_str());
  std::exit(2);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 2 && std::string(arguments[1]) == "--list") {
    list();
    return 0;
  }
  std::map<std::string, std::string> options{
      {"--kind", "nn"}, {"--library", "glissade"}, {"--precision", "float32"}, {"--isa", ""}, {"--threads", "1"}};
  for (int i = 1; i + 1 < count; i += 2) options[arguments[i]] = arguments[i + 1];
  Task task{};
  task.kind = options["--kind"];
  task.isBfloat16 = options["--precision"] == "bfloat16";
  task.threads = std::atoi(options["--threads"].c_str());
  if (std::sscanf(options["--shape"].c_str(), "%zux%zux%zu", &task.rows, &task.columns, &task.depth) != 3 ||
      task.threads < 1) {
    std::fprintf(stderr, "--shape takes rows x columns x depth, as 128x512x784\n");
    return 2;
  }
  const glissade::FlushDenormals flush;
  const Work work = workOf(options["--library"], task, options["--isa"]);

  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::duration duration) { return std::chrono::duration<double>(duration).count(); };
  const auto secondsOf = [&](int times) {
    const auto begin = Clock::now();
    for (int i = 0; i < times; ++i) work();
    return seconds(Clock::now() - begin);
  };
  // Takes samples of at least a millisecond for half a second, after a warm-up of half a second.
  const int times = std::max(1, static_cast<int>(1e-3 / (secondsOf(5) / 5)));
  std::vector<double> samples;
  const auto begin = Clock::now();
  while (seconds(Clock::now() - begin) < 1) {
    const double sample = secondsOf(times) / times;
    if (seconds(Clock::now() - begin) > 0.5) samples.push_back(sample);
  }
  const double flops =
      2.0 * static_cast<double>(task.rows) * static_cast<double>(task.columns) * static_cast<double>(task.depth);
  std::printf("%.2f\n", flops / median(samples) * 1e-9);
  return 0;
}
