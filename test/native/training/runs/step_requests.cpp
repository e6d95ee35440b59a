// Steps that callers request of a run, and its waits at the ends of epochs.
#include "training/runs/step_requests.h"

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "bits.h"
#include "examples.h"
#include "on_team.h"
#include "training/followed.h"
#include "training/plain.h"
#include "training/steps/online.h"

namespace glissade {
namespace {

using Status = RunOutcome::Status;

const std::vector<double> kAdam = recordOf({1e-2, 0.9, 0.999, 1e-8, 0, 1e-2, 0.9, 0.999, 1e-8, 0});

PlainOptions optionsOf(size_t epochs) {
  return {.trainer = {.scoring = {Loss::crossEntropy, true},
                      .optimizer = {.rules = {"adam", "adam"}},
                      .tensors = weightsAndBiases(2),
                      .mayResume = true},
          .run = {.batchSize = 20, .epochs = epochs, .seed = 7, .order = Sampler::Order::permuted, .scheduled = false}};
}

struct Example {
  Dataset data = classified(60, 6, 4, 1), minibatch = classified(5, 6, 4, 2);
  std::shared_ptr<const Network<float>> network = chain<float>({6, 20, 4}, {Activation::relu, Activation::identity});
  Buffer<float> parameters = initialParameters(*network, 3);
  std::shared_ptr<Run> run;

  explicit Example(PlainOptions options, bool waits = false) {
    options.run.waitsAtEpochs = waits;
    run = runOf(network, parameters, std::make_shared<Snapshot<float>>(), data, options);
    run->supply(kAdam);
  }
};

TEST_SUITE_BEGIN("training");

TEST_CASE("requests are taken in order of arrival, until the queue is closed") {
  StepRequests requests;
  CHECK_FALSE(requests.isAnyWaiting());
  CHECK_FALSE(requests.take());
  const Dataset minibatch = classified(1, 2, 2, 1);
  for (const uint64_t id : {7, 3, 5}) CHECK(requests.add({id, minibatch}));
  CHECK(requests.isAnyWaiting());
  CHECK(requests.take()->id == 7);
  CHECK(requests.take()->id == 3);
  requests.close();
  CHECK_FALSE(requests.isAnyWaiting());
  CHECK_FALSE(requests.take());
  CHECK_FALSE(requests.add({9, minibatch}));
}

TEST_CASE("a run waits at the end of each epoch until it can continue, and takes requested steps there") {
  for (const size_t members : {1, 2}) {
    CAPTURE(members);
    Engine::instance().configure(members, {});
    Example example(optionsOf(3), true);
    std::mutex mutex;
    std::vector<StepAnswer> answers;
    std::atomic<size_t> epoch{0}, answered{0};
    Followed followed(example.run, [&](const RunNews& news) {
      const std::lock_guard lock(mutex);
      answers.insert(answers.end(), news.answers.begin(), news.answers.end());
      answered = answers.size();
      if (!news.epochs.empty()) epoch = news.epochs.back().epoch;
    });
    // The same with a trainer's steps between runs of one epoch.
    Buffer<float> parameters = initialParameters(*example.network, 3);
    auto trainer = std::make_shared<Trainer<float>>(example.network, parameters.data(), optionsOf(1).trainer);
    for (size_t at = 1; at <= 3; ++at) {
      while (epoch < at) std::this_thread::yield();
      for (int i = 0; i < 3; ++i) passBy();
      CHECK(example.run->progress().steps == int64_t(4 * (at - 1) + 3));
      example.run->goOn(at - 1);  // of an earlier epoch: it keeps waiting
      CHECK(example.run->request({at, example.minibatch}));
      while (answered < at) std::this_thread::yield();

      PlainOptions options = optionsOf(1);
      options.run.firstEpoch = at - 1;
      auto run = std::make_shared<TrainingRun<float>>(trainer, std::make_shared<Snapshot<float>>(), example.data,
                                                      std::nullopt, std::nullopt, options.run);
      run->supply(kAdam);
      CHECK(Followed(run).end().status == Status::completed);
      CHECK(stepOnline(*trainer, example.minibatch, kAdam.data()) == Trainer<float>::Outcome::stepped);
      {
        const std::lock_guard lock(mutex);
        CHECK(answers.back().id == at);
        CHECK(answers.back().code.empty());
        CHECK(answers.back().steps == trainer->counts().steps);
        CHECK(answers.back().tally.loss == trainer->result().tally.loss);
      }
      example.run->goOn(at);
    }
    CHECK(followed.end().status == Status::completed);
    CHECK(difference(example.parameters, parameters) == "");
    CHECK_FALSE(example.run->request({9, example.minibatch}));
  }
}

TEST_CASE("a run waiting at an epoch ends when it is stopped, and continues when waiting is turned off") {
  for (const bool stops : {true, false}) {
    CAPTURE(stops);
    Example example(optionsOf(5), true);
    std::atomic<size_t> epochs{0};
    Followed followed(example.run, [&](const RunNews& news) { epochs += news.epochs.size(); });
    while (epochs < 1) std::this_thread::yield();
    stops ? example.run->stop() : example.run->runThrough();
    CHECK(followed.end().status == (stops ? Status::stopped : Status::completed));
    CHECK(epochs == (stops ? 1 : 5));
  }
}

TEST_CASE("a failing requested step changes nothing") {
  Example example(optionsOf(2)), other(optionsOf(2));
  const std::vector<float> inputs(6, 3e38f);
  Dataset minibatch;
  minibatch.inputs.emplace_back(tableOf(Format::float32, inputs, 6));
  minibatch.targets = tableOf(Format::uint8, std::vector<uint8_t>{1}, 1);
  CHECK(example.run->request({1, minibatch}));
  std::string code;
  Followed followed(example.run, [&](const RunNews& news) {
    if (!news.answers.empty()) code = std::string(news.answers.front().code);
  });
  CHECK(followed.end().status == Status::completed);
  CHECK(code == "ERR_NON_FINITE");
  CHECK(Followed(other.run).end().status == Status::completed);
  CHECK(difference(example.parameters, other.parameters) == "");
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
