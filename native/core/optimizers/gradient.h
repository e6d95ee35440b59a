#pragma once

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

}  // namespace glissade
