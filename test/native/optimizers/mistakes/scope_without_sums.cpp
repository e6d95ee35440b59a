// error: static.assert[a-z]* failed.*a scope goes with sums
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  static constexpr Traits kTraits{.idle = true, .scope = Scope::everything};
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
