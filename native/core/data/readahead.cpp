#include "data/readahead.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "data/mapped_dataset.h"

namespace glissade {

class Readahead::Requester {
 public:
  ~Requester() {
    {
      const std::lock_guard lock(mutex_);
      isOver_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void request(const std::vector<std::span<const std::byte>>& pieces) {
    {
      const std::lock_guard lock(mutex_);
      pieces_.insert(pieces_.end(), pieces.begin(), pieces.end());
    }
    changed_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return isOver_ || !pieces_.empty(); });
      if (isOver_) return;
      const auto piece = pieces_.front();
      pieces_.pop_front();
      lock.unlock();
      advise(piece, Advice::willNeed);
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::span<const std::byte>> pieces_;
  bool isOver_ = false;
  std::thread thread_{[this] { run(); }};  // the last member: it uses the others
};

void Readahead::StopRequester::operator()(Requester* requester) const { delete requester; }

size_t Readahead::rowsOfWindow(const Dataset& data, size_t bytes) {
  size_t sum = 0;
  for (const InputBlock& block : data.inputs) sum += block.bytes();
  for (const auto& table : {data.targets, data.weights})
    if (table) sum += table->bytes();
  const size_t perRow = std::max<size_t>(1, sum / data.inputs.front().rows());
  return std::max<size_t>(1, bytes / perRow);
}

void Readahead::start(std::vector<Window> windows) {
  windows_ = std::move(windows);
  next_ = current_ = 0;
}

void Readahead::reach(size_t example) noexcept {
  if (!data_.mapping) return;
  try {
    if (!requester_) requester_.reset(new Requester);
    while (current_ + 1 < windows_.size() && example >= windows_[current_].examples)
      for (const auto& piece : piecesOf(current_++)) advise(piece, Advice::notNeeded);
    next_ = std::max(next_, current_);
    while (next_ < windows_.size() && next_ <= current_ + 1) requester_->request(piecesOf(next_++));
  } catch (const std::exception&) {
    // Without memory or a thread, pages are read where they are used.
  }
}

void Readahead::finish() {
  if (!data_.mapping || current_ >= windows_.size()) return;
  for (const auto& piece : piecesOf(current_)) advise(piece, Advice::notNeeded);
}

std::vector<std::span<const std::byte>> Readahead::piecesOf(size_t window) const {
  std::vector<std::span<const std::byte>> pieces;
  for (const auto& [begin, end] : windows_[window].spans) {
    // The rows of a selection: those of a split lie nearly side by side.
    uint32_t first = data_.rowAt(begin), last = data_.rowAt(end - 1);
    if (data_.selection)
      for (size_t i = begin; i < end; ++i) {
        first = std::min(first, data_.rowAt(i));
        last = std::max(last, data_.rowAt(i));
      }
    constexpr size_t kSparsest = 4;  // rows of the file per row that is read, beyond which reading ahead does not pay
    if (size_t{last} - first + 1 > kSparsest * (end - begin)) continue;
    for (const auto& piece : mappedPieces(data_, first, size_t{last} + 1)) pieces.push_back(piece);
  }
  return pieces;
}

}  // namespace glissade
