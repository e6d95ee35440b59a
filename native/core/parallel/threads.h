#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace glissade {

class Member;

/// The threads of a team. One thread owns them and takes part as the first member.
class Threads {
 public:
  Threads();
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  /// Prepares for `most` threads, the owner included. Returns how many can run: fewer if the system allows no more.
  size_t grow(size_t most);

  /// Runs work(member) for `members` members, each on a thread of its own, and waits for all of them.
  using Work = std::function<void(const Member&)>;
  void run(size_t members, const Work& work) noexcept;

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace glissade
