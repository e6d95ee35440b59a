// error: static.assert[a-z]* failed.*`static void conclude.*goes with the trait `sums`
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static constexpr Traits kTraits{.idle = true, .sums = 1};

  static void measure(const ScalarsOf<Real>&, Real g, Real, Real&, double* terms) { terms[0] = double(g) * double(g); }
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
