#include "training/runs/training_run.h"

#include <doctest/doctest.h>

#include <limits>

#include "bits.h"
#include "error.h"
#include "examples.h"
#include "on_team.h"
#include "tables.h"
#include "training/followed.h"
#include "training/plain.h"

namespace glissade {
namespace {

using Status = RunOutcome::Status;

const std::vector<double> kAdamW = recordOf({1e-2, 0.9, 0.999, 1e-8, 0.1, 1e-2, 0.9, 0.999, 1e-8, 0});
const Schedule kConstant = [](int64_t) { return kAdamW; };

PlainOptions optionsOf(size_t batchSize, size_t epochs) {
  return {
      .trainer = {.scoring = {Loss::crossEntropy, true},
                  .optimizer = {.rules = {"adamw", "adamw"}},
                  .tensors = weightsAndBiases(2)},
      .run = {
          .batchSize = batchSize, .epochs = epochs, .seed = 7, .order = Sampler::Order::permuted, .scheduled = false}};
}

/// A model in training on points of four classes.
template <typename Real>
struct Example {
  Dataset data = classified(230, 6, 4, 1), held = classified(77, 6, 4, 2);
  std::shared_ptr<const Network<Real>> network = chain<Real>({6, 20, 4}, {Activation::relu, Activation::identity});
  Buffer<Real> parameters = initialParameters(*network, 3);
  std::shared_ptr<Snapshot<Real>> snapshot = std::make_shared<Snapshot<Real>>();

