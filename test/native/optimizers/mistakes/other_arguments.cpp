// error: static.assert[a-z]* failed.*`static Real direction.*or has other arguments
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static constexpr Traits kTraits{.idle = true, .replacement = Replacement::matrix};

  static Real direction(const ScalarsOf<Real>&, Real g) { return g; }
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
