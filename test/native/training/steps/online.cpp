#include "training/steps/online.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "bits.h"
#include "examples.h"
#include "on_team.h"
#include "training/followed.h"
#include "training/plain.h"

namespace glissade {
namespace {

const std::vector<double> kAdam = recordOf({1e-2, 0.9, 0.999, 1e-8, 0, 1e-2, 0.9, 0.999, 1e-8, 0});
const Schedule kConstant = [](int64_t) { return kAdam; };
constexpr size_t kBatch = 32;

PlainOptions options() {
  return {
      .trainer = {.scoring = {Loss::crossEntropy, true},
                  .optimizer = {.rules = {"adam", "adam"}},
                  .tensors = weightsAndBiases(2),
                  .mayResume = true},
      .run = {.batchSize = kBatch, .epochs = 1, .seed = 7, .order = Sampler::Order::sequential, .scheduled = false}};
}

/// A network with steps that are small work at width 20, and work for the engine at width 4000.
template <typename Real>
std::shared_ptr<const Network<Real>> networkOf(size_t width) {
  return chain<Real>({6, width, 4}, {Activation::relu, Activation::identity});
}

TEST_SUITE_BEGIN("training");

TEST_CASE_TEMPLATE("steps on single minibatches equal the plain loop bit for bit, on this thread and on a team", Real,
                   float, double) {
  const Dataset data = classified(kBatch, 6, 4, 1);
  for (const size_t width : {20, 4000}) {
    CAPTURE(width);
    const auto network = networkOf<Real>(width);
    Buffer<Real> plain = initialParameters(*network, 3);
    trainPlainly(*network, plain, data, options(), kConstant, 5);
    for (const size_t members : {1, 2, 3}) {
      CAPTURE(members);
      Engine::instance().configure(members, {});
      Buffer<Real> parameters = initialParameters(*network, 3);
      Trainer<Real> trainer(network, parameters.data(), options().trainer);
      for (int64_t step = 1; step <= 5; ++step) {
        CHECK(stepOnline(trainer, data, kAdam.data()) == Trainer<Real>::Outcome::stepped);
        CHECK(trainer.counts().steps == step);
      }
      CHECK(difference(parameters, plain) == "");
    }
  }
}

TEST_CASE_TEMPLATE("a step that overflows is rolled back with all of its state, on this thread and on a team", Real,
                   float, double) {
  const Dataset data = classified(kBatch, 6, 4, 1);
  std::vector<double> far = kAdam;
  for (double& number : far)
    if (number == 1e-2) number = std::numeric_limits<Real>::max();
  for (const bool averages : {false, true}) {
    CAPTURE(averages);
    for (const size_t width : {20, 4000}) {
      CAPTURE(width);
      const auto network = networkOf<Real>(width);
      auto all = options().trainer;
      all.optimizer.averages = averages;
      std::vector<double> near = kAdam;
      near[1] = far[1] = averages ? 0.5 : 0;  // the weight of the average
      Buffer<Real> calm = initialParameters(*network, 3), tried = initialParameters(*network, 3);
      Trainer<Real> one(network, calm.data(), all), other(network, tried.data(), all);
      for (int i = 0; i < 3; ++i) {
        CHECK(stepOnline(one, data, near.data()) == Trainer<Real>::Outcome::stepped);
        CHECK(stepOnline(other, data, near.data()) == Trainer<Real>::Outcome::stepped);
        far[2] = near[2];
        const auto outcome = stepOnline(other, data, far.data());
        // Adam's steps are about as long as its rate, so that some parameters overflow.
        CHECK(outcome == Trainer<Real>::Outcome::failed);
        CHECK(std::string(other.result().failure.what) == "the parameters became non-finite");
        CHECK(other.counts().steps == one.counts().steps);
        CHECK(difference(tried, calm) == "");
      }
    }
  }
}

TEST_CASE("training continues from its own parameters, or from those written over them") {
  const Dataset data = classified(kBatch, 6, 4, 1);
  const auto network = networkOf<float>(20);
  auto all = options().trainer;
  all.optimizer.averages = true;
  std::vector<double> row = kAdam;
  row[1] = 0.5;
  const auto step = [&](Trainer<float>& trainer) { stepOnline(trainer, data, row.data()); };

  Buffer<float> averaged = initialParameters(*network, 3), trained = initialParameters(*network, 3);
  Trainer<float> trainer(network, averaged.data(), all), plain(network, trained.data(), options().trainer);
  for (int i = 0; i < 3; ++i) {
    step(trainer);
    step(plain);
  }
  CHECK(difference(averaged, trained) != "");
  trainer.resume();
  CHECK(difference(averaged, trained) == "");
  trainer.pause();
  CHECK(difference(averaged, trained) != "");

  const Buffer<float> other = initialParameters(*network, 4);
  std::copy_n(other.data(), other.size(), averaged.data());
  trainer.resume();
  CHECK(difference(averaged, other) == "");
  trainer.pause();  // no step was taken meanwhile
  CHECK(difference(averaged, other) == "");
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
