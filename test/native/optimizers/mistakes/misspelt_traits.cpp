// error: static.assert[a-z]* failed.* an update rule says what is optional about it
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : UpdateRule {
  static constexpr const char* kName = "mistaken";
  static constexpr Traits kTrait{.dividesSafely = true};
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
