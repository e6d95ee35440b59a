#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "kernels/kernels.h"
#include "optimizers/encoding.h"
#include "optimizers/parameters.h"

namespace glissade {

/// One state of an update rule for one array, as it is stored: as numbers of the array's type, as bfloat16, or as bytes
/// with a scale for each kScaleBlock of them.
struct StoredState {
  std::string name;
  size_t length;  // in numbers
  Encoding encoding;
  bool isSigned, isElementwise;
  bool isSquare;          // never negative
  size_t offset, scales;  // in the slab, in bytes

  bool isUnencoded() const { return encoding == Encoding::plain; }

  template <typename Real>
  size_t width() const {
    return isUnencoded() ? sizeof(Real) : encoding == Encoding::bfloat16 ? 2 : 1;
  }

  /// Where the numbers of a plain state begin.
  template <typename Real>
  Real* plain(std::byte* state) const {
    return reinterpret_cast<Real*>(state + offset);
  }
  void* codesAt(size_t element, std::byte* state) const {
    return state + offset + element * (encoding == Encoding::bfloat16 ? 2 : 1);
  }
  float* scalesAt(size_t element, std::byte* state) const {
    static_assert(Parameters::kBlock % kScaleBlock == 0);
    return reinterpret_cast<float*>(state + scales) + element / kScaleBlock;
  }
  size_t scaleCount() const { return (length + kScaleBlock - 1) / kScaleBlock; }

  template <typename Real>
  void decode(const Kernels& kernels, const ArrayRange& block, std::byte* state, Real* values) const {
    kernels.of<Real>().decode(encoding, isSigned, codesAt(block.begin, state), scalesAt(block.begin, state), values,
                              block.count());
  }
  template <typename Real>
  void encode(const Kernels& kernels, const ArrayRange& block, std::byte* state, uint32_t dither,
              const Real* values) const {
    kernels.of<Real>().encode(encoding, isSigned, values, dither, codesAt(block.begin, state),
                              scalesAt(block.begin, state), block.count());
  }

  template <typename Real>
  bool hasNegative(const Kernels& kernels, std::byte* state) const {
    const auto isNegative = [](auto x) { return x < 0; };
    Real buffer[Parameters::kBlock];
    for (size_t begin = 0; begin < length; begin += Parameters::kBlock) {
      const ArrayRange block{0, begin, std::min(begin + Parameters::kBlock, length)};
      if (isUnencoded())
        std::copy_n(plain<Real>(state) + begin, block.count(), buffer);
      else
        decode(kernels, block, state, buffer);
      if (std::any_of(buffer, buffer + block.count(), isNegative)) return true;
    }
    return false;
  }
};

}  // namespace glissade
