// error: static.assert[a-z]* failed.*`static void update.*is one of the two misspelt
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static constexpr State kStatse[] = {{"m", Moment::signedMoment}, {"v", Moment::unsignedMoment}};

  static void update(const ScalarsOf<Real>& s, Real g, Real& theta, Real& m, Real& v) {
    v += g * g;
    Correct<Real>::update(s, g, theta, m);
  }
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
