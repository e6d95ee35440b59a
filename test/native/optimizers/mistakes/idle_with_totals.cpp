// error: static.assert[a-z]* failed.*a rule with kTotals.*can't make up for steps
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static constexpr Total kTotals[] = {{0, 1}};

  static ScalarsOf<Real> prepare(const HyperparametersOf<Real>& h, int64_t t, double* totals) {
    totals[0] = 1;
    return Correct<Real>::prepare(h, t);
  }
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
