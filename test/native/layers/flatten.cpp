#include "layers/flatten.h"

#include <doctest/doctest.h>

#include "layers/checks.h"

namespace glissade {
namespace {

template <typename Real>
Setting<Real> settingOf(const Shape& shape, size_t count) {
  return {std::make_shared<const Flatten<Real>>(shape), {shape}, count};
}

template <typename Check>
void forEachShape(Check check) {
  for (const Shape& shape : {Shape{1, 1, 5}, Shape{1, 9, 1}, Shape{3, 5, 7}, Shape{2, 3, 32}, Shape{5, 2, 45}}) {
    CAPTURE(shape.text());
    check(shape);
  }
}

TEST_SUITE_BEGIN("layers");

TEST_CASE_TEMPLATE("the positions of an image are written in sequence, and gradients return to their places", Real,
                   float, double) {
  forEachShape([](const Shape& shape) {
    CHECK(Flatten<Real>(shape).outputs() == Shape{1, 1, shape.size()});
    for (const size_t count : {1, 5})
      forEachTrial<Real>(settingOf<Real>(shape, count), Tangents::none, [&](const Trial<Real>& trial) {
        const Outcome<Real> outcome = trial.run(1, {count});
        CHECK(difference(outcome.output.values, trial.inputs[0].values) == "");
        if (trial.place != Place::first) CHECK(difference(outcome.inputGradient[0].values, trial.delta.values) == "");
      });
  });
}

TEST_CASE_TEMPLATE("flattened images have equal bits in teams of any size", Real, float, double) {
  forEachShape([](const Shape& shape) {
    checkTeams(settingOf<Real>(shape, 5), Mode::training);
    checkMakers(settingOf<Real>(shape, 5));
  });
}

TEST_CASE("tangents of flattened images are derivatives") {
  forEachShape([](const Shape& shape) {
    checkTangents(settingOf<double>(shape, 3), Mode::training);
    checkTranspose(settingOf<double>(shape, 3), Mode::training);
  });
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
