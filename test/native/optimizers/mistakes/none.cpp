#include "correct.h"

namespace glissade {
namespace {

static_assert(isUpdateRule<Correct<float>, float>() && isUpdateRule<Correct<double>, double>());

constexpr Rule<float> entry = rule<Correct<float>, float>();
static_assert(entry.stateCount == 1 && entry.totalCount == 0);
static_assert(entry.measure == nullptr && entry.gradientPoint == nullptr && entry.evaluationPoint == nullptr);

}  // namespace
}  // namespace glissade
