// error: static.assert[a-z]* failed.*`static Scalars prepare.*kTotals
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static constexpr Traits kTraits{};
  static constexpr Total kTotal[] = {{0, 1}};

  static Idle idle() = delete;

  static ScalarsOf<Real> prepare(const HyperparametersOf<Real>& h, int64_t t, double* totals) {
    totals[0] = 1;
    return Correct<Real>::prepare(h, t);
  }
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
