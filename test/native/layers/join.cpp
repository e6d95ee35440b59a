#include "layers/join.h"

#include <doctest/doctest.h>

#include "error.h"
#include "layers/checks.h"

namespace glissade {
namespace {

template <typename Real>
Setting<Real> settingOf(const std::vector<Shape>& shapes, Joining joining, Activation activation, size_t count) {
  return {std::make_shared<const Join<Real>>(shapes, joining, activation), shapes, count};
}

/// Numbers, and images with channels that begin and end inside panels.
template <typename Check>
void forEachSetting(Check check) {
  for (const Shape& shape : {Shape{1, 1, 1}, Shape{1, 1, 33}, Shape{3, 5, 16}, Shape{2, 3, 45}}) {
    CAPTURE(shape.text());
    const auto with = [&](size_t channels) { return Shape{shape.height, shape.width, channels}; };
    check(std::vector{shape, shape, shape}, Joining::sum, size_t(3));
    check(std::vector{shape, with(7), with(31), with(1)}, Joining::concatenate, size_t(5));
    check(std::vector{with(16), with(32)}, Joining::concatenate, size_t(1));
  }
}

TEST_SUITE_BEGIN("layers");

TEST_CASE_TEMPLATE("inputs are added, or concatenated", Real, float, double) {
  forEachSetting([](const std::vector<Shape>& shapes, Joining joining, size_t count) {
    CAPTURE(int(joining));
    for (const Activation activation : {Activation::identity, Activation::relu, Activation::gelu}) {
      const auto setting = settingOf<Real>(shapes, joining, activation, count);
      const Shape made = setting.layer->outputs();
      forEachTrial<Real>(setting, Tangents::none, [&](const Trial<Real>& trial) {
        std::vector<Real> y(trial.delta.values.size());
        std::vector<std::vector<Real>> inputGradient;
        size_t place = 0;
        for (size_t i = 0; i < shapes.size(); ++i) {
          inputGradient.emplace_back();
          const size_t channels = shapes[i].channels;
          for (size_t row = 0; row < count * made.positions(); ++row)
            for (size_t c = 0; c < channels; ++c) {
              y[row * made.channels + place + c] += trial.inputs[i].values[row * channels + c];
              inputGradient[i].push_back(trial.delta.values[row * made.channels + place + c]);
            }
          if (joining == Joining::concatenate) place += channels;
        }
        const Outcome<Real> outcome = trial.run(1, {count});
        CHECK(difference(outcome.output.values, activatedAsInEngine(trial.table(), activation, y)) == "");
        for (size_t i = 0; i < outcome.inputGradient.size(); ++i)
          CHECK(difference(outcome.inputGradient[i].values, inputGradient[i]) == "");
      });
    }
  });
}

TEST_CASE_TEMPLATE("joins have equal bits in teams of any size", Real, float, double) {
  forEachSetting([](const std::vector<Shape>& shapes, Joining joining, size_t count) {
    checkTeams(settingOf<Real>(shapes, joining, Activation::silu, count), Mode::training);
  });
}

TEST_CASE_TEMPLATE("joins send back gradients through the activations before them", Real, float, double) {
  forEachSetting([](const std::vector<Shape>& shapes, Joining joining, size_t count) {
    checkMakers(settingOf<Real>(shapes, joining, Activation::identity, count));
  });
}

TEST_CASE("tangents of joins are derivatives, with every activation") {
  forEachSetting([](const std::vector<Shape>& shapes, Joining joining, size_t count) {
    for (const Activation activation : kActivations) {
      CAPTURE(int(activation));
      checkTangents(settingOf<double>(shapes, joining, activation, count), Mode::training);
    }
    checkTranspose(settingOf<double>(shapes, joining, Activation::identity, count), Mode::training);
  });
}

TEST_CASE("inputs that don't fit together are refused") {
  CHECK_THROWS_WITH_AS(Join<float>({{2, 2, 3}, {2, 2, 4}}, Joining::sum, Activation::identity),
                       "can't add an image of 2 x 2 x 3 and an image of 2 x 2 x 4", Error);
  CHECK_THROWS_AS(Join<float>({{2, 2, 3}, {2, 1, 3}}, Joining::concatenate, Activation::identity), Error);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
