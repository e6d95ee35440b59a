#include "layers/similarity.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "error.h"
#include "layers/checks.h"

namespace glissade {
namespace {

template <typename Real>
Setting<Real> settingOf(const Shape& shape, Measure measure, Activation activation, size_t count) {
  return {
      std::make_shared<const Similarity<Real>>(std::vector{shape, shape}, measure, activation), {shape, shape}, count};
}

/// Numbers, and images with channels that end inside panels.
template <typename Check>
void forEachSetting(Check check) {
  for (const Shape& shape : {Shape{1, 1, 1}, Shape{1, 1, 33}, Shape{1, 1, 300}, Shape{3, 5, 16}, Shape{2, 3, 45}})
    for (const Measure measure : {Measure::dot, Measure::cosine}) {
      CAPTURE(shape.text());
      CAPTURE(int(measure));
      check(shape, measure, size_t(5));
    }
}

struct Plain {
  std::vector<double> y, inputGradient[2];

  template <typename Real>
  Plain(const Trial<Real>& trial, size_t columns, Measure measure) {
    const auto product = [&](size_t i, size_t j, size_t row) {
      double sum = 0;
      for (size_t k = row * columns; k < (row + 1) * columns; ++k)
        sum += double(trial.inputs[i].values[k]) * double(trial.inputs[j].values[k]);
      return sum;
    };
    for (size_t row = 0; row < trial.delta.values.size(); ++row) {
      const auto norm = [&](size_t i) {
        return measure == Measure::dot ? 1 : std::max(std::sqrt(product(i, i, row)), 1e-8);
      };
      y.push_back(product(0, 1, row) / (norm(0) * norm(1)));
      for (const size_t side : {0, 1})
        for (size_t k = row * columns; k < (row + 1) * columns; ++k) {
          const double own = double(trial.inputs[side].values[k]), other = double(trial.inputs[1 - side].values[k]);
          const double shrinks = measure == Measure::dot ? 0 : y.back() * own / (norm(side) * norm(side));
          inputGradient[side].push_back(double(trial.delta.values[row]) * (other / (norm(0) * norm(1)) - shrinks));
        }
    }
  }
};

TEST_SUITE_BEGIN("layers");

TEST_CASE_TEMPLATE("dot products and cosines equal the plain loop", Real, float, double) {
  forEachSetting([](const Shape& shape, Measure measure, size_t count) {
    forEachTrial<Real>(settingOf<Real>(shape, measure, Activation::identity, count), Tangents::none,
                       [&](const Trial<Real>& trial) {
                         const Plain plain(trial, shape.channels, measure);
                         const Outcome<Real> outcome = trial.run(1, {count});
                         checkNear(outcome.output.values, plain.y);
                         if (trial.place == Place::first) return;
                         for (const size_t side : {0, 1})
                           checkNear(outcome.inputGradient[side].values, plain.inputGradient[side]);
                       });
  });
}

TEST_CASE_TEMPLATE("the cosine of a vector of zeros is 0, and its norm counts as 1e-8", Real, float, double) {
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    Trial<Real> trial{*table, settingOf<Real>({1, 1, 2}, Measure::cosine, Activation::identity, 2)};
    trial.inputs[0].values = {0, 0, 0, 0};
    trial.inputs[1].values = {3, 4, 0, 0};
    trial.delta.values = {1, 1};
    const Outcome<Real> outcome = trial.run(1, {2});
    checkNear(outcome.output.values, {0, 0});
    checkNear(outcome.inputGradient[0].values, {0.6e8, 0.8e8, 0, 0});
    checkNear(outcome.inputGradient[1].values, {0, 0, 0, 0});
  }
}

TEST_CASE_TEMPLATE("activations are applied to dot products and cosines", Real, float, double) {
  forEachSetting([](const Shape& shape, Measure measure, size_t count) {
    checkActivated<Real>([&](Activation activation) { return settingOf<Real>(shape, measure, activation, count); });
  });
}

TEST_CASE_TEMPLATE("dot products and cosines have equal bits in teams of any size", Real, float, double) {
  forEachSetting([](const Shape& shape, Measure measure, size_t count) {
    checkTeams(settingOf<Real>(shape, measure, Activation::silu, count), Mode::training);
  });
}

TEST_CASE_TEMPLATE("dot products and cosines send back gradients through the activations before them", Real, float,
                   double) {
  forEachSetting([](const Shape& shape, Measure measure, size_t count) {
    checkMakers(settingOf<Real>(shape, measure, Activation::identity, count));
  });
}

TEST_CASE("tangents of dot products and cosines are derivatives, with every activation") {
  for (const Shape& shape : {Shape{1, 1, 33}, Shape{2, 3, 45}})
    for (const Measure measure : {Measure::dot, Measure::cosine}) {
      CAPTURE(shape.text());
      CAPTURE(int(measure));
      for (const Activation activation : kActivations) {
        CAPTURE(int(activation));
        checkTangents(settingOf<double>(shape, measure, activation, 5), Mode::training);
      }
      checkTranspose(settingOf<double>(shape, measure, Activation::identity, 5), Mode::training);
    }
}

TEST_CASE("dot products and cosines refuse all but two inputs of the same shape") {
  using Shapes = std::vector<Shape>;
  CHECK_THROWS_WITH_AS(
      Similarity<float>(Shapes{{2, 2, 3}, {2, 2, 4}}, Measure::dot, Activation::identity),
      "a dot product takes two inputs of the same shape, but they are an image of 2 x 2 x 3 and an image of 2 x 2 x 4",
      Error);
  CHECK_THROWS_WITH_AS(Similarity<float>(Shapes{{1, 1, 3}}, Measure::cosine, Activation::identity),
                       "a cosine takes two inputs, but there are 1", Error);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
