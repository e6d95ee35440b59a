// Built once per instruction set, with contraction off: every operation rounds as IEEE 754 says, so that all tables
// give equal bits. GLISSADE_EXACT is the name of the exported function.
#include "arch/kernels.h"
#include "arch/units.h"
#include "data/gather.h"
#include "optimizers/blocks.h"
#include "optimizers/encodings.h"
#include "optimizers/rules.h"

namespace glissade {
namespace {

template <typename Real>
struct BitsOf;
template <>
struct BitsOf<float> {
  using Type = uint32_t;
};
template <>
struct BitsOf<double> {
  using Type = uint64_t;
};

/// max |x|, or infinity where any is not finite. Without its sign, a number's bits are an integer that grows with it,
/// beyond all others those of infinity and NaN.
template <typename Real>
Real magnitude(const Real* values, size_t count) {
  using Bits = typename BitsOf<Real>::Type;
  constexpr Bits kSign = Bits{1} << (8 * sizeof(Bits) - 1);
  Bits largest = 0;
#pragma omp simd reduction(max : largest)
  for (size_t i = 0; i < count; ++i) {
    const Bits size = __builtin_bit_cast(Bits, values[i]) & ~kSign;
    largest = size > largest ? size : largest;
  }
  const Real size = __builtin_bit_cast(Real, largest);
  return size == size ? size : static_cast<Real>(__builtin_inf());
}

template <typename Real>
void fill(KernelsOf<Real>& table) {
  table.rules = rules<Real>;
  table.ruleCount = sizeof(rules<Real>) / sizeof(rules<Real>[0]);
  table.gather[static_cast<int>(Format::float32)] = gather<float, Real>;
  table.gather[static_cast<int>(Format::float64)] = gather<double, Real>;
  table.gather[static_cast<int>(Format::uint8)] = gather<uint8_t, Real>;
  table.gather[static_cast<int>(Format::bfloat16)] = gather<Bfloat16, Real>;
  table.magnitude = magnitude<Real>;
  table.squares = squares<Real>;
  table.addSquares = addSquares<Real>;
  table.accumulate = accumulate<Real>;
  table.clip = clip<Real>;
  table.scaleEach = scaleEach<Real>;
  table.displace = displace<Real>;
  table.scaleBoth = scaleBoth<Real>;
  table.blend = blend<Real>;
  table.decode = decode<Real>;
  table.encode = encode<Real>;
}

}  // namespace

void GLISSADE_EXACT(Kernels& kernels) {
  fill(kernels.float32);
  fill(kernels.float64);
}

}  // namespace glissade
