// error: static.assert[a-z]* failed.*`static Real gradientPoint.*goes with the trait `gradientPoint`
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static Real gradientPoint(const ScalarsOf<Real>&, Real theta, Real m) { return theta - m; }
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
