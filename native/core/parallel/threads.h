#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace glissade {

class Member;

/// The threads of a team: OpenMP's (openmp_threads.cpp) or its own (own_threads.cpp), as the build says. One thread
/// owns them and takes part as the first member.
class Threads {
 public:
  Threads();
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  /// Returns how many threads there can be, up to `most`: as many as the process may have.
  size_t grow(size_t most);

  /// Runs work(member) for so many members, each on a thread of its own, and waits for them.
  using Work = std::function<void(const Member&)>;
  void run(size_t members, const Work& work) noexcept;

  /// How many threads this machine offers the process.
  static size_t available();

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace glissade
