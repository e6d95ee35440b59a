// Curvature probes during runs: they see the parameters after a step, and change nothing.
#include "training/evaluation/curvature_probe.h"

#include <doctest/doctest.h>

#include "bits.h"
#include "models/architectures.h"
#include "on_team.h"
#include "tables.h"
#include "training/followed.h"
#include "training/plain.h"

namespace glissade {
namespace {

using Status = RunOutcome::Status;

template <typename Real>
struct Example {
  std::shared_ptr<const Network<Real>> network = everyLayer<Real>(Activation::silu);
  Dataset data = images(130, 1), others = images(network->forwardRows() + 40, 2);
  PlainOptions options{
      .trainer = {.scoring = {Loss::crossEntropy, false},
                  .optimizer = {.rules = {"adamw", "adamw"}},
                  .tensors = treatmentsFor(*network)},
      .run = {.batchSize = 32, .epochs = 4, .seed = 7, .order = Sampler::Order::permuted, .scheduled = false}};
  Schedule schedule = [](int64_t) { return recordOf({1e-2, 0.9, 0.999, 1e-8, 0.1, 1e-2, 0.9, 0.999, 1e-8, 0}); };

  Buffer<Real> after(int64_t steps) const {
    Buffer<Real> parameters = initialParameters(*network, 3);
    trainPlainly(*network, parameters, data, options, schedule, steps);
    return parameters;
  }

  AlongGradient at(const Buffer<Real>& parameters) const {
    Buffer<Real> gradient(parameters.size()), product(parameters.size());
    AlongGradient found;
    found.loss = differentiate(network, parameters.data(), others, options.trainer.scoring, {},
                               Derivatives<Real>{gradient.data()});
    differentiate(network, parameters.data(), others, options.trainer.scoring, {},
                  Derivatives<Real>{nullptr, gradient.data(), product.data()});
    for (size_t i = 0; i < parameters.size(); ++i) {
      found.squaredGradientNorm += double(gradient[i]) * double(gradient[i]);
      found.gradientCurvature += double(gradient[i]) * double(product[i]);
    }
    return found;
  }
};

TEST_SUITE_BEGIN("training");

TEST_CASE_TEMPLATE("probes compute the gradient and the curvature at each due step", Real, float, double) {
  const Example<Real> example;
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    useInstructionSet(nameOf(table->instructionSet));
    const Buffer<Real> end = example.after(20);
    for (const size_t members : {1, 2, 3}) {
      CAPTURE(members);
      Engine::instance().configure(members, {});
      Buffer<Real> parameters = initialParameters(*example.network, 3);
      const auto run = runOf(example.network, parameters, std::make_shared<Snapshot<Real>>(), example.data,
                             example.options, example.data, Looks{example.others, 7});
      run->supply(example.schedule(0));
      Followed followed(run);
      CHECK(followed.end().status == Status::completed);
      CHECK(difference(parameters, end) == "");
      CHECK(followed.epochs().size() == 4);
      REQUIRE(followed.curvature().size() == 3);
      for (size_t i = 0; i < 3; ++i) {
        const CurvatureReport& report = followed.curvature()[i];
        const AlongGradient expected = example.at(example.after(int64_t(7 * i)));
        CHECK(report.steps == int64_t(7 * i));
        CHECK(report.epoch == 7 * i / 5);  // an epoch has five steps
        CHECK(report.found.loss == expected.loss);
        CHECK(report.found.squaredGradientNorm == doctest::Approx(expected.squaredGradientNorm).epsilon(1e-13));
        CHECK(report.found.gradientCurvature == doctest::Approx(expected.gradientCurvature).epsilon(1e-11));
      }
    }
  }
}

TEST_CASE("a listener can stop the run because of a probe") {
  const Example<float> example;
  Buffer<float> parameters = initialParameters(*example.network, 3);
  const auto run = runOf(example.network, parameters, std::make_shared<Snapshot<float>>(), example.data,
                         example.options, std::nullopt, Looks{example.others, 3});
  run->supply(example.schedule(0));
  Followed followed(run, [&](const RunNews& news) {
    for (const CurvatureReport& report : news.curvature)
      if (report.steps == 6) run->stop();
  });
  CHECK(followed.end().status == Status::stopped);
  CHECK(run->progress().steps == 6);
  CHECK(difference(parameters, example.after(6)) == "");
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
