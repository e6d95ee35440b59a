#include "layers/batch_ensemble.h"

#include <doctest/doctest.h>

#include <set>

#include "error.h"
#include "layers/checks.h"
#include "layers/member_mean.h"

namespace glissade {
namespace {

struct Size {
  Shape shape;
  size_t members, outputs, count;
  bool bias = true;
};
// One number, one member, inputs of several blocks, columns that don't fill panels, and more members than rows at once.
const Size kSizes[] = {{{1, 1, 1}, 1, 1, 3},         {{1, 1, 45}, 1, 33, 2},  {{1, 1, 7}, 3, 45, 37},
                       {{3, 1, 33}, 3, 9, 5, false}, {{2, 1, 130}, 2, 64, 3}, {{113, 1, 5}, 113, 6, 4}};

template <typename Real>
Setting<Real> settingOf(const Size& size, Activation activation) {
  return {std::make_shared<const BatchEnsemble<Real>>(
              size.shape, BatchEnsembleOptions{size.outputs, size.members, activation, size.bias}),
          {size.shape},
          size.count};
}

struct Plain {
  std::vector<double> y, inputGradient, gradient;

  template <typename Real>
  Plain(const Trial<Real>& trial, const Size& size) {
    const auto& [shape, members, outputs, count, bias] = size;
    const size_t inputs = shape.channels;
    const std::vector<Real>&x = trial.inputs[0].values, &p = trial.parameters.values;
    inputGradient.resize(x.size());
    gradient.resize(p.size());
    const size_t ofR = inputs * outputs, ofS = ofR + members * inputs, ofBias = ofS + members * outputs;
    for (size_t row = 0; row < count * members; ++row) {
      const size_t member = row % members, from = (shape.isFlat() ? row / members : row) * inputs;
      for (size_t j = 0; j < outputs; ++j) {
        const size_t s = ofS + member * outputs + j;
        const double delta = double(trial.delta.values[row * outputs + j]);
        double product = 0;
        for (size_t i = 0; i < inputs; ++i) {
          const size_t r = ofR + member * inputs + i, w = i * outputs + j;
          const double input = double(x[from + i]), weight = double(p[w]), scale = double(p[r]);
          product += scale * input * weight;
          gradient[w] += delta * double(p[s]) * scale * input;
          gradient[r] += delta * double(p[s]) * weight * input;
          inputGradient[from + i] += delta * double(p[s]) * weight * scale;
        }
        gradient[s] += delta * product;
        if (bias) gradient[ofBias + member * outputs + j] += delta;
        y.push_back(double(p[s]) * product + (bias ? double(p[ofBias + member * outputs + j]) : 0));
      }
    }
  }
};

TEST_SUITE_BEGIN("layers");

TEST_CASE("a batch ensemble starts with signs and ones, and all but its biases decay") {
  const BatchEnsemble<float> first({1, 1, 20}, {3, 4}), behind({4, 1, 20}, {3, 4});
  const std::vector<Tensor> tensors = first.tensors();
  CHECK(tensors[0].shape == std::vector<size_t>{20, 3});
  CHECK(tensors[1].shape == std::vector<size_t>{4, 20});
  CHECK(tensors[2].shape == std::vector<size_t>{4, 3});
  CHECK(tensors[3].shape == std::vector<size_t>{4, 3});
  for (const Tensor& tensor : tensors) CHECK(tensor.decays == (tensor.name != "bias"));
  for (const BatchEnsemble<float>* layer : {&first, &behind}) {
    std::vector<float> parameters(60 + 80 + 24, 9);
    Random random(1, Draw::weights, 0);
    layer->initialize(random, parameters.data());
    const std::set<float> r(&parameters[60], &parameters[140]), s(&parameters[140], &parameters[152]);
    CHECK(r == (layer == &first ? std::set<float>{-1, 1} : std::set<float>{1}));
    CHECK(s == std::set<float>{1});
    CHECK(std::all_of(&parameters[152], &parameters[163], [](float bias) { return bias == 0; }));
  }
}

TEST_CASE("a batch ensemble takes a position for each member") {
  for (const Shape& shape : {Shape{2, 1, 5}, Shape{1, 3, 5}})
    CHECK_THROWS_AS(BatchEnsemble<float>(shape, {4, 3}), Error);
}

TEST_CASE_TEMPLATE("a batch ensemble equals the plain loop", Real, float, double) {
  for (const Size& size : kSizes) {
    CAPTURE(size.shape.text());
    forEachTrial<Real>(settingOf<Real>(size, Activation::identity), Tangents::none, [&](const Trial<Real>& trial) {
      const Plain plain(trial, size);
      const Outcome<Real> outcome = trial.run(1, {size.count});
      checkNear(outcome.output.values, plain.y, 256);
      checkNear(outcome.gradient.values, plain.gradient, 1024);
      if (trial.place != Place::first) checkNear(outcome.inputGradient[0].values, plain.inputGradient, 1024);
    });
  }
}

TEST_CASE_TEMPLATE("a batch ensemble is activated, and its preactivation saved", Real, float, double) {
  for (const Size& size : kSizes)
    checkActivated<Real>([&](Activation activation) { return settingOf<Real>(size, activation); });
}

TEST_CASE_TEMPLATE("a batch ensemble has equal bits in teams of any size", Real, float, double) {
  for (const Size& size : kSizes) {
    CAPTURE(size.shape.text());
    checkTeams(settingOf<Real>(size, Activation::silu), Mode::training);
    checkMakers(settingOf<Real>(size, Activation::identity));
  }
}

TEST_CASE("tangents of a batch ensemble are derivatives, with every activation") {
  for (const Size& size : kSizes) {
    CAPTURE(size.shape.text());
    for (const Activation activation : {Activation::relu, Activation::gelu, Activation::tanh})
      checkTangents(settingOf<double>(size, activation), Mode::training);
    checkTranspose(settingOf<double>(size, Activation::identity), Mode::training);
  }
}

TEST_CASE("a batch ensemble in bfloat16 differs by rounding") {
  checkBfloat16(settingOf<float>({{1, 1, 45}, 3, 33, 9}, Activation::identity), 0.01);
  checkBfloat16(settingOf<float>({{4, 1, 70}, 4, 45, 7}, Activation::identity), 0.01);
}

TEST_CASE("a mean over members is that of the positions") {
  const Shape shape{3, 1, 45};
  const Setting<double> setting{std::make_shared<const MemberMean<double>>(shape), {shape}, 5};
  forEachTrial<double>(setting, Tangents::none, [&](const Trial<double>& trial) {
    const Outcome<double> outcome = trial.run(2, {5});
    std::vector<double> means(5 * 45);
    for (size_t i = 0; i < means.size(); ++i)
      for (size_t member = 0; member < 3; ++member)
        means[i] += trial.inputs[0].values[(i / 45 * 3 + member) * 45 + i % 45] / 3;
    checkNear(outcome.output.values, means);
  });
  checkTeams(setting, Mode::training);
  checkTranspose(setting, Mode::training);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
