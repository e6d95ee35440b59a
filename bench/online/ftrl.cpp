// FTRL-Proximal over the clicks of a folder (clicks.mjs), one example at a time, in its simplest form, as a reference
// for loss and speed. Prints the JSON of glissade_ftrl.mjs. Arguments: folder, entropy, number of touched columns,
// number of columns, η, β, λ₁, λ₂.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

template <typename Number>
std::vector<Number> read(const std::string& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) throw std::runtime_error("can't read " + file);
  std::vector<Number> numbers(static_cast<size_t>(stream.tellg()) / sizeof(Number));
  stream.seekg(0);
  stream.read(reinterpret_cast<char*>(numbers.data()), static_cast<std::streamsize>(numbers.size() * sizeof(Number)));
  return numbers;
}

struct Ftrl {
  float rate, beta, l1, l2;
};

struct Column {
  float theta = 0, z = 0, n = 0;

  /// McMahan et al. 2013, algorithm 1.
  void update(float g, const Ftrl& rule) {
    const float sum = n + g * g, root = std::sqrt(sum);
    z += g - (root - std::sqrt(n)) / rule.rate * theta;
    n = sum;
    const float excess = std::fabs(z) - rule.l1;
    theta = excess <= 0 ? 0 : std::copysign(excess, -z) / ((rule.beta + root) / rule.rate + rule.l2);
  }
};

double residentBytes() {
  size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  const auto number = [&](int i) { return std::strtod(arguments[i], nullptr); };
  const double entropy = number(2), touchedBytes = number(3) * sizeof(Column);
  const auto offsets = read<double>(folder + "/offsets.bin");
  const auto indices = read<uint32_t>(folder + "/indices.bin");
  const auto targets = read<uint8_t>(folder + "/targets.bin");
  const auto setting = [&](int i) { return static_cast<float>(number(i)); };
  const Ftrl rule{setting(5), setting(6), setting(7), setting(8)};
  const double before = residentBytes();
  const std::unique_ptr<Column[], decltype(&std::free)> columns(
      static_cast<Column*>(std::calloc(static_cast<size_t>(number(4)), sizeof(Column))), std::free);
  Column bias;
  double loss = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (size_t row = 0; row < targets.size(); ++row) {
    const auto first = static_cast<size_t>(offsets[row]), last = static_cast<size_t>(offsets[row + 1]);
    float logit = bias.theta;
    for (size_t i = first; i < last; ++i) logit += columns[indices[i]].theta;
    loss += std::log1p(std::exp(targets[row] ? -logit : logit));
    const float g = 1 / (1 + std::exp(-logit)) - static_cast<float>(targets[row]);
    for (size_t i = first; i < last; ++i) columns[indices[i]].update(g, rule);
    bias.update(g, rule);
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  const auto rows = static_cast<double>(targets.size());
  std::printf("{\"loss\": %.6f, \"excess\": %.4f, \"rate\": %.0f, \"memory\": %.3f}\n", loss / rows,
              100 * (loss / rows / entropy - 1), rows / time.count(), (residentBytes() - before) / touchedBytes);
}
