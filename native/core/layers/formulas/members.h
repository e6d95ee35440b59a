// Rank-one adapters of the members of an ensemble.
//
// Assumes    matrices in panels with any strides; those of a call overlap only where they are the same; tangents of all
//            of them or of none
// Alignment  that of the elements
// Writes     the columns and rows that are named; reads nothing beyond them
#pragma once

#include "layers/rows.h"
#include "matrix/elements.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

/// Calls visit(column, width) for each panel, with a constant width where the panel is whole.
template <typename Real, typename Visit>
inline __attribute__((always_inline)) void forEachUnrolledPanel(size_t columns, Visit visit) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  forEachPanel<Real>(
      columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
        if (width == kWidth)
          visit(column, kWidth);
        else
          visit(column, width);
      });
}

/// to ← scale ⊙ from + bias, for each member of each example.
template <typename Number, typename Real>
void scaleMembersOf(const MemberRows<Real>& p) {
  const size_t step = p.isShared ? 0 : p.from.rowStride;
  forEachUnrolledPanel<Real>(
      p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
        Track<const Real> x = at(p.from, 0, column);
        Track<Real> y = at(p.to, 0, column);
        for (size_t example = 0; example < p.examples; ++example) {
          for (size_t member = 0; member < p.members; ++member, x = x + step, y = y + p.to.rowStride) {
            const Track<const Real> scale = p.scale + (member * p.columns + column);
            if (!p.bias.values) {
#pragma omp simd
              for (size_t j = 0; j < width; ++j) store(y, j, load<Number>(scale, j) * load<Number>(x, j));
            } else {
              const Track<const Real> bias = p.bias + (member * p.columns + column);
#pragma omp simd
              for (size_t j = 0; j < width; ++j)
                store(y, j, load<Number>(scale, j) * load<Number>(x, j) + load<Number>(bias, j));
            }
          }
          if (p.isShared) x = x + p.from.rowStride;
        }
      });
}

/// to ← Σ scale ⊙ from over the members of each example, in turn.
template <typename Number, typename Real>
void sumMembersOf(const MemberRows<Real>& p) {
  forEachUnrolledPanel<Real>(
      p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
        Track<const Real> x = at(p.from, 0, column);
        for (size_t example = 0; example < p.examples; ++example) {
          Number sums[kPanelWidth<Real>] = {};
          for (size_t member = 0; member < p.members; ++member, x = x + p.from.rowStride) {
            const Track<const Real> scale = p.scale + (member * p.columns + column);
#pragma omp simd
            for (size_t j = 0; j < width; ++j) sums[j] = sums[j] + load<Number>(scale, j) * load<Number>(x, j);
          }
          const Track<Real> y = at(p.to, example, column);
#pragma omp simd
          for (size_t j = 0; j < width; ++j) store(y, j, sums[j]);
        }
      });
}

/// A row of W and of H: adds to dW and ds, and returns an element of dr.
template <typename Number, typename Real, size_t kWidth>
inline __attribute__((always_inline)) Number addRowOfMember(const Track<const Real>& w, const Track<const Real>& h,
                                                            const Number& r, const Number (&s)[kWidth], size_t width,
                                                            const Track<Real>& dw, Number (&ds)[kWidth]) {
  Number lanes[kWidth] = {};
#pragma omp simd
  for (size_t j = 0; j < width; ++j) {
    const Number product = load<Number>(h, j), ofInput = load<Number>(w, j) * product;
    store(dw, j, load<Number>(dw, j) + r * s[j] * product);
    ds[j] = ds[j] + r * ofInput;
    lanes[j] = s[j] * ofInput;
  }
  return sumOf(lanes);
}

/// The gradients with respect to W, r and s for some rows and one panel of W, from H = xᵀ·δ of one member:
///
///     dW ← dW + r·sᵀ ⊙ H     dr ← (W ⊙ H)·s     ds ← (W ⊙ H)ᵀ·r
///
/// Order      dr: lanes of the panel, the upper half added to the lower until one is left (sumOf). ds: the rows in turn
template <typename Number, typename Real>
void memberGradientOf(const MemberGradient<Real>& p) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  Number ds[kWidth] = {}, s[kWidth] = {};
  for (size_t j = 0; j < p.columns; ++j) s[j] = load<Number>(p.s, j);
  const auto addRow = [&](size_t i, size_t width) __attribute__((always_inline)) {
    const Number dr = addRowOfMember(p.weight + i * p.stride, p.product + i * kWidth, load<Number>(p.r, i), s, width,
                                     p.weightGradient + i * p.stride, ds);
    store(p.rGradient, i, dr);
  };
  if (p.columns == kWidth)  // a constant, for the compiler to unroll
    for (size_t i = 0; i < p.rows; ++i) addRow(i, kWidth);
  else
    for (size_t i = 0; i < p.rows; ++i) addRow(i, p.columns);
  for (size_t j = 0; j < p.columns; ++j) store(p.sGradient, j, ds[j]);
}

template <typename Real>
void scaleMembers(const MemberRows<Real>& p) {
  onNumbers<Real>(p.to.data.tangents, [&]<typename Number>(Number) { scaleMembersOf<Number>(p); });
}
template <typename Real>
void sumMembers(const MemberRows<Real>& p) {
  onNumbers<Real>(p.to.data.tangents, [&]<typename Number>(Number) { sumMembersOf<Number>(p); });
}
template <typename Real>
void memberGradient(const MemberGradient<Real>& p) {
  onNumbers<Real>(p.product.tangents, [&]<typename Number>(Number) { memberGradientOf<Number>(p); });
}

}  // namespace
}  // namespace glissade
