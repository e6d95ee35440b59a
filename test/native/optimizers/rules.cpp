// Update rules have equal bits on every instruction set, for any length, alignment and place in an array. (The tests in
// TypeScript compare their formulas with scalar references and golden data.)
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include "arch/real.h"
#include "bits.h"
#include "drawn.h"
#include "element_states.h"
#include "kernels/kernels.h"
#include "kernels/layer_kernels.h"
#include "matrix/collected_rows.h"
#include "optimizers/encoding.h"
#include "optimizers/rule.h"
#include "record.h"
#include "tables.h"

namespace glissade {
namespace {

/// A value of the named hyperparameter that is valid for every rule. Variants 0 and 1 differ.
double hyperparameter(std::string_view name, int variant) {
  if (name == "epsilon") return variant % 2 ? 1e-8 : 1e-3;
  if (name.starts_with("beta") || name == "decay" || name == "momentum") return variant % 2 ? 0.9 : 0.75;
  for (const char* flag : {"nesterov", "biasCorrection", "normalized", "safeguardWarmup"})
    if (name == flag) return variant % 2;
  return variant % 2 ? 1 : 0.1;
}

/// Gradients over six decades, with exact zeros.
template <typename Real>
Real gradientOf(Random& random) {
  if (random.below(8) == 0) return 0;
  return Real((random.uniform() - 0.5) * std::pow(10.0, double(random.below(7)) - 3));
}

/// θ, g and the states of a rule, each at an offset from an aligned address, with guards around.
template <typename Real>
struct Arrays {
  static constexpr Real kGuard = Real(-12345.5);
  size_t length;
  std::vector<Buffer<Real>> memory;
  std::vector<Real*> arrays;

  Arrays(const Rule<Real>& rule, size_t length, size_t offset) : length(length) {
    for (size_t i = 0; i < 2 + size_t(elementStateCount(rule)); ++i) {
      memory.emplace_back(length + 64);
      std::fill_n(memory.back().data(), length + 64, kGuard);
      arrays.push_back(memory.back().data() + 16 + (offset + i * (offset > 0)) % 16);
      if (i >= 2) std::fill_n(arrays.back(), length, Real(0));
    }
    Random random(length, Draw::weights, 17);
    for (size_t i = 0; i < length; ++i) arrays[0][i] = Real(random.uniform() - 0.5);
  }

  /// Takes 12 steps, `elements` elements at a time.
  void step(const Rule<Real>& rule, int variant, size_t elements) {
    std::vector<double> h, totals(kMaxTotals), sums(kMaxSums);
    forEachName(rule.hyperparameters,
                [&](size_t, std::string_view name) { h.push_back(hyperparameter(name, variant)); });
    Random random(length, Draw::weights, 18);
    unsigned char scalars[kScalarBytes];
    for (int64_t t = 1; t <= 12; ++t) {
      const Real scale = t % 3 == 0 ? Real(-0.5) : Real(1);
      for (size_t i = 0; i < length; ++i) arrays[1][i] = gradientOf<Real>(random);
      rule.prepare(h.data(), t, totals.data(), scalars);
      if (rule.measure) {
        std::fill(sums.begin(), sums.end(), 0.0);
        rule.measure(scalars, scale, arrays[1], arrays[0], &arrays[2], 0, length, sums.data());
        rule.conclude(sums.data(), totals.data(), scalars);
      }
      for (size_t i = 0; i < length; i += elements)
        rule.update(scalars, scale, arrays[1], arrays[0], &arrays[2], i, std::min(length, i + elements));
    }
  }

  void checkAgainst(const Arrays& expected) const {
    for (size_t array = 0; array < arrays.size(); ++array) {
      if (array != 1) CHECK(difference(arrays[array], expected.arrays[array], length) == "");
      const Real *before = memory[array].data(), *after = arrays[array] + length, *end = before + length + 64;
      CHECK(std::count(before, const_cast<const Real*>(arrays[array]), kGuard) == arrays[array] - before);
      CHECK(std::count(after, end, kGuard) == end - after);
    }
  }
};

template <typename Real>
void check(int index, size_t length, size_t offset) {
  for (const int variant : {0, 1}) {
    const Rule<Real>& rule = tables().front()->of<Real>().rules[index];
    CAPTURE(rule.name);
    CAPTURE(length);
    CAPTURE(offset);
    Arrays<Real> expected(rule, length, 0);
    expected.step(rule, variant, 1);
    for (const Kernels* table : tables()) {
      CAPTURE(nameOf(*table));
      Arrays<Real> arrays(rule, length, offset);
      arrays.step(table->of<Real>().rules[index], variant, length / 3 + 1);
      arrays.checkAgainst(expected);
    }
  }
}

/// θ and the states of a rule's elements, with encoded moments.
struct EncodedArrays {
  std::vector<float> theta;
  std::vector<std::vector<std::byte>> places;
  std::vector<std::vector<float>> scales;

