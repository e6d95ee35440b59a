// error: static.assert[a-z]* failed.*`struct Hyperparameters
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : Correct<Real> {
  struct Hyperparameters {
    double learningRate, decay;
  };
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
