#pragma once

namespace glissade {
namespace {

/// |z − t|. The slope at z = t is 0.
struct Absolute {
  static double value(double z, double t) { return z < t ? t - z : z - t; }
  template <typename Number, typename Real>
  static Number derivative(const Number& z, Real t) {
    return z > t ? Number(1) : (z < t ? Number(-1) : Number(0));
  }
};

}  // namespace
}  // namespace glissade
