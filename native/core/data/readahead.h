#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "data/dataset.h"

namespace glissade {

/// Positions [begin, end) of a dataset.
struct Span {
  size_t begin, end;
};

/// Rows of a dataset that are read together, in any order.
struct Window {
  size_t examples;  // where it ends in the epoch
  std::vector<Span> spans;
};

/// Tells the system which pages of a mapped file an epoch will need next, and which it has left behind, so that reading
/// ahead hides the disk and no more than about three windows take memory at a time. For other datasets it does nothing.
class Readahead {
 public:
  /// Bytes of rows in a window: long enough for the disk to be busy, short enough to stay in memory three times.
  static constexpr size_t kWindow = size_t{64} << 20;

  explicit Readahead(Dataset data) : data_(std::move(data)) {}

  /// How many rows of the dataset make a window.
  static size_t rowsOfWindow(const Dataset& data, size_t bytes = kWindow);

  /// Begins an epoch.
  void start(std::vector<Window> windows);
  /// Notes that the epoch has reached an example. One thread calls this at a time.
  void reach(size_t example) noexcept;
  /// Notes that the epoch has ended: no pages are needed any more.
  void finish();

 private:
  /// Requests pages from the system on a thread of its own, because a request waits for the disk if its queue is full.
  class Requester;
  struct StopRequester {
    void operator()(Requester* requester) const;
  };

  std::vector<std::span<const std::byte>> piecesOf(size_t window) const;

  Dataset data_;
  std::vector<Window> windows_;
  size_t next_ = 0;  // the first window that was not requested yet
  size_t current_ = 0;
  std::unique_ptr<Requester, StopRequester> requester_;  // the last member: it uses memory of the dataset
};

}  // namespace glissade
