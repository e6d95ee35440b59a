#include "distributed/communicator.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "error.h"

namespace glissade {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// An exchange over shared memory takes some µs, one over a network up to some hundred. A thread that sleeps is woken up
// to 60 µs late.
constexpr int kCallsBeforeTheClock = 200;
constexpr auto kAwake = 2ms;
constexpr auto kSleep = 50us;
constexpr auto kLastWay = 2s;

}  // namespace

Communicator::Communicator(std::unique_ptr<Mpi> mpi, Summation summation, double patience)
    : mpi_(std::move(mpi)), rank_(mpi_->rank()), size_(mpi_->size()), summation_(summation), patience_(patience) {
  endBefore_ = mpi_->beginReceive(&noticeBefore_, (rank_ + size_ - 1) % size_);
}

Communicator::Lock::Lock(std::shared_ptr<Communicator> of) {
  if (of && of->isLocked_.exchange(true))
    throw Error("ERR_BUSY",
                "the group is at another run or call: ranks do one thing together at a time; await that one first");
  of_ = std::move(of);
}

void Communicator::wait(MpiRequest& request, const std::function<void()>& meanwhile) {
  for (int i = 0; i < kCallsBeforeTheClock; ++i)
    if (mpi_->isDone(request)) return;
  // Open MPI makes no progress between calls, so the wait consists of calls.
  const auto begin = Clock::now();
  std::optional<Clock::time_point> noticedAt;  // when the rank before was found to have ended
  while (!mpi_->isDone(request)) {
    if (meanwhile) meanwhile();
    if (const int code = abortCode_.load(std::memory_order_acquire)) mpi_->abort(code);
    if (!hasEnded_ && !noticedAt && mpi_->isDone(endBefore_)) noticedAt = Clock::now();
    // What it sent before may still be on its way.
    if (noticedAt && Clock::now() - *noticedAt > kLastWay)
      throw Error("ERR_MPI",
                  "rank " + std::to_string((rank_ + size_ - 1) % size_) +
                      " has ended its program, while this one waits for it: all ranks must make the same calls");
    const auto waited = Clock::now() - begin;
    // A rank that has ended its work waits as long as others work.
    if (!hasEnded_ && std::chrono::duration<double>(waited).count() > patience_)
      throw Error("ERR_MPI", "other ranks have not answered for " + std::to_string(static_cast<long>(patience_)) +
                                 " s: one of them has ended, is at another call, or is cut off");
    // There may be more ranks than processors: a waiting rank lets another one work.
    waited < kAwake ? std::this_thread::yield() : std::this_thread::sleep_for(kSleep);
  }
}

void Communicator::throwIfFailed() const {
  if (hasFailed()) throw Error(failureCode_, failure_);
}

void Communicator::noteFailure(const char* code, const char* what) noexcept {
  failureCode_ = code;
  std::strncpy(failure_, what, sizeof failure_ - 1);
}

void Communicator::broadcast(void* bytes, size_t count) {
  for (size_t at = 0; at < count; at += Mpi::kMost) {
    MpiRequest request = mpi_->beginBroadcast(static_cast<std::byte*>(bytes) + at, std::min(Mpi::kMost, count - at));
    wait(request);
  }
}

void Communicator::gather(const void* mine, size_t count, void* all) {
  MpiRequest request = mpi_->beginGather(mine, count, all);
  wait(request);
}

std::vector<size_t> Communicator::gather(std::span<const std::byte> mine, std::vector<std::byte>& all) {
  const uint64_t count = mine.size();
  std::vector<uint64_t> counts(size_);
  gather(&count, sizeof count, counts.data());
  MpiParts parts{std::vector<int>(size_), std::vector<int>(size_)};
  size_t sum = 0;
  for (size_t rank = 0; rank < size_; ++rank) {
    parts.places[rank] = static_cast<int>(sum);
    parts.counts[rank] = static_cast<int>(counts[rank]);
    sum += counts[rank];
    if (sum > Mpi::kMost) throw Error("ERR_OUT_OF_RANGE", "more than 1 GB to gather from all ranks");
  }
  all.resize(sum);
  MpiRequest request = mpi_->beginGather(mine.data(), mine.size(), all.data(), parts);
  wait(request);
  return {counts.begin(), counts.end()};
}

std::span<const std::byte> Communicator::together(std::span<const std::byte> mine,
                                                  std::vector<std::byte>& room) noexcept {
  attempt([&] { gather(mine, room); });
  return room;
}

std::vector<std::string> Communicator::gather(const std::string& mine) {
  std::vector<std::byte> all;
  std::vector<std::string> texts;
  size_t at = 0;
  for (const size_t length : gather(std::as_bytes(std::span(mine)), all)) {
    texts.emplace_back(reinterpret_cast<const char*>(all.data()) + at, length);
    at += length;
  }
  return texts;
}

void Communicator::checkSame(const std::string& mine) {
  constexpr size_t kBefore = 20, kShown = 60;
  const std::vector<std::string> all = gather(mine);
  const std::string& first = all.front();
  for (size_t rank = 1; rank < all.size(); ++rank) {
    const auto differs = std::mismatch(first.begin(), first.end(), all[rank].begin(), all[rank].end()).first;
    if (first == all[rank]) continue;
    const auto at = static_cast<size_t>(differs - first.begin());
    const auto shown = [&](const std::string& text) {
      const std::string part = text.substr(at - std::min(at, kBefore), kShown);
      return part.substr(0, part.find('\n'));  // behind it may be bytes that are no text
    };
    throw Error("ERR_RANKS_DIFFER", "rank " + std::to_string(rank) + " does not do the same as rank 0: it has …" +
                                        shown(all[rank]) + "… where rank 0 has …" + shown(first) + "…");
  }
}

void Communicator::checkSameCall(const std::string& identity) {
  std::exception_ptr difference;  // rethrown by the caller, so that later calls are possible
  Engine::instance().run([&](const Member& member) {
    try {
      if (member.isFirst()) checkSame(identity);
    } catch (...) {
      difference = std::current_exception();
    }
    return false;
  });
  if (difference) std::rethrow_exception(difference);
}

void Communicator::finish() {
  MpiRequest notified = mpi_->beginSend(&notice_, (rank_ + 1) % size_);
  std::vector<std::byte> all(size_);
  MpiRequest others = mpi_->beginGather(&notice_, 1, all.data(), Mpi::Channel::ends);
  hasEnded_ = true;
  for (MpiRequest* request : {&others, &notified, &endBefore_}) wait(*request);
  mpi_->finalize();
}

}  // namespace glissade
