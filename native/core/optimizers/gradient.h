#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/encoding.h"
#include "optimizers/parameters.h"

namespace glissade {

struct Gradient {
  const void* data;  // of the parameters' type, or of bfloat16
  bool isBfloat16 = false;
  const std::vector<uint32_t>* rows = nullptr;  // the rows that `data` is for; null: all
  size_t first = 0;                             // the element of the array that `data` begins with

  template <typename Number>
  const Number* at(size_t element) const {
    return static_cast<const Number*>(data) + (element - first);
  }
};

/// Memory that an optimizer borrows for a call: the gradient and the parameters of each array, and the slab of the
/// state (StateLayout::bytes() bytes), zero at first.
template <typename Real>
struct StepArrays {
  const Gradient* gradients;
  Real* const* parameters;
  std::byte* state;
};

/// A gradient as a rule takes it: scale · values.
template <typename Real>
struct Scaled {
  const Real* values;
  Real scale;
};

/// A block of a gradient in the parameters' type, neither scaled nor clipped. bfloat16 is decoded into `buffer`.
template <typename Real>
const Real* rawGradient(const Kernels& kernels, const Gradient& gradient, const ArrayRange& block, Real* buffer) {
  if (!gradient.isBfloat16) return gradient.at<Real>(block.begin);
  kernels.of<Real>().decode(Encoding::bfloat16, true, gradient.at<uint16_t>(block.begin), nullptr, buffer,
                            block.count());
  return buffer;
}

/// The mean of the squares of a row of a gradient. `read(begin, end)` returns its columns, at most Parameters::kBlock.
template <typename Real, typename Read>
double meanSquareOf(const KernelsOf<Real>& kernels, size_t columns, Read read) {
  double sum = 0;
  for (size_t begin = 0; begin < columns; begin += Parameters::kBlock) {
    const size_t end = std::min(columns, begin + Parameters::kBlock);
    const Scaled<Real> part = read(begin, end);
    const auto scale = static_cast<double>(part.scale);
    sum += scale * scale * kernels.squares(part.values, end - begin);
  }
  return sum / static_cast<double>(columns);
}

}  // namespace glissade
