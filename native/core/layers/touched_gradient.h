#pragma once

#include <algorithm>

#include "layers/layer.h"

namespace glissade {

/// The gradient with respect to touched rows, from some columns of delta. `rows` are indices into touched.rows().
template <typename Real>
void gradientOfTouched(const Pass<Real>& pass, const TouchedRows& touched, const Range& rows, const Range& columns,
                       const Track<Real>& gradient) {
  static_assert(sizeof(TouchedRows::Entry) == 2 * sizeof(uint32_t));
  pass.layerKernels().touchedGradient({touched.begins(), reinterpret_cast<const uint32_t*>(touched.entries()),
                                       constant(pass.memory.delta), columns.begin, columns.end - columns.begin,
                                       gradient, rows.begin, rows.end});
}

/// The gradient with respect to rows of the whole matrix: 0 for those that the minibatch does not touch.
template <typename Real>
void gradientOfRows(const Pass<Real>& pass, const TouchedRows& touched, const Range& rows, const Range& columns,
                    const Track<Real>& gradient) {
  const size_t width = columns.end - columns.begin, panel = pass.table().panelWidth;
  clear(Flow<Real>{gradient, panel, width}, panel, width, {0, rows.end - rows.begin});
  const auto& all = touched.rows();
  for (auto row = std::lower_bound(all.begin(), all.end(), rows.begin); row != all.end() && *row < rows.end; ++row) {
    const auto slot = static_cast<size_t>(row - all.begin());
    gradientOfTouched(pass, touched, {slot, slot + 1}, columns, gradient + (*row - rows.begin) * width);
  }
}

}  // namespace glissade
