// error: static.assert[a-z]* failed.*an update rule derives from UpdateRule
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken {
  static constexpr const char* kName = "mistaken";
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
