#pragma once

#include "arch/kernels.h"

namespace glissade {
namespace {

/// ‖y − t‖² of a row.
struct Squared {
  template <typename Real>
  static void rows(const LossRows<Real>& r) {
    const Real scale = 2 * r.gradientScale;
    for (size_t i = r.begin; i < r.end; ++i) {
      double value = 0;
      for (size_t k = i * r.columns; k < (i + 1) * r.columns; ++k) {
        const Real error = r.outputs[k] - r.targets[k];
        value += static_cast<double>(error) * static_cast<double>(error);
        r.gradient[k] = scale * error;
      }
      r.values[i] = value;
    }
  }
};

}  // namespace
}  // namespace glissade
