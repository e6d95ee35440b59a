// Every update rule beside its formula written again, an element and an operation at a time: equal bits on every
// instruction set, for any length, alignment and place in an array.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "arch/real.h"
#include "bits.h"
#include "drawn.h"
#include "tables.h"

namespace glissade {
namespace {

template <typename Real>
struct Element {
  Real theta, state[kMaxStates];
};

template <typename Real>
using Formula = void (*)(const std::vector<double>& h, int64_t t, Real g, Element<Real>& e);

template <typename Real>
void sgd(const std::vector<double>& h, int64_t, Real g, Element<Real>& e) {
  const Real rate = Real(h[0]), decay = Real(h[1]);
  g = g + decay * e.theta;
  e.theta = e.theta - rate * g;
}

template <typename Real>
void sgdMomentum(const std::vector<double>& h, int64_t t, Real g, Element<Real>& e) {
  const Real rate = Real(h[0]), momentum = Real(h[1]), rest = Real(1 - h[2]), decay = Real(h[4]);
  Real& b = e.state[0];
  g = g + decay * e.theta;
  b = t == 1 ? Real(0) * b + g : momentum * b + rest * g;
  e.theta = e.theta - rate * (h[3] != 0 ? g + momentum * b : b);
}

template <typename Real>
void momentum(const std::vector<double>& h, int64_t t, Real g, Element<Real>& e) {
  const Real decay = Real(h[1]), rest = Real(1 - h[1]), size = Real(h[0] / (h[2] != 0 ? 1 - power(h[1], t) : 1));
  Real& m = e.state[0];
  m = decay * m - rest * g;
  e.theta = e.theta + size * m;
}

template <typename Real>
void adamStep(const std::vector<double>& h, int64_t t, Real g, Element<Real>& e, bool amsgrad) {
  const Real beta1 = Real(h[1]), rest1 = Real(1 - h[1]), beta2 = Real(h[2]), rest2 = Real(1 - h[2]),
             epsilon = Real(h[3]);
  const Real size = Real(h[0] / (1 - power(h[1], t))), scale = Real(1 / std::sqrt(1 - power(h[2], t)));
  Real &m = e.state[0], &v = e.state[1], &vMax = e.state[2];
  m = beta1 * m + rest1 * g;
  v = beta2 * v + rest2 * (g * g);
  if (v > vMax) vMax = v;
  const Real denominator = std::sqrt(amsgrad ? vMax : v) * scale + epsilon;
  e.theta = e.theta - size * m / denominator;
}

template <typename Real, bool amsgrad>
void adam(const std::vector<double>& h, int64_t t, Real g, Element<Real>& e) {
  adamStep(h, t, g + Real(h[4]) * e.theta, e, amsgrad);
}

template <typename Real, bool amsgrad>
void adamw(const std::vector<double>& h, int64_t t, Real g, Element<Real>& e) {
  e.theta = e.theta * Real(1 - h[0] * h[4]);
  adamStep(h, t, g + Real(0) * e.theta, e, amsgrad);
}

template <typename Real>
struct Example {
  const char* rule;
  Formula<Real> formula;
  std::vector<double> hyperparameters;
};

template <typename Real>
std::vector<Example<Real>> examples() {
  return {{"sgd", sgd<Real>, {0.1, 0}},
          {"sgd", sgd<Real>, {0.03, 0.01}},
          {"sgd.momentum", sgdMomentum<Real>, {0.1, 0.9, 0, 0, 0}},
          {"sgd.momentum", sgdMomentum<Real>, {0.1, 0.8, 0.3, 0, 0.02}},
          {"sgd.momentum", sgdMomentum<Real>, {0.1, 0.9, 0, 1, 0.02}},
          {"momentum", momentum<Real>, {0.1, 0.9, 1}},
          {"momentum", momentum<Real>, {0.1, 0.7, 0}},
          {"adam", adam<Real, false>, {1e-3, 0.9, 0.999, 1e-8, 0}},
          {"adam", adam<Real, false>, {1e-2, 0, 0.9, 1e-6, 0.1}},
          {"adam.amsgrad", adam<Real, true>, {1e-3, 0.9, 0.99, 1e-8, 0.01}},
          {"adamw", adamw<Real, false>, {1e-3, 0.9, 0.999, 1e-8, 0.01}},
          {"adamw.amsgrad", adamw<Real, true>, {1e-2, 0.5, 0.9, 1e-10, 0.1}}};
}

template <typename Real>
const Rule<Real>& ruleNamed(const KernelsOf<Real>& kernels, std::string_view name) {
  for (int i = 0; i < kernels.ruleCount; ++i)
    if (name == kernels.rules[i].name) return kernels.rules[i];
  throw std::logic_error("no rule " + std::string(name));
}

/// Gradients over six decades, with exact zeros.
template <typename Real>
Real gradientOf(Random& random) {
  if (random.below(8) == 0) return 0;
  return Real((random.uniform() - 0.5) * std::pow(10.0, double(random.below(7)) - 3));
}

template <typename Real>
void check(const Example<Real>& example, const Kernels& table, size_t length, size_t offset) {
  CAPTURE(example.rule);
  CAPTURE(nameOf(table));
  CAPTURE(length);
  CAPTURE(offset);
  constexpr Real kGuard = Real(-12345.5);
  const Rule<Real>& rule = ruleNamed(table.of<Real>(), example.rule);
  REQUIRE(size_t(rule.hyperparameterCount) == example.hyperparameters.size());
  const size_t states = size_t(rule.stateCount);

  // θ, g and the states each `offset` elements from an aligned place, with guards around.
  std::vector<Buffer<Real>> memory;
  std::vector<Real*> arrays;
  for (size_t i = 0; i < 2 + states; ++i) {
    memory.emplace_back(length + 64);
    std::fill_n(memory.back().data(), length + 64, kGuard);
    arrays.push_back(memory.back().data() + 16 + (offset + i * (offset > 0)) % 16);
    if (i >= 2) std::fill_n(arrays.back(), length, Real(0));
  }
  Random random(length, Draw::weights, 17);
  std::vector<Element<Real>> expected(length, Element<Real>{});
  for (size_t i = 0; i < length; ++i) arrays[0][i] = expected[i].theta = Real(random.uniform() - 0.5);

  unsigned char scalars[kScalarBytes];
  for (int64_t t = 1; t <= 12; ++t) {
    const Real scale = t % 3 == 0 ? Real(-0.5) : Real(1);
    for (size_t i = 0; i < length; ++i) {
      arrays[1][i] = gradientOf<Real>(random);
      example.formula(example.hyperparameters, t, scale * arrays[1][i], expected[i]);
    }
    rule.prepare(example.hyperparameters.data(), t, scalars);
    const size_t middle = length / 3;
    rule.update(scalars, scale, arrays[1], arrays[0], &arrays[2], 0, middle);
    rule.update(scalars, scale, arrays[1], arrays[0], &arrays[2], middle, length);
  }
  for (size_t array = 0; array < 2 + states; ++array) {
    if (array == 1) continue;
    std::vector<Real> column;
    for (const Element<Real>& e : expected) column.push_back(array == 0 ? e.theta : e.state[array - 2]);
    CHECK(difference(arrays[array], column.data(), length) == "");
    const Real *before = memory[array].data(), *after = arrays[array] + length, *end = before + length + 64;
    CHECK(std::count(before, const_cast<const Real*>(arrays[array]), kGuard) == arrays[array] - before);
    CHECK(std::count(after, end, kGuard) == end - after);
  }
}

TEST_SUITE_BEGIN("optimizers");

TEST_CASE_TEMPLATE("rules have the bits of their formula for lengths 0 to 67", Real, float, double) {
  for (const Example<Real>& example : examples<Real>())
    for (const Kernels* table : tables())
      for (size_t length = 0; length <= 67; ++length) check(example, *table, length, 0);
}

TEST_CASE_TEMPLATE("rules have the bits of their formula wherever arrays begin", Real, float, double) {
  for (const Example<Real>& example : examples<Real>())
    for (const Kernels* table : tables())
      for (size_t offset = 1; offset < 16; ++offset) check(example, *table, 200, offset);
}

TEST_CASE("every rule is checked here") {
  for (int i = 0; i < kernels().float32.ruleCount; ++i) {
    const std::string name = kernels().float32.rules[i].name;
    CAPTURE(name);
    bool isChecked = false;
    for (const Example<float>& example : examples<float>()) isChecked |= name == example.rule;
    CHECK(isChecked);
  }
}

TEST_CASE("integer powers by squaring are near the C library's") {
  for (const double x : {0.0, 0.5, 0.9, 0.999, 0.9999999, 1.0})
    for (const int64_t n : {0, 1, 2, 3, 10, 1000, 123456, 1000000})
      CHECK(std::abs(power(x, n) - std::pow(x, double(n))) <= double(n) * 0x1p-52 * std::pow(x, double(n)));
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
