// error: static.assert[a-z]* failed.*`before` alone goes with Replacement::factors
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static constexpr Traits kTraits{.idle = true, .replacement = Replacement::factors};

  static Real direction(const ScalarsOf<Real>&, Real g, Real, Real&) { return g; }
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
