// error: static.assert[a-z]* failed.*kHyperparameters\[\]` with a name for each
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  struct Hyperparameters {
    double learningRate, decay, weightDecay;
  };
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
