// Steps allocate no memory. A run without memory ends with the parameters after its last step.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <numeric>

#include "bits.h"
#include "models/architectures.h"
#include "on_team.h"
#include "training/evaluation/curvature_probe.h"
#include "training/followed.h"
#include "training/plain.h"

namespace {
std::atomic<size_t> allocations{0};
thread_local int refusals = 0;  // the number of this thread's next allocations that fail

bool isRefused() {
  ++allocations;
  if (refusals == 0) return false;
  --refusals;
  return true;
}

void* counted(size_t size, size_t alignment) {
  if (isRefused()) throw std::bad_alloc();
  void* const memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}
}  // namespace

void* operator new(size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(size_t size, std::align_val_t alignment) { return counted(size, size_t(alignment)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

#if defined(GLISSADE_WRAPS_CALLOC)
// Buffers use calloc, whose calls the linker redirects to this function.
extern "C" void* __real_calloc(size_t count, size_t size);
extern "C" void* __wrap_calloc(size_t count, size_t size) { return isRefused() ? nullptr : __real_calloc(count, size); }
#endif

namespace glissade {
namespace {

void checkSteps(const std::shared_ptr<const Network<float>>& network, const Dataset& data,
                std::initializer_list<Precision> precisions) {
  std::vector<uint32_t> rows(60);
  std::iota(rows.begin(), rows.end(), 0u);
  const std::vector<double> row = recordOf({1e-3, 0.9, 0.999, 1e-8, 0, 1e-3, 0.9, 0.999, 1e-8, 0});
  for (const Precision precision : precisions)
    for (const Clipping clipping : {Clipping::none, Clipping::norm})
      for (const size_t members : {1, 2}) {
        CAPTURE(int(precision));
        CAPTURE(int(clipping));
        CAPTURE(members);
        Buffer<float> parameters = initialParameters(*network, 3);
        TrainerOptions options{.scoring = {Loss::crossEntropy, true},
                               .optimizer = {.rules = {"adam", "adam"}, .clipping = clipping},
                               .tensors = treatmentsFor(*network)};
        options.precision = precision;
        Trainer<float> trainer(network, parameters.data(), options);
        trainer.reserve(60);
        trainer.setTeamSize(members);
        size_t before = 0, after = 0;
        onTeam(members, [&](const Member& member) {
          for (int step = 0; step < 40; ++step) {
            if (member.isFirst()) {
              if (step == 3) before = allocations;
              trainer.prepare(member, {&data, rows.data(), size_t(step % 2 ? 60 : 11), false}, row.data());
            }
            member.barrier();
            trainer.step(member);
            if (member.isFirst()) trainer.conclude();
            member.barrier();
          }
          if (member.isFirst()) after = allocations;
        });
        CHECK(before > 0);
        CHECK(after == before);
      }
}

TEST_SUITE_BEGIN("training");

TEST_CASE("steps allocate nothing after the first ones") {
  checkSteps(chain<float>({60, 70, 40, 4}, {Activation::gelu, Activation::relu, Activation::identity}), images(60, 1),
             {Precision::full, Precision::bfloat16});
  checkSteps(everyLayer<float>(Activation::gelu), images(60, 1), {Precision::full});
}

TEST_CASE("a probe of the curvature allocates nothing after its start") {
  const auto network = everyLayer<float>(Activation::gelu);
  const Buffer<float> parameters = initialParameters(*network, 3);
  CurvatureProbe<float> probe(kernels(), network, images(2 * network->forwardRows() + 5, 1),
                              {Loss::crossEntropy, false}, 50);
  for (const size_t members : {1, 2}) {
    CAPTURE(members);
    probe.setTeamSize(members);
    probe.begin(parameters.data());
    size_t before = 0, after = 0;
    onTeam(members, [&](const Member& member) {
      if (member.isFirst()) before = allocations;
      member.barrier();
      while (probe.advance(member)) member.barrier();
      if (member.isFirst()) after = allocations;
    });
    CHECK(before > 0);
    CHECK(after == before);
  }
}

/// A trainer that keeps an average of its parameters. Its runs allocate memory at the beginning of each epoch.
struct Averaged {
  Dataset data = classified(230, 6, 4, 1);
  std::shared_ptr<const Network<float>> network = chain<float>({6, 20, 4}, {Activation::relu, Activation::identity});
  Buffer<float> parameters = initialParameters(*network, 3);
  std::shared_ptr<Snapshot<float>> snapshot = std::make_shared<Snapshot<float>>();
  std::shared_ptr<Trainer<float>> trainer =
      std::make_shared<Trainer<float>>(network, parameters.data(),
                                       TrainerOptions{.scoring = {Loss::crossEntropy, true},
                                                      .optimizer = {.rules = {"adamw", "adamw"}, .averages = true},
                                                      .tensors = weightsAndBiases(2),
                                                      .mayResume = true});

  /// A run with minibatches of 32 rows, 8 steps an epoch. After the first epoch, the next `failing` allocations fail.
  RunOutcome run(size_t firstEpoch, size_t epochs, int failing = 0) {
    const RunOptions options{.batchSize = 32,
                             .epochs = epochs,
                             .firstEpoch = firstEpoch,
                             .seed = 7,
                             .order = Sampler::Order::stratified,
                             .scheduled = false};
    const auto run = std::make_shared<TrainingRun<float>>(trainer, snapshot, data, std::nullopt, std::nullopt, options);
    std::vector<double> row = recordOf({1e-2, 0.9, 0.999, 1e-8, 0.1, 1e-2, 0.9, 0.999, 1e-8, 0});
    row[1] = 0.3;  // the weight of the average
    run->supply(row);
    Followed followed(
        run, [failing](const RunNews& news) { refusals = news.outcome.status == Status::running ? failing : 0; });
    return followed.end();
  }

 private:
  using Status = RunOutcome::Status;
};

TEST_CASE("a run without memory leaves the model as after its last step, and can continue") {
  Averaged one, whole;
  CHECK(one.run(0, 1).status == RunOutcome::Status::completed);
  CHECK(whole.run(0, 3).status == RunOutcome::Status::completed);
  CHECK(difference(one.parameters, whole.parameters) != "");
  for (const int failing : {1, 1 << 30}) {
    CAPTURE(failing);
    Averaged starved;
    const RunOutcome outcome = starved.run(0, 3, failing);
    CHECK(outcome.status == RunOutcome::Status::failed);
    CHECK(outcome.code == "ERR_OUT_OF_RANGE");
    CHECK(outcome.message == (failing == 1
                                  ? "there was not enough memory at step 9 (epoch 2); parameters are as after step 8."
                                  : "out of memory"));
    CHECK(starved.trainer->counts().steps == 8);
    CHECK(difference(starved.parameters, one.parameters) == "");
    CHECK(starved.snapshot->read()->step == 8);
    CHECK(difference(starved.snapshot->read()->parameters, one.parameters) == "");
    CHECK(starved.run(1, 2).status == RunOutcome::Status::completed);
    CHECK(difference(starved.parameters, whole.parameters) == "");
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
