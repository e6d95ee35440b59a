// error: static.assert[a-z]* failed.*states of elements come first.*others
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static constexpr State kStates[] = {{"m", Moment::signedMoment}, {.name = "row", .extent = Extent::row}};
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
