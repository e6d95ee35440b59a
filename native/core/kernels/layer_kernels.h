// The kernels of layers, which units/layers.cpp fills in. layers/rows.h defines the types of arguments.
#pragma once

#include <cstddef>
#include <cstdint>

namespace glissade {

enum class Activation;  // math/activation.h
template <typename Real>
struct Panels;  // matrix/panels.h
template <typename Real>
struct ActivationBackwardRows;
template <typename Real>
struct ActivationRows;
template <typename Real>
struct ChosenGradient;
template <typename Real>
struct ChosenRows;
template <typename Real>
struct ColumnRows;
template <typename Real>
struct DropoutRows;
template <typename Real>
struct NormalizationRows;
template <typename Real>
struct Im2colRows;
template <typename Real>
struct MemberRows;
template <typename Real>
struct MemberGradient;
template <typename Real>
struct PoolRows;
template <typename Real>
struct SoftmaxRows;
template <typename Real>
struct SimilarityRows;
template <typename Real>
struct SparseRows;
template <typename Real>
struct TouchedGradient;
template <typename Real>
struct TreeRows;
template <typename Real>
struct WinogradRows;
struct RowList;  // matrix/collected_rows.h

template <typename Real>
struct LayerKernels {
  void (*copyColumns)(const ColumnRows<Real>& rows);
  void (*addColumns)(const ColumnRows<Real>& rows);
  void (*sumColumns)(const Panels<const Real>& from, size_t rows, size_t columns, Real* sums);
  void (*activate)(const ActivationRows<Real>& rows);
  void (*activationBackward)(const ActivationBackwardRows<Real>& rows);
  void (*dropout)(const DropoutRows<Real>& rows);
  // layers/formulas/normalization.h
  void (*layerNormForward)(const NormalizationRows<Real>& rows);
  void (*layerNormBackward)(const NormalizationRows<Real>& rows);
  void (*batchStatistics)(const NormalizationRows<Real>& rows);
  void (*batchNormForward)(const NormalizationRows<Real>& rows);
  void (*batchNormSums)(const NormalizationRows<Real>& rows);
  void (*batchNormBackward)(const NormalizationRows<Real>& rows);

  void (*im2col)(const Im2colRows<Real>& rows);
  void (*col2im)(const Im2colRows<Real>& rows);
  void (*pool)(const PoolRows<Real>& rows);
  void (*poolBackward)(const PoolRows<Real>& rows);
  /// Winograd's transforms (layers/formulas/winograd.h) for kernels of some size.
  struct Winograd {
    void (*image)(const WinogradRows<Real>& rows);
    void (*imageGradient)(const WinogradRows<Real>& rows);
    void (*output)(const WinogradRows<Real>& rows);
    void (*outputGradient)(const WinogradRows<Real>& rows);
    void (*weights)(const WinogradRows<Real>& rows);
    void (*weightGradient)(const WinogradRows<Real>& rows);
  };
  Winograd winograd3, winograd5;  // for kernels of 3 × 3 and of 5 × 5
  // layers/formulas/members.h
  void (*scaleMembers)(const MemberRows<Real>& rows);
  void (*sumMembers)(const MemberRows<Real>& rows);
  void (*memberGradient)(const MemberGradient<Real>& rows);

  void (*softmax)(const SoftmaxRows<Real>& rows);
  void (*softmaxBackward)(const SoftmaxRows<Real>& rows);
  void (*similarity)(const SimilarityRows<Real>& rows);
  void (*similarityBackward)(const SimilarityRows<Real>& rows);
  void (*sparseProduct)(const SparseRows<Real>& rows);
  void (*touchedGradient)(const TouchedGradient<Real>& rows);

  // layers/formulas/class_scores.h
  void (*chosenScores)(const ChosenRows<Real>& rows);
  void (*chosenInputGradient)(const ChosenRows<Real>& rows);
  void (*chosenGradient)(const ChosenGradient<Real>& rows);
  void (*chosenBiasGradient)(const ChosenGradient<Real>& rows);
  void (*tree)(const TreeRows<Real>& rows);
  void (*treeBackward)(const TreeRows<Real>& rows);

  // layers/formulas/linear.h
  void (*collectRows)(const Real* matrix, const RowList& list, Real* to);  // matrix/collected_rows.h
  void (*collectValues)(const float* values, const float* rests, size_t count, Real* to);
  void (*addProduct)(const Real* x, const Real* w, size_t count, size_t width, Real* y);
  void (*outerProduct)(const Real* x, const Real* delta, size_t count, size_t width, Real* gradient);
};

}  // namespace glissade
