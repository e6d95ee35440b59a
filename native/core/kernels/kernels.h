// The kernel table: a pointer to each function that is compiled once per instruction set, and the choice among tables.
//
// The units (native/core/units) fill it. `exact.cpp` is compiled without contraction (fusing a·b + c into one FMA). It
// contains update rules and conversions, which give equal bits on every instruction set. `fused.cpp` (matrix products,
// losses) and `layers.cpp` are compiled with it. `fused.cpp` also fills the bfloat16 kernels; `bfloat16.cpp` overwrites
// them where the processor multiplies bfloat16 itself (AVX512-BF16, AMX). Types of arguments are only declared here;
// each is defined in the file named beside it.
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
struct Product;  // matrix/product.h
template <typename Real>
struct PartialSums;        // matrix/product.h
struct PanelRange;         // matrix/product.h
struct RegressionKernels;  // kernels/regression_kernels.h

/// Columns [begin, end) of a table that has `all`.
struct TableColumns {
  size_t all, begin, end;
};

/// Gathers rows of a table and converts them (data/gather.h): a kernel for each storage format.
template <typename Real>
struct GatherKernels {
  using Gather = void (*)(const void* source, const TableColumns& columns, double scale, const uint32_t* rows,
                          size_t begin, size_t end, Panels<Real> out);
  Gather float32, float64, uint8, bfloat16;
};

template <typename Real>
struct KernelsOf {
  // exact.cpp
  const Rule<Real>* rules;
  int ruleCount;
  GatherKernels<Real> gather;
  // arch/magnitude.h
  Real (*magnitude)(const Real* values, size_t count);
  Real (*magnitudeOfRows)(const Real* matrix, size_t columns, const uint32_t* rows, size_t count);
  // optimizers/blocks.h
  double (*squares)(const Real* values, size_t count);
  double (*addSquares)(const Real* values, size_t count, double* sums);
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
  void (*addParts)(const Product<Real, Real>& product, const PartialSums<Real>& sums, const PanelRange& block);
  /// gradient ← gradient ⊙ activation′. Reads the preactivation if needsPreactivation(activation), else the output.
  void (*activationBackward)(Activation activation, const Real* output, const Real* preactivation, Real* gradient,
                             size_t count);
  void (*loss)(Loss loss, const LossRows<Real>& rows);

  // layers.cpp
  const LayerKernels<Real>* layers;  // a pointer: a new kernel of a layer recompiles layers only
};

/// Products of floats in bfloat16, with sums in float. Panels are as wide as those of floats.
struct Bfloat16Kernels {
  /// Rounds rows [begin, end) to bfloat16: two adjacent columns make a pair. An odd last column is paired with zeros.
  void (*pairColumns)(const Panels<const float>& from, size_t columns, size_t begin, size_t end,
                      const Panels<Pair>& to);
  /// Rounds `rows` rows to bfloat16: rows 2i and 2i + 1 make row i of pairs, for i in [begin, end). An odd last row is
  /// paired with zeros.
  void (*pairRows)(const Panels<const float>& from, size_t rows, size_t columns, size_t begin, size_t end,
                   const Panels<Pair>& to);
  void (*multiply)(const Product<float, Pair>& product, const PanelRange& block);
  GatherKernels<Pair> gather;
};

struct Kernels {
  InstructionSet instructionSet;
  KernelsOf<float> float32;
  KernelsOf<double> float64;
  Bfloat16Kernels bfloat16;
  const RegressionKernels* regression;

  template <typename Real>
  const KernelsOf<Real>& of() const {
    if constexpr (sizeof(Real) == sizeof(float))
      return float32;
    else
      return float64;
  }
};

/// The table in use: the best that CPU and operating system allow, or the one that GLISSADE_ISA names. Thread-safe.
/// @throws Error ERR_INVALID_ARGUMENT if GLISSADE_ISA names an instruction set that this machine lacks.
const Kernels& kernels();

/// The table of one instruction set, which the machine must have.
const Kernels& kernelsFor(InstructionSet set);

/// Chooses the table in use by the name of its instruction set, for work that starts from now on.
/// @throws Error ERR_INVALID_ARGUMENT if this machine lacks that instruction set.
void useInstructionSet(std::string_view name);

}  // namespace glissade
