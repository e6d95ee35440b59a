#pragma once

#include "losses/classes.h"
#include "losses/rows.h"

namespace glissade {
namespace {

// Penalties of a violation v of the margin 1: max(v, 0), or its square. The slope at v = 0 is 0.
struct LinearPenalty {
  static double value(double v) { return v < 0 ? 0 : v; }
  template <typename Number>
  static Number slope(const Number& v) {
    return v > 0 ? Number(1) : Number(0);
  }
};
struct SquaredPenalty {
  static double value(double v) { return v < 0 ? 0 : v * v; }
  template <typename Number>
  static Number slope(const Number& v) {
    return v > 0 ? 2 * v : Number(0);
  }
};

/// The penalty of 1 − t·z, where t is 1 for positive targets, else −1.
template <typename Penalty>
struct Hinge {
  static double value(double z, double target) { return Penalty::value(1 - (target > 0 ? 1 : -1) * z); }
  template <typename Number, typename Real>
  static Number derivative(const Number& z, Real target) {
    const Real t = target > 0 ? 1 : -1;
    return -t * Penalty::slope(1 - t * z);
  }

  template <typename Real>
  static bool correct(const Real* z, const Real* target, size_t columns, size_t targetColumns) {
    if (targetColumns < columns) return largest(z, columns) == labelOf(target, columns);
    for (size_t j = 0; j < columns; ++j)
      if ((z[j] > 0) != (target[j] > 0)) return false;
    return true;
  }
};

/// The penalty of 1 + max z_j − z_y over j ≠ y, where y is the class of the row (Crammer & Singer 2001). Needs two
/// columns or more.
template <typename Penalty, typename Number, typename Real>
void hingeOfClasses(const LossRows<Real>& r) {
  for (size_t i = r.begin; i < r.end; ++i) {
    const Track<const Real> z = r.outputs + i * r.columns;
    const Track<Real> gradient = r.gradient + i * r.columns;
    const size_t label = labelOf(r.targets + i, r.columns);
    size_t rival = label == 0 ? 1 : 0;
    for (size_t j = rival + 1; j < r.columns; ++j)  // a NaN makes the loss NaN
      if (j != label && (z.values[j] > z.values[rival] || z.values[j] != z.values[j])) rival = j;
    const Number slope = Number(r.scaleOf(i)) * Penalty::slope(1 + (load<Number>(z, rival) - load<Number>(z, label)));
    for (size_t j = 0; j < r.columns; ++j) store(gradient, j, Number(0));
    store(gradient, rival, slope);
    store(gradient, label, -slope);
    if (r.values)
      r.values[i] = Penalty::value(1 + (static_cast<double>(z.values[rival]) - static_cast<double>(z.values[label])));
  }
}

}  // namespace
}  // namespace glissade