  EncodedArrays(const Rule<float>& rule, size_t length) : theta(length) {
    for (int s = 0; s < elementStateCount(rule); ++s) {
      places.emplace_back(length * sizeof(float));
      scales.emplace_back((length + kScaleBlock - 1) / kScaleBlock);
    }
    Random random(length, Draw::weights, 17);
    for (float& x : theta) x = float(random.uniform() - 0.5);
  }

  EncodedStates at(uint32_t dither) {
    EncodedStates states{{}, {}, dither};
    for (size_t s = 0; s < places.size(); ++s) states.places[s] = places[s].data(), states.scales[s] = scales[s].data();
    return states;
  }
};

/// `update` between decoding and encoding.
void updateDecoded(const Kernels& table, const Rule<float>& rule, Encoding encoding, const void* scalars,
                   const std::vector<float>& gradient, EncodedArrays& arrays, uint32_t dither) {
  const size_t length = gradient.size();
  const EncodedStates states = arrays.at(dither);
  std::vector<std::vector<float>> numbers(size_t(elementStateCount(rule)), std::vector<float>(length));
  float* begins[kMaxStates];
  for (int s = 0; s < elementStateCount(rule); ++s) {
    const bool isEncoded = rule.states[s].moment != Moment::none;
    begins[s] = isEncoded ? numbers[s].data() : static_cast<float*>(states.places[s]);
    if (isEncoded)
      table.float32.decode(encoding, rule.states[s].moment == Moment::signedMoment, states.places[s], states.scales[s],
                           begins[s], length);
  }
  rule.update(scalars, 0.5f, gradient.data(), arrays.theta.data(), begins, 0, length);
  for (int s = 0; s < elementStateCount(rule); ++s)
    if (rule.states[s].moment != Moment::none)
      table.float32.encode(encoding, rule.states[s].moment == Moment::signedMoment, begins[s], dither, states.places[s],
                           states.scales[s], length);
}

/// Rows of a matrix with its states, and space to collect them in.
template <typename Real>
struct Rows {
  static constexpr size_t kRows = 200;
  size_t width, states;
  std::vector<uint32_t> list;
  std::vector<std::vector<Real>> matrix, collected;  // θ, then states
  std::vector<Real> gradient;

  Rows(const Rule<Real>& rule, size_t count, size_t width) : width(width), states(size_t(elementStateCount(rule))) {
    Random random(count, Draw::weights, 19);
    for (size_t k = 0; k < count; ++k) list.push_back(uint32_t(k * kRows / count + random.below(kRows / count)));
    const size_t room = count * width + kCollectedPadding;
    for (size_t array = 0; array <= states; ++array) {
      matrix.emplace_back(kRows * width);
      collected.emplace_back(room, Real(-1));
      for (Real& x : matrix.back()) x = Real(random.uniform());
    }
    gradient.resize(room);
    for (size_t i = 0; i < count * width; ++i) gradient[i] = gradientOf<Real>(random);
  }

  Elements<Real> elements(std::vector<std::vector<Real>>& of, size_t place = 0) {
    Elements<Real> elements{of[0].data() + place, {}};
    for (size_t s = 0; s < states; ++s) elements.states[s] = of[s + 1].data() + place;
    return elements;
  }

  bool update(const Kernels& table, const Rule<Real>& rule, const void* scalars) {
    const RowList rows{list.data(), list.size(), width};
    table.of<Real>().layers->collectRows(matrix[0].data(), rows, collected[0].data());
    return rule.updateRows(scalars, Real(-0.5), gradient.data(), rows, elements(collected), elements(matrix));
  }

