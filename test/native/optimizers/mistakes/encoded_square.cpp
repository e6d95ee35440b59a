// error: static.assert[a-z]* failed.*states of elements come first.*others have no moment
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static constexpr Traits kTraits{.idle = true, .replacement = Replacement::matrix};
  static constexpr State kStates[] = {{"m", Moment::signedMoment}, {"L", Moment::unsignedMoment, Extent::rowSquare}};

  static void after(const ScalarsOf<Real>&, MatrixStep<Real>&) {}
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
