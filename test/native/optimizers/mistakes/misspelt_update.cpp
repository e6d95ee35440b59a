// error: static.assert[a-z]* failed.*`static void update
#include "correct.h"

namespace glissade {
namespace {

template <typename Real>
struct Mistaken : UpdateRule {
  static constexpr const char* kName = "mistaken";
  static constexpr Traits kTraits{};
  using Hyperparameters = HyperparametersOf<Real>;
  using Scalars = ScalarsOf<Real>;

  static Scalars prepare(const Hyperparameters& h, int64_t t) { return Correct<Real>::prepare(h, t); }
  static void updaet(const Scalars& s, Real g, Real& theta) { theta -= s.learningRate * g; }
};

constexpr Rule<float> entry = rule<Mistaken<float>, float>();

}  // namespace
}  // namespace glissade
