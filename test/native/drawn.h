#pragma once

#include "data/random.h"
#include "matrix/buffer.h"

namespace glissade {

/// Numbers drawn uniformly from [low, high).
template <typename Real>
Buffer<Real> drawn(size_t size, uint64_t seed, double low = -1, double high = 1) {
  Buffer<Real> numbers(size);
  Random random(seed, Draw::weights, 0);
  for (size_t i = 0; i < size; ++i) numbers[i] = static_cast<Real>(low + (high - low) * random.uniform());
  return numbers;
}

template <typename Real>
Buffer<Real> copyOf(const Buffer<Real>& numbers) {
  Buffer<Real> copy(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) copy[i] = numbers[i];
  return copy;
}

}  // namespace glissade
