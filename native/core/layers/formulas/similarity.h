// Dot products and cosines of the rows of two matrices.
//
// Assumes    matrices in panels with any strides; tangents of all of them or of none
// Alignment  that of the elements
// Writes     column 0 of rows [begin, end) of the output, or columns [0, columns) of the gradient; reads nothing beyond
// Order      sumOverRow, which depends on NR
#pragma once

#include "layers/formulas/row_sums.h"
#include "layers/rows.h"
#include "math/elementary.h"

namespace glissade {
namespace {

/// y = a·b, or (a·b)/(max(|a|, ε)·max(|b|, ε)) as PyTorch's cosine_similarity. Of cosines, `cosine`, `scaleA` and
/// `scaleB` keep y and the reciprocals of the two factors below it.
template <typename Number, typename Real>
void similarityOf(const SimilarityRows<Real>& p) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  for (size_t i = p.begin; i < p.end; ++i) {
    const Track<const Real> a = at(p.a, i, 0), b = at(p.b, i, 0);
    const auto product = [&](const Track<const Real>& left, size_t leftStride, const Track<const Real>& right,
                             size_t rightStride) {
      return sumOverRow<Number, Real>(
          p.columns, [&](size_t column, size_t j) __attribute__((always_inline)) {
            const size_t panel = column / kWidth;
            return load<Number>(left, panel * leftStride + j) * load<Number>(right, panel * rightStride + j);
          });
    };
    Number y = product(a, p.a.panelStride, b, p.b.panelStride);
    if (p.measure == Measure::cosine) {
      const auto scaleOf = [&](const Number& square) {
        return valueIn(square) > p.epsilon * p.epsilon ? Number(1) / root(square) : Number(1 / p.epsilon);
      };
      const Number scaleA = scaleOf(product(a, p.a.panelStride, a, p.a.panelStride)),
                   scaleB = scaleOf(product(b, p.b.panelStride, b, p.b.panelStride));
      y = y * scaleA * scaleB;
      store(p.cosine, i, y);
      store(p.scaleA, i, scaleA);
      store(p.scaleB, i, scaleB);
    }
    store(at(p.output, i, 0), 0, y);
  }
}

/// The gradient with respect to a: δ·b, or δ·(b/|b| − y·a/|a|)/|a|. A norm below ε counts as ε, a constant.
template <typename Number, typename Real>
void similarityBackwardOf(const SimilarityRows<Real>& p) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  for (size_t i = p.begin; i < p.end; ++i) {
    Number ofB = load<Number>(at(p.delta, i, 0), 0), ofA(0);
    if (p.measure == Measure::cosine) {
      const Number scaleA = load<Number>(constant(p.scaleA), i), delta = ofB * scaleA;
      ofB = delta * load<Number>(constant(p.scaleB), i);
      if (valueIn(scaleA) < 1 / p.epsilon) ofA = -(delta * scaleA * load<Number>(constant(p.cosine), i));
    }
    const Track<const Real> a = at(p.a, i, 0), b = at(p.b, i, 0);
    const Track<Real> gradient = at(p.gradient, i, 0);
    forEachPanel<Real>(
        p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
          const size_t panel = column / kWidth;
#pragma omp simd
          for (size_t j = 0; j < width; ++j)
            store(gradient, panel * p.gradient.panelStride + j,
                  ofB * load<Number>(b, panel * p.b.panelStride + j) +
                      ofA * load<Number>(a, panel * p.a.panelStride + j));
        });
  }
}

template <typename Real>
void similarity(const SimilarityRows<Real>& p) {
  onNumbers<Real>(p.output.data.tangents, [&]<typename Number>(Number) { similarityOf<Number>(p); });
}

template <typename Real>
void similarityBackward(const SimilarityRows<Real>& p) {
  onNumbers<Real>(p.delta.data.tangents, [&]<typename Number>(Number) { similarityBackwardOf<Number>(p); });
}

}  // namespace
}  // namespace glissade
