// The part of the kernel table that layers use. What its functions take is defined in layers/rows.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace glissade {

enum class Activation;  // math/activation.h
template <typename Real>
struct Panels;  // matrix/panels.h
template <typename Real>
struct ActivationGradientRows;
template <typename Real>
struct ActivationRows;
template <typename Real>
struct ColumnRows;
template <typename Real>
struct DropoutRows;
template <typename Real>
struct NormalizationRows;
template <typename Real>
struct PatchRows;
template <typename Real>
struct PoolRows;
template <typename Real>
struct SoftmaxRows;
template <typename Real>
struct SparseRows;
template <typename Real>
struct TouchedGradient;

template <typename Real>
struct LayerKernels {
  void (*copyColumns)(const ColumnRows<Real>& rows);
  void (*addColumns)(const ColumnRows<Real>& rows);
  void (*sumColumns)(const Panels<const Real>& from, size_t rows, size_t columns, Real* sums);
  void (*activate)(const ActivationRows<Real>& rows);
  void (*activationGradient)(const ActivationGradientRows<Real>& rows);
  void (*drop)(const DropoutRows<Real>& rows);
  // layers/formulas/normalization.h
  void (*normalizeRows)(const NormalizationRows<Real>& rows);
  void (*rowGradient)(const NormalizationRows<Real>& rows);
  void (*columnMoments)(const NormalizationRows<Real>& rows);
  void (*normalizeColumns)(const NormalizationRows<Real>& rows);
  void (*columnSums)(const NormalizationRows<Real>& rows);
  void (*columnGradient)(const NormalizationRows<Real>& rows);

  void (*patches)(const PatchRows<Real>& rows);
  void (*addPatches)(const PatchRows<Real>& rows);
  void (*pool)(const PoolRows<Real>& rows);
  void (*poolGradient)(const PoolRows<Real>& rows);
  void (*softmax)(const SoftmaxRows<Real>& rows);
  void (*softmaxGradient)(const SoftmaxRows<Real>& rows);
  void (*sparseProduct)(const SparseRows<Real>& rows);
  void (*touchedGradient)(const TouchedGradient<Real>& rows);

  // layers/formulas/linear.h
  void (*collectRows)(const Real* matrix, const uint32_t* rows, size_t count, size_t width, Real* to);
  void (*distributeRows)(const Real* from, const uint32_t* rows, size_t count, size_t width, Real* matrix);
  void (*collectValues)(const float* values, size_t count, Real* to);
  void (*addProduct)(const Real* x, const Real* w, size_t count, size_t width, Real* y);
  void (*outerProduct)(const Real* x, const Real* delta, size_t count, size_t width, Real* gradient);
};

}  // namespace glissade
