// error: .*idel
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static constexpr Traits kTraits{.idel = true};
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
