#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace glissade {

/// What numbers are drawn for. Each use has streams of its own, so that one seed may serve all of them.
enum class Draw : uint64_t { split, weights, order, dropout };

/// SplitMix64 (Steele, Lea & Flood 2014). A seed, a use and a number determine a stream, so that the numbers of an
/// epoch or of a layer can be drawn again without those before them.
class Random {
 public:
  Random(uint64_t seed, Draw use, uint64_t number)
      : state_(mix(seed ^ mix(4 * number + static_cast<uint64_t>(use) + kIncrement))) {}

  uint64_t next() { return mix(state_ += kIncrement); }

  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// Normal, with mean 0 and variance 1 (Box & Muller 1958).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

  /// Uniform in 0, …, n − 1 for n > 0 (Lemire 2019, by rejection: unbiased).
  uint32_t below(uint32_t n) {
    const uint32_t threshold = -n % n;
    for (;;) {
      const uint64_t product = (next() >> 32) * n;
      if (static_cast<uint32_t>(product) >= threshold) return static_cast<uint32_t>(product >> 32);
    }
  }

 private:
  static constexpr uint64_t kIncrement = 0x9e3779b97f4a7c15;

  static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

}  // namespace glissade
