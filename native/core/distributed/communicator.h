#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "distributed/mpi.h"
#include "distributed/ranks.h"
#include "error.h"

namespace glissade {

/// How the gradients of ranks are summed. `library`: by MPI, in an order that it chooses. `ordered`: in the order of
/// ranks, to the same bits with any library. `bfloat16`: likewise, with numbers rounded to bfloat16 on the way.
enum class Summation { library, ordered, bfloat16 };

/// The ranks of an MPI job: processes that train together, numbered from 0. All functions but `requestAbort` are called
/// on the engine's thread, and those that exchange something in the same order by all ranks.
///
/// @throws Error ERR_MPI if MPI fails, or if other ranks have not answered for `patience` seconds.
class Communicator final : public Ranks {
 public:
  Communicator(std::unique_ptr<Mpi> mpi, Summation summation, double patience);

  /// The exclusive right to exchange something with other ranks. One run or call has it at a time, so that all ranks
  /// exchange the same things in the same order.
  class Lock {
   public:
    Lock() = default;
    /// An empty one for a process alone.
    /// @throws Error ERR_BUSY if another run or call has it.
    explicit Lock(std::shared_ptr<Communicator> of);
    Lock(Lock&& other) = default;
    Lock& operator=(Lock&& other) = default;
    ~Lock() { end(); }
    void end() {
      if (of_) of_->isLocked_ = false;
      of_.reset();
    }

   private:
    std::shared_ptr<Communicator> of_;
  };

  size_t rank() const { return rank_; }
  size_t size() const override { return size_; }
  bool areMany() const override { return true; }
  Summation summation() const { return summation_; }
  /// A rank's part of so many items, or this rank's. Parts are about equal, in the order of ranks.
  Range part(size_t items, size_t rank) const { return {items * rank / size_, items * (rank + 1) / size_}; }
  Range part(size_t items) const override { return part(items, rank_); }
  Mpi& mpi() { return *mpi_; }

  /// Waits for an operation, and calls `meanwhile` again and again. A thread that waits for long sleeps, so that others
  /// may have its processor.
  void wait(MpiRequest& request, const std::function<void()>& meanwhile = {});

  /// Copies memory of the first rank to all others.
  void broadcast(void* bytes, size_t count);
  /// `count` bytes of each rank, in the order of ranks.
  void gather(const void* mine, size_t count, void* all);
  /// Bytes of each rank, as many as each has: `all` gets them in the order of ranks, with no space in between. Returns
  /// how many each has given.
  std::vector<size_t> gather(std::span<const std::byte> mine, std::vector<std::byte>& all);
  std::span<const std::byte> together(std::span<const std::byte> mine, std::vector<std::byte>& room) noexcept override;
  /// The texts of all ranks.
  std::vector<std::string> gather(const std::string& mine);
  /// @throws Error ERR_RANKS_DIFFER unless the texts of all ranks are the same. It shows the first difference.
  void checkSame(const std::string& mine);
  void checkSameCall(const std::string& identity) override;
  /// Waits until all ranks have called this, and ends MPI. Other exchanges with a rank that has called it fail.
  void finish();

  /// Runs `work`, where no exception may pass. The first exception is noted as the failure; after one, nothing more is
  /// run.
  template <typename Work>
  void attempt(Work work) noexcept {
    if (hasFailed()) return;
    try {
      work();
    } catch (const Error& error) {
      noteFailure(error.code(), error.what());
    } catch (const std::exception& error) {
      noteFailure("ERR_MPI", error.what());
    }
  }
  /// The failure that `attempt` has noted: a code and a sentence, both empty without a failure.
  const char* failureCode() const { return failureCode_; }
  const char* failure() const { return failure_; }
  bool hasFailed() const override { return failureCode_[0] != 0; }
  void throwIfFailed() const override;

  /// MPI is for the engine's thread.
  void run(const Engine::Work& work) const override { Engine::instance().run(work); }

  /// Ends all processes of the job.
  void abort(int code) { mpi_->abort(code); }
  /// From any thread: whatever waits for other ranks calls abort(code) instead.
  void requestAbort(int code) { abortCode_.store(code, std::memory_order_release); }

 private:
  void noteFailure(const char* code, const char* what) noexcept;

  const std::unique_ptr<Mpi> mpi_;
  const size_t rank_, size_;
  const Summation summation_;
  const double patience_;  // in seconds
  // A rank that ends notifies the next one, in a ring.
  std::byte notice_{}, noticeBefore_{};
  MpiRequest endBefore_;  // of the rank before
  bool hasEnded_ = false;
  std::atomic<int> abortCode_{0};
  std::atomic<bool> isLocked_{false};
  const char* failureCode_ = "";
  char failure_[256] = "";
};

/// These ranks, or this process alone if there are none.
inline std::shared_ptr<Ranks> orAlone(std::shared_ptr<Communicator> ranks) {
  return ranks ? std::shared_ptr<Ranks>(std::move(ranks)) : std::make_shared<Ranks>();
}

}  // namespace glissade
