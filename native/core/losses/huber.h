#pragma once

namespace glissade {
namespace {

/// ½(z − t)² where |z − t| ≤ δ, else δ(|z − t| − ½δ) (Huber 1964).
template <typename Real>
struct Huber {
  Real delta;

  double value(double z, double t) const {
    const double size = z < t ? t - z : z - t, limit = static_cast<double>(delta);
    return size > limit ? limit * (size - 0.5 * limit) : 0.5 * size * size;
  }
  template <typename Number>
  Number derivative(const Number& z, Real t) const {
    const Number error = z - t;
    return error > delta ? Number(delta) : (error < -delta ? Number(-delta) : error);
  }
};

}  // namespace
}  // namespace glissade