  std::shared_ptr<Run> run(const PlainOptions& options, bool validates = false) {
    auto run = runOf(network, parameters, snapshot, data, options, validates ? std::optional(held) : std::nullopt);
    run->supply(kAdamW);
    return run;
  }
};

TEST_SUITE_BEGIN("training");

TEST_CASE_TEMPLATE("a run equals the plain loop bit for bit, on every instruction set and in teams of any size", Real,
                   float, double) {
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    useInstructionSet(nameOf(table->instructionSet));
    for (const Precision precision : {Precision::full, Precision::bfloat16}) {
      CAPTURE(int(precision));
      PlainOptions options = optionsOf(32, 5);
      options.trainer.precision = precision;
      Example<Real> plain;
      const PlainReport expected = trainPlainly(*plain.network, plain.parameters, plain.data, options, kConstant, 40);
      for (const size_t members : {1, 2, 3}) {
        CAPTURE(members);
        Engine::instance().configure(members, {});
        Example<Real> example;
        const auto run = example.run(options);
        CHECK(run->totalSteps() == 40);  // 8 minibatches, the last of 6 rows, in each of 5 epochs
        Followed followed(run);
        CHECK(followed.end().status == Status::completed);
        CHECK(difference(example.parameters, plain.parameters) == "");

        CHECK(run->progress().steps == 40);
        REQUIRE(followed.epochs().size() == 5);
        for (size_t i = 0; i < 5; ++i) {
          const EpochReport& epoch = followed.epochs()[i];
          CHECK(epoch.epoch == i + 1);
          CHECK(epoch.steps == 8 * int64_t(i + 1));
          CHECK(epoch.training.loss == expected.epochs[i].loss);
          CHECK(epoch.training.correct == expected.epochs[i].correct);
          CHECK(epoch.training.examples == 230);
          CHECK_FALSE(epoch.validation);
          CHECK(epoch.seconds > 0);
        }
        CHECK(followed.epochs().back().training.meanLoss() < followed.epochs().front().training.meanLoss());
      }
    }
  }
}

TEST_CASE("a minibatch can be larger than the data") {
  Example<float> plain, example;
  const PlainOptions options = optionsOf(1000, 3);
  trainPlainly(*plain.network, plain.parameters, plain.data, options, kConstant, 3);
  const auto run = example.run(options);
  CHECK(run->totalSteps() == 3);
  CHECK(Followed(run).end().status == Status::completed);
  CHECK(difference(example.parameters, plain.parameters) == "");
}

TEST_CASE("a run over a selection in order equals the plain loop") {
  PlainOptions options = optionsOf(16, 2);
  options.run.order = Sampler::Order::sequential;
  Example<double> plain, example;
  plain.data = example.data = plain.data.select({5, 200, 7, 7, 100, 3, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0, 1, 2});
  trainPlainly(*plain.network, plain.parameters, plain.data, options, kConstant, 4);
  CHECK(Followed(example.run(options)).end().status == Status::completed);
  CHECK(difference(example.parameters, plain.parameters) == "");
}

TEST_CASE("maximize ascends") {
  PlainOptions options = optionsOf(32, 3);
  options.trainer.optimizer.maximize = true;
  Example<double> example;
  Followed followed(example.run(options));
  CHECK(followed.end().status == Status::completed);
  CHECK(followed.epochs().back().training.loss > followed.epochs().front().training.loss);
}

TEST_CASE("every epoch ends with a validation, which changes nothing") {
  Example<float> plain, example;
  const PlainOptions options = optionsOf(32, 3);
  Followed without(plain.run(options)), with(example.run(options, true));
  CHECK(without.end().status == Status::completed);
  CHECK(with.end().status == Status::completed);
  CHECK(difference(example.parameters, plain.parameters) == "");
  for (const EpochReport& epoch : with.epochs()) {
    REQUIRE(epoch.validation);
    CHECK(epoch.validation->examples == 77);
  }
  const std::shared_ptr<const Network<float>> network = example.network;
  const Tally tally = evaluate(network, static_cast<const float*>(example.parameters.data()), example.held,
                               options.trainer.scoring, Precision::full)
                          .tally;
  CHECK(with.epochs().back().validation->loss == tally.loss);
  CHECK(with.epochs().back().validation->correct == tally.correct);
}

TEST_CASE("a stopped run ends at a step boundary") {
  for (const size_t members : {1, 2}) {
    CAPTURE(members);
    Engine::instance().configure(members, {});
    const PlainOptions options = optionsOf(8, 1'000'000);
    Example<float> example;
    const auto run = example.run(options);
    Followed followed(run);
    while (run->progress().steps < 100) std::this_thread::yield();
    run->stop();
    CHECK(followed.end().status == Status::stopped);
    const int64_t steps = run->progress().steps;
    CHECK(steps < run->totalSteps());
    Example<float> plain;
    trainPlainly(*plain.network, plain.parameters, plain.data, options, kConstant, steps);
    CHECK(difference(example.parameters, plain.parameters) == "");
  }
}

TEST_CASE("a listener can stop the run at the end of an epoch") {
  Example<float> example;
  const auto run = example.run(optionsOf(32, 1000));
  Followed followed(run, [&](const RunNews& news) {
    for (const EpochReport& epoch : news.epochs)
      if (epoch.epoch == 4) run->stop();
  });
  CHECK(followed.end().status == Status::stopped);
  CHECK(followed.epochs().size() == 4);
  CHECK(run->progress().steps == 4 * 8);
}

TEST_CASE("a run that is stopped before it starts takes no step") {
  Example<float> example;
  const Buffer<float> before = copyOf(example.parameters);
  const auto run = example.run(optionsOf(32, 10));
  run->stop();
  CHECK(Followed(run).end().status == Status::stopped);
  CHECK(run->progress().steps == 0);
  CHECK(difference(example.parameters, before) == "");
}

TEST_CASE("several runs share the engine, each with the results of a run alone") {
  const PlainOptions options = optionsOf(32, 20);
  Example<float> plain, a, b, c;
  trainPlainly(*plain.network, plain.parameters, plain.data, options, kConstant, 160);
  Followed first(a.run(options)), second(b.run(options, true)), third(c.run(options));
  CHECK(first.end().status == Status::completed);
  CHECK(second.end().status == Status::completed);
  CHECK(third.end().status == Status::completed);
  for (const Example<float>* example : {&a, &b, &c}) CHECK(difference(example->parameters, plain.parameters) == "");
}

TEST_CASE("parameters are published before the first step and after every epoch") {
  Example<double> example;
  const Buffer<double> before = copyOf(example.parameters);
  const auto run = example.run(optionsOf(32, 4));
  const auto early = example.snapshot->read();
  REQUIRE(early);
  CHECK(early->step == 0);
  CHECK(difference(early->parameters, before) == "");

  std::vector<std::string> differences;
  std::vector<int64_t> steps;
  Followed followed(run, [&](const RunNews& news) {
    if (news.epochs.empty()) return;
    const auto copy = example.snapshot->read();
    steps.push_back(copy->step);
    differences.push_back(difference(copy->parameters, example.parameters));
  });
  CHECK(followed.end().status == Status::completed);
  CHECK(steps == std::vector<int64_t>{8, 16, 24, 32});
  for (const std::string& each : differences) CHECK(each == "");
  CHECK(difference(early->parameters, before) == "");  // the earlier copy has not changed
}

TEST_CASE("the snapshot of a run has the parameters after its step") {
  const PlainOptions options = optionsOf(4, 1'000'000);
  Example<float> example;
  const auto run = example.run(options);
  Followed followed(run);
  std::shared_ptr<const Snapshot<float>::Copy> copy;
  do {
    std::this_thread::yield();
    copy = example.snapshot->read();
  } while (copy->step == 0);
  run->stop();
  followed.end();
  Example<float> plain;
  trainPlainly(*plain.network, plain.parameters, plain.data, options, kConstant, copy->step);
  CHECK(difference(copy->parameters, plain.parameters) == "");
}

TEST_CASE("non-finite parameters are refused before anything starts") {
  Example<float> example;
  example.parameters[17] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(example.run(optionsOf(32, 1)), "the parameters of the network are not finite", Error);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
