#include <omp.h>

#include <exception>
#include <future>
#include <thread>
#include <vector>

#include "parallel/team.h"
#include "parallel/threads.h"

namespace glissade {

struct Threads::Pool {
  size_t had = 1;  // threads that OpenMP has started, or can start
};

namespace {

/// How many threads, up to `most`, can be started now: starts them and waits for their end.
size_t startable(size_t most) {
  std::vector<std::thread> threads;
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  try {
    while (threads.size() < most) threads.emplace_back([ended] { ended.wait(); });
  } catch (const std::exception&) {  // no more threads, or no memory for them
  }
  end.set_value();
  for (std::thread& thread : threads) thread.join();
  return threads.size();
}

}  // namespace

Threads::Threads() : pool_(std::make_unique<Pool>()) {}
Threads::~Threads() = default;

size_t Threads::grow(size_t most) {
  size_t& had = pool_->had;
  if (most > had) had += startable(most - had);  // OpenMP would end the process if it got too few
  return std::min(most, had);
}

void Threads::run(size_t members, const Work& work) noexcept {
#pragma omp parallel num_threads(static_cast <int>(members))
  work(Member(static_cast<size_t>(omp_get_thread_num()), static_cast<size_t>(omp_get_num_threads())));
}

size_t Threads::available() {
  return static_cast<size_t>(omp_get_max_threads());  // OMP_NUM_THREADS is honoured
}

void Member::barrier() const {
  if (count_ == 1) return;
#pragma omp barrier
}

}  // namespace glissade