  /// By `update`, element by element.
  void updateElements(const Rule<Real>& rule, const void* scalars) {
    for (size_t i = 0; i < list.size() * width; ++i) {
      const Elements<Real> at = elements(matrix, list[i / width] * width + i % width);
      rule.update(scalars, Real(-0.5), gradient.data() + i, at.theta, at.states, 0, 1);
    }
  }
};

/// Calls visit(table, rule, scalars) for each rule whose rows can catch up, prepared for step 2.
template <typename Real, typename Visit>
void forEachRuleOfRows(Visit visit) {
  for (const Kernels* table : tables())
    for (int index = 0; index < table->of<Real>().ruleCount; ++index) {
      const Rule<Real>& rule = table->of<Real>().rules[index];
      if (!rule.updateRows) continue;
      CAPTURE(nameOf(*table));
      CAPTURE(rule.name);
      std::vector<double> h;
      forEachName(rule.hyperparameters, [&](size_t, std::string_view name) { h.push_back(hyperparameter(name, 1)); });
      alignas(8) unsigned char scalars[kScalarBytes];
      rule.prepare(h.data(), 2, nullptr, scalars);
      visit(*table, rule, scalars);
    }
}

TEST_SUITE_BEGIN("optimizers");

TEST_CASE("rules update encoded states as if they were decoded before and encoded after") {
  int rules = 0;
  for (const Kernels* table : tables())
    for (int index = 0; index < table->float32.ruleCount; ++index) {
      const Rule<float>& rule = table->float32.rules[index];
      if (!rule.updateEncoded) continue;
      ++rules;
      for (const Encoding encoding : {Encoding::bfloat16, Encoding::uint8})
        for (const size_t length : {1, 15, 33, 255, 256, 257, 1000}) {
          CAPTURE(nameOf(*table));
          CAPTURE(rule.name);
          CAPTURE(length);
          EncodedArrays expected(rule, length), arrays(rule, length);
          std::vector<double> h, totals(kMaxTotals);
          forEachName(rule.hyperparameters,
                      [&](size_t, std::string_view name) { h.push_back(hyperparameter(name, 1)); });
          Random random(length, Draw::weights, 18);
          std::vector<float> gradient(length);
          alignas(8) unsigned char scalars[kScalarBytes];
          for (int64_t t = 1; t <= 4; ++t) {
            for (float& g : gradient) g = gradientOf<float>(random);
            rule.prepare(h.data(), t, totals.data(), scalars);
            const auto dither = uint32_t(t) * 0x12345679;
            updateDecoded(*table, rule, encoding, scalars, gradient, expected, dither);
            rule.updateEncoded(encoding, scalars, 0.5f, gradient.data(), arrays.theta.data(), arrays.at(dither),
                               length);
          }
          CHECK(difference(arrays.theta, expected.theta) == "");
          CHECK(arrays.places == expected.places);
          CHECK(arrays.scales == expected.scales);
        }
    }
  CHECK(rules >= 20 * int(tables().size()));
}

TEST_CASE_TEMPLATE("rules update listed rows of a matrix like elements", Real, float, double) {
  int rules = 0;
  forEachRuleOfRows<Real>([&](const Kernels& table, const Rule<Real>& rule, const void* scalars) {
    ++rules;
    for (const size_t width : {1, 3, 40})
      for (const size_t count : {1, 7, 8, 31, 32, 50}) {
        CAPTURE(width);
        CAPTURE(count);
        Rows<Real> rows(rule, count, width), expected(rule, count, width);
        CHECK(rows.update(table, rule, scalars));
        expected.updateElements(rule, scalars);
        for (size_t array = 0; array <= rows.states; ++array)
          CHECK(difference(rows.matrix[array], expected.matrix[array]) == "");
      }
  });
  CHECK(rules >= 10 * int(tables().size()));
}

TEST_CASE_TEMPLATE("no row changes if a parameter would overflow", Real, float, double) {
  forEachRuleOfRows<Real>([&](const Kernels& table, const Rule<Real>& rule, const void* scalars) {
    for (const size_t width : {1, 3})
      for (const Real fault : {std::numeric_limits<Real>::infinity(), std::numeric_limits<Real>::quiet_NaN()}) {
        Rows<Real> rows(rule, 50, width);
        rows.matrix[0][rows.list[33] * width] = fault;
        const auto before = rows.matrix;
        CHECK(!rows.update(table, rule, scalars));
        for (size_t array = 0; array <= rows.states; ++array)
          CHECK(difference(rows.matrix[array], before[array]) == "");
      }
  });
}

TEST_CASE_TEMPLATE("rules have the bits of one element at a time for lengths 0 to 67", Real, float, double) {
  for (int index = 0; index < kernels().of<Real>().ruleCount; ++index)
    for (size_t length = 0; length <= 67; ++length) check<Real>(index, length, 0);
}

TEST_CASE_TEMPLATE("rules have the bits of one element at a time for any alignment of arrays", Real, float, double) {
  for (int index = 0; index < kernels().of<Real>().ruleCount; ++index)
    for (size_t offset = 1; offset < 16; ++offset) check<Real>(index, 200, offset);
}

TEST_CASE("integer powers by squaring are close to those of the C library") {
  for (const double x : {0.0, 0.5, 0.9, 0.999, 0.9999999, 1.0})
    for (const int64_t n : {0, 1, 2, 3, 10, 1000, 123456, 1000000})
      CHECK(std::abs(power(x, n) - std::pow(x, double(n))) <= double(n) * 0x1p-52 * std::pow(x, double(n)));
}

TEST_CASE("real powers are close to those of the C library") {
  for (const double x : {1e-300, 0.1, 0.5, 0.96, 0.9999999, 1.0, 1.5, 2.0, 1e6, 1e300})
    for (const double y : {-0.8, -1.0, 0.0, 1e-3, 0.5, 0.75, 1.0, 2.5, 100.0, 1e4}) {
      const double expected = std::pow(x, y);
      CAPTURE(x);
      CAPTURE(y);
      if (std::isinf(expected) || expected < 1e-300) continue;
      CHECK(std::abs(power(x, y) - expected) <= 1e-14 * (1 + std::abs(y * std::log(x))) * expected);
    }
  CHECK(power(0.5, 5000.0) == 0);
  CHECK(std::isinf(power(2.0, 5000.0)));
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
