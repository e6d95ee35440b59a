// The kernel table: a pointer to each function that is compiled once per instruction set, and the choice among tables.
//
// The units (native/core/units) fill it: `exact.cpp`, compiled with contraction off, holds what gives equal bits on
// every instruction set, the update rules and conversions; `fused.cpp` and `layers.cpp`, with contraction on, hold
// matrix products and losses, and layers. What a function takes is declared here by name, and defined in the room whose
// work it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "arch/cpu.h"

namespace glissade {

template <typename Real>
struct Rule;                 // optimizers/rule.h
enum class Activation;       // math/activation.h
enum class Encoding;         // optimizers/encoding.h
enum class Loss;             // losses/rows.h
enum class Pair : uint32_t;  // matrix/pair.h
template <typename Real>
struct LayerKernels;  // kernels/layer_kernels.h
template <typename Real>
struct LossRows;  // losses/rows.h
template <typename Real>
struct Panels;  // matrix/panels.h
template <typename Real, typename Element>
struct Product;  // matrix/team_product.h
struct PanelRange;

/// Converts rows of a table as it brings them together (data/gather.h), by the format in which they are stored.
template <typename Real>
struct GatherKernels {
  using Gather = void (*)(const void* source, double scale, size_t columns, const uint32_t* rows, size_t begin,
                          size_t end, Panels<Real> out);
  Gather float32, float64, uint8, bfloat16;
};

template <typename Real>
struct KernelsOf {
  // exact.cpp
  const Rule<Real>* rules;
  int ruleCount;
  GatherKernels<Real> gather;
  Real (*magnitude)(const Real* values, size_t count);  // max |x|, or infinity where any is not finite
  // optimizers/blocks.h says what these do
  double (*squares)(const Real* values, size_t count);
  void (*addSquares)(const Real* values, size_t count, double* sums);
  void (*accumulate)(Real weight, const Real* gradient, bool isFirst, Real* sum, size_t count);
  void (*deviate)(double share, double spread, const Real* values, double* mean, double* squares, size_t count);
  void (*clip)(Real scale, Real limit, const Real* gradient, Real* out, size_t count);
  void (*scaleEach)(Real scale, const Real* factors, const Real* gradient, Real* out, size_t count);
  void (*displace)(Real distance, const Real* gradient, const Real* theta, Real* out, size_t count);
  void (*scaleBoth)(Real scale, Real factor, const Real* factors, Real most, const Real* gradient, Real* out,
                    size_t count);
  void (*blend)(Real weight, Real rest, const Real* values, Real* average, size_t count);
  // optimizers/encodings.h
  void (*decode)(Encoding encoding, bool isSigned, const void* codes, const float* scales, Real* values, size_t count);
  void (*encode)(Encoding encoding, bool isSigned, const Real* values, uint32_t dither, void* codes, float* scales,
                 size_t count);

  // fused.cpp
  size_t panelWidth;
  void (*multiply)(const Product<Real, Real>& product, const PanelRange& block);
  /// gradient ← gradient ⊙ activation′, from the layer's output (and argument, where it was kept).
  void (*activationBackward)(Activation activation, const Real* output, const Real* preactivation, Real* gradient,
                             size_t count);
  void (*loss)(Loss loss, const LossRows<Real>& rows);

  // layers.cpp
  const LayerKernels<Real>* layers;  // by a pointer, so that only layers are compiled anew where one is added
};

/// Products of floats in bfloat16, with sums in float. Panels are as wide as those of floats.
struct Bfloat16Kernels {
  /// Rounds rows [begin, end): adjacent columns make a pair, the last with a zero where their number is odd.
  void (*pairColumns)(const Panels<const float>& from, size_t columns, size_t begin, size_t end,
                      const Panels<Pair>& to);
  /// Rounds pairs [begin, end) of adjacent rows of `rows`, the last with a zero where their number is odd.
  void (*pairRows)(const Panels<const float>& from, size_t rows, size_t columns, size_t begin, size_t end,
                   const Panels<Pair>& to);
  void (*multiply)(const Product<float, Pair>& product, const PanelRange& block);
};

struct Kernels {
  InstructionSet instructionSet;
  KernelsOf<float> float32;
  KernelsOf<double> float64;
  Bfloat16Kernels bfloat16;

  template <typename Real>
  const KernelsOf<Real>& of() const {
    if constexpr (sizeof(Real) == sizeof(float))
      return float32;
    else
      return float64;
  }
};

/// The table in use: the best that CPU and operating system allow, or the one that GLISSADE_ISA names.
/// @throws Error ERR_INVALID_ARGUMENT where GLISSADE_ISA names none of this machine's.
const Kernels& kernels();

/// The table of one instruction set, which the machine must have.
const Kernels& kernelsFor(InstructionSet set);

/// Makes another of the machine's tables the one in use, for work that starts from now on.
/// @throws Error ERR_INVALID_ARGUMENT where `name` is none of them.
void useInstructionSet(std::string_view name);

}  // namespace glissade
