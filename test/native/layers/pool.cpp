#include "layers/pool.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "error.h"
#include "layers/checks.h"
#include "layers/images.h"

namespace glissade {
namespace {

struct Size {
  Shape image;
  WindowOptions window;
  size_t count;
};
const Size kSizes[] = {{{1, 1, 3}, {{1, 1}, {1, 1}, {0, 0}}, 1},  {{6, 8, 5}, {{2, 2}, {2, 2}, {0, 0}}, 3},
                       {{5, 7, 33}, {{3, 3}, {2, 2}, {1, 1}}, 4}, {{7, 5, 8}, {{3, 2}, {1, 3}, {1, 0}}, 2},
                       {{9, 4, 6}, {{2, 2}, {3, 1}, {0, 1}}, 2},  {{4, 3, 70}, {{4, 3}, {4, 3}, {0, 0}}, 5},
                       {{3, 3, 2}, {{2, 2}, {2, 2}, {1, 1}}, 7},  {{4, 5, 9}, {{4, 5}, {1, 1}, {0, 0}}, 3},
                       {{5, 5, 3}, {{5, 3}, {1, 3}, {0, 0}}, 2}};
/// Images with gradients computed one at a time, in windows that tile them, and in others.
const Size kLarge[] = {{{34, 34, 33}, {{2, 2}, {2, 2}, {0, 0}}, 3}, {{33, 34, 33}, {{3, 3}, {2, 2}, {1, 1}}, 3}};

template <typename Real>
Setting<Real> settingOf(const Size& size, Pooling pooling) {
  return {std::make_shared<const Pool<Real>>(size.image, pooling, windowsOver(size.image, size.window)),
          {size.image},
          size.count};
}

template <typename Check>
void forEachSize(Check check) {
  for (const Size& size : kSizes)
    for (const Pooling pooling : {Pooling::max, Pooling::average}) {
      CAPTURE(size.image.text());
      CAPTURE(int(pooling));
      check(size, pooling);
    }
}

struct Plain {
  std::vector<double> y, inputGradient;

  template <typename Real>
  Plain(const Trial<Real>& trial, const Size& size, Pooling pooling) {
    const std::vector<Real>&x = trial.inputs[0].values, &delta = trial.delta.values;
    const size_t channels = size.image.channels;
    const Windows windows = windowsOver(size.image, size.window);
    y.resize(delta.size());
    inputGradient.resize(x.size());
    forEachWindow(windows, size.count, [&](size_t row, auto seen) {
      for (size_t c = 0; c < channels; ++c) {
        std::vector<size_t> places;
        for (size_t tap = 0; tap < windows.taps(); ++tap)
          if (const auto position = seen(tap)) places.push_back(*position * channels + c);
        size_t largest = places[0];
        double sum = 0;
        for (const size_t place : places) {
          if (x[place] > x[largest]) largest = place;
          sum += double(x[place]);
        }
        const double d = double(delta[row * channels + c]), share = 1 / double(places.size());
        y[row * channels + c] = pooling == Pooling::max ? double(x[largest]) : sum * share;
        if (pooling == Pooling::max) inputGradient[largest] += d;
        if (pooling == Pooling::average)
          for (const size_t place : places) inputGradient[place] += d * share;
      }
    });
  }
};

TEST_SUITE_BEGIN("layers");

TEST_CASE_TEMPLATE("pooling equals the plain loop", Real, float, double) {
  const auto check = [](const Size& size, Pooling pooling) {
    forEachTrial<Real>(settingOf<Real>(size, pooling), Tangents::none, [&](const Trial<Real>& trial) {
      const Plain plain(trial, size, pooling);
      const Outcome<Real> outcome = trial.run(1, {size.count});
      checkNear(outcome.output.values, plain.y);
      if (trial.place != Place::first) checkNear(outcome.inputGradient[0].values, plain.inputGradient);
    });
  };
  forEachSize(check);
  for (const Size& size : kLarge)
    for (const Pooling pooling : {Pooling::max, Pooling::average}) check(size, pooling);
}

TEST_CASE_TEMPLATE("pooling has equal bits in teams of any size", Real, float, double) {
  forEachSize([](const Size& size, Pooling pooling) { checkTeams(settingOf<Real>(size, pooling), Mode::training); });
}

TEST_CASE_TEMPLATE("pooling sends back gradients through the activation before it", Real, float, double) {
  for (const Size& size : {kSizes[2], kLarge[0]})
    for (const Pooling pooling : {Pooling::max, Pooling::average}) checkMakers(settingOf<Real>(size, pooling));
}

TEST_CASE("tangents of pooling are derivatives") {
  forEachSize([](const Size& size, Pooling pooling) {
    checkTangents(settingOf<double>(size, pooling), Mode::training);
    checkTranspose(settingOf<double>(size, pooling), Mode::training);
  });
}

TEST_CASE_TEMPLATE("among equal numbers in a window, the first gets the gradient", Real, float, double) {
  const Size size{{2, 4, 9}, {{2, 2}, {2, 2}, {0, 0}}, 1};
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    Trial<Real> trial{*table, settingOf<Real>(size, Pooling::max)};
    std::fill(trial.inputs[0].values.begin(), trial.inputs[0].values.end(), Real(-2));
    const Outcome<Real> outcome = trial.run(1, {1});
    for (size_t x = 0; x < 4; ++x)
      for (size_t y = 0; y < 2; ++y)
        for (size_t c = 0; c < 9; ++c) {
          const bool isFirst = y == 0 && x % 2 == 0;
          CHECK(outcome.inputGradient[0].values[(y * 4 + x) * 9 + c] ==
                (isFirst ? trial.delta.values[x / 2 * 9 + c] : 0));
        }
  }
}

TEST_CASE_TEMPLATE("a NaN anywhere in a window is its maximum", Real, float, double) {
  const Size size{{2, 2, 9}, {{2, 2}, {2, 2}, {0, 0}}, 1};
  for (const Kernels* table : tables())
    for (size_t position = 0; position < 4; ++position) {
      CAPTURE(nameOf(*table));
      CAPTURE(position);
      Trial<Real> trial{*table, settingOf<Real>(size, Pooling::max)};
      trial.inputs[0].values[position * 9 + 4] = std::numeric_limits<Real>::quiet_NaN();
      const Outcome<Real> outcome = trial.run(1, {1});
      for (size_t c = 0; c < 9; ++c) CHECK(std::isnan(outcome.output.values[c]) == (c == 4));
    }
}

TEST_CASE("windows that are larger than the image with its padding are refused") {
  CHECK_THROWS_AS(windowsOver({2, 9, 1}, {{5, 5}, {1, 1}, {1, 0}}), Error);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
