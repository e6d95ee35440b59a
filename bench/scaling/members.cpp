// Prints the time of a training step by teams of 1 to 64 members, in µs, as JSON. With more members than processors it
// shows the additional work per member: processor time should be that of one member, and grow at most in proportion to
// the number of members. Arguments: batch size, number of inputs, outputs of each layer.
//
// cmake -S . -B build-cmake/bench -DGLISSADE_TESTS=OFF -DGLISSADE_BENCH=ON
// cmake --build build-cmake/bench --target members_bench && build-cmake/bench/members_bench 32 784 128 10
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numeric>
#include <vector>

#include "examples.h"
#include "parallel/threads.h"
#include "training/steps/trainer.h"

namespace glissade {
namespace {

constexpr int kRounds = 5, kSteps = 40;

double seconds(clockid_t clock) {
  timespec time{};
  (void)clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

struct Times {
  double elapsed, ofProcessors;
};

/// The least time of a step in several rounds.
Times timesOf(const std::vector<size_t>& widths, size_t batch, size_t members) {
  std::vector<Activation> activations(widths.size() - 1, Activation::relu);
  activations.back() = Activation::identity;
  const auto network = chain<float>(widths, activations);
  Buffer<float> parameters = initialParameters(*network, 1);
  TrainerOptions options;
  options.scoring = {Loss::crossEntropy, false};
  options.optimizer.rules = {"adam"};
  options.tensors.assign(network->tensors().size(), {0, false});
  Trainer<float> trainer(network, parameters.data(), options);
  std::vector<double> record(sizeof(StepSettings) / sizeof(double), 0.0);
  record.insert(record.end(), {1e-3, 0.9, 0.999, 1e-8, 0});

  const Dataset data = classified(batch, widths.front(), widths.back(), 2);
  std::vector<uint32_t> rows(batch);
  std::iota(rows.begin(), rows.end(), 0u);
  trainer.reserve(batch, 1);
  trainer.setTeamSize(members);
  Threads threads;
  threads.grow(members);
  Times least{1e9, 1e9};
  for (int round = 0; round < kRounds; ++round) {
    const double began = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    threads.run(members, [&](const Member& member) {
      for (int step = 0; step < kSteps; ++step) {
        if (member.isFirst()) trainer.prepare(member, {&data, rows.data(), batch, false}, record.data());
        member.barrier();
        trainer.step(member);
        if (member.isFirst()) trainer.conclude();
        member.barrier();
      }
    });
    least.elapsed = std::min(least.elapsed, (seconds(CLOCK_MONOTONIC) - began) / kSteps);
    least.ofProcessors = std::min(least.ofProcessors, (seconds(CLOCK_PROCESS_CPUTIME_ID) - used) / kSteps);
  }
  return least;
}

}  // namespace
}  // namespace glissade

int main(int count, char** arguments) {
  std::vector<size_t> numbers;
  for (int i = 1; i < count; ++i) numbers.push_back(std::strtoul(arguments[i], nullptr, 10));
  const std::vector<size_t> widths(numbers.begin() + 1, numbers.end());
  for (const size_t members : {1, 2, 4, 8, 16, 32, 64}) {
    const auto [elapsed, ofProcessors] = glissade::timesOf(widths, numbers[0], members);
    std::printf("{\"members\": %zu, \"elapsed\": %.1f, \"ofProcessors\": %.1f}\n", members, 1e6 * elapsed,
                1e6 * ofProcessors);
  }
}
