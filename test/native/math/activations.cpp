#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "bits.h"
#include "layers/activated.h"
#include "parallel/team.h"
#include "tables.h"

namespace glissade {
namespace {

template <typename Real>
std::vector<Real> arguments(size_t count) {
  const Buffer<Real> numbers = drawn<Real>(count, 1, -6, 6);
  return {numbers.data(), numbers.data() + count};
}

TEST_SUITE_BEGIN("math");

TEST_CASE_TEMPLATE("an activation has equal bits alone and in a vector", Real, float, double) {
  const std::vector<Real> x = arguments<Real>(1000);
  for (const Kernels* table : tables())
    for (const Activation activation : kActivations) {
      CAPTURE(nameOf(*table));
      CAPTURE(int(activation));
      const KernelsOf<Real>& kernels = table->of<Real>();
      CHECK(difference(activated(kernels, activation, x), activatedSingly(kernels, activation, x)) == "");
    }
}

TEST_CASE_TEMPLATE("derivatives agree with central differences", Real, float, double) {
  // Differences use the activation in double: rounding in float would hide the slope.
  const std::vector<Real> x = arguments<Real>(1000);
  const double h = 1e-5;
  std::vector<double> above(x.size()), below(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    above[i] = double(x[i]) + h;
    below[i] = double(x[i]) - h;
  }
  for (const Kernels* table : tables())
    for (const Activation activation : kActivations) {
      CAPTURE(nameOf(*table));
      CAPTURE(int(activation));
      const std::vector<Real> slopes =
          derivatives(table->of<Real>(), activation, activated(table->of<Real>(), activation, x), x);
      const std::vector<double> up = activated(table->float64, activation, above),
                                down = activated(table->float64, activation, below);
      const double bound = sizeof(Real) == sizeof(float) ? 5e-7 : 1e-9;
      for (size_t i = 0; i < x.size(); ++i) {
        const bool isKinked = activation == Activation::relu || activation == Activation::leakyRelu;
        const bool isKink = isKinked && std::abs(double(x[i])) <= h;
        const double slope = (up[i] - down[i]) / (2 * h);
        if (!isKink && !(std::abs(double(slopes[i]) - slope) <= bound)) FAIL_CHECK("at ", x[i], ": ", slopes[i]);
      }
    }
}

TEST_CASE_TEMPLATE("activation gradients are a product with the derivative, whichever call computes which part", Real,
                   float, double) {
  for (const Kernels* table : tables())
    for (const Activation activation : kActivations)
      for (const size_t count : {1, 63, 64, 65, 1000}) {
        CAPTURE(nameOf(*table));
        CAPTURE(int(activation));
        CAPTURE(count);
        const KernelsOf<Real>& kernels = table->of<Real>();
        const std::vector<Real> x = arguments<Real>(count), y = activated(kernels, activation, x),
                                slopes = derivatives(kernels, activation, y, x);
        const Buffer<Real> upstream = drawn<Real>(count, 2);
        std::vector<Real> expected(count);
        for (size_t i = 0; i < count; ++i)
          expected[i] = activation == Activation::identity ? upstream[i] : upstream[i] * slopes[i];
        for (const size_t members : {1, 2, 3, 5}) {
          std::vector<Real> gradient(upstream.data(), upstream.data() + count);
          for (size_t i = 0; i < members; ++i) {
            const Range share = Member(i, members).share(count, 64);  // as layers divide it
            kernels.activationBackward(activation, y.data() + share.begin, x.data() + share.begin,
                                       gradient.data() + share.begin, share.end - share.begin);
          }
          CHECK(difference(gradient, expected) == "");
        }
      }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
