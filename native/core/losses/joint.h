#pragma once

#include "losses/rows.h"

namespace glissade {
namespace {

/// The sum of the heads' losses. A head whose target is NaN, which means that it is not known, adds nothing.
/// `findHead(loss, rows)` computes a loss over rows.
template <typename Number, typename Real, typename FindHead>
void jointRows(const LossRows<Real>& r, FindHead findHead) {
  for (size_t i = r.begin; i < r.end; ++i) {
    double whole = 0;
    for (const LossHead* head = r.heads; head < r.heads + r.headCount; ++head) {
      const size_t first = i * r.columns + head->firstOutput;
      const Real* const target = r.targets + i * r.targetColumns + head->firstTarget;
      const Track<Real> gradient = r.gradient + first;
      if (target[0] != target[0]) {
        for (size_t j = 0; j < head->outputs; ++j) store(gradient, j, Number(0));
        continue;
      }
      double value = 0;
      LossRows<Real> part{};
      part.outputs = r.outputs + first;
      part.targets = target;
      part.columns = head->outputs;
      part.targetColumns = head->targets;
      part.end = 1;
      part.gradient = gradient;
      part.gradientScale = r.scaleOf(i) * static_cast<Real>(head->factor);
      part.values = r.values ? &value : nullptr;
      part.parameters = head->parameters;
      findHead(head->loss, part);
      whole += head->factor * value;
    }
    if (r.values) r.values[i] = whole;
  }
}

}  // namespace
}  // namespace glissade
