// error: static.assert[a-z]* failed.*`static Real evaluationPoint.*goes with the trait `evaluationPoint`
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static constexpr Traits kTraits{.idle = true, .evaluationPoint = true};

  static Real evaluationPiont(const ScalarsOf<Real>&, Real theta, Real m) { return theta - m; }
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
